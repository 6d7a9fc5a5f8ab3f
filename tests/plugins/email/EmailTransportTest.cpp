#include "EmailSettings.h"
#include "MailBench.h"
#include "config/SettingValues.h"

#include <notifyhost/Plugin.h>

#include <Poco/ClassLoader.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>

using testing::HasSubstr;

extern "C" bool pocoBuildManifest(Poco::ManifestBase* manifest);

namespace notifyhost::test {

namespace {

class PlainClock : public Clock {
public:
    std::chrono::system_clock::time_point wall() const override
    {
        return std::chrono::system_clock::now();
    }
    std::chrono::steady_clock::time_point steady() const override
    {
        return std::chrono::steady_clock::now();
    }
};

/// The services that a mail transport may use: log, clock and network.
class FewServices : public Services {
public:
    Http& http() override { throw std::logic_error("mail needs no HTTP"); }
    Warehouse& warehouse() override { throw std::logic_error("mail needs no warehouse"); }
    Log& log() override { return _log; }
    const Clock& clock() override { return _clock; }
    Network& network() override { return net::network(); }

private:
    RecordingLog _log;
    PlainClock _clock;
};

std::unique_ptr<Transport> make()
{
    Poco::Manifest<Transport> manifest;
    if (!pocoBuildManifest(&manifest) || manifest.size() != 1) {
        throw std::logic_error("the manifest does not hold one transport");
    }
    return std::unique_ptr<Transport>(manifest.begin()->create());
}

using Values = std::map<std::string, std::string>;

Values least()
{
    return {{"host", "mail.example.org"}, {"from", "Sequencing <sequencing@example.org>"}};
}

config::SettingValues valuesOf(const Values& more, const Values& base = least())
{
    Values all = base;
    for (const auto& [name, value] : more) {
        all[name] = value;
    }
    return {email::emailSettingsTable(), all};
}

email::EmailSettings readGood(const Values& more)
{
    std::vector<Problem> problems;
    const auto settings = email::readEmailSettings(valuesOf(more), problems);
    for (const Problem& problem : problems) {
        ADD_FAILURE() << problem.setting << ": " << problem.text;
    }
    return settings;
}

/// The settings that are complained of, with a blank between.
std::string complaints(const Values& more)
{
    std::vector<Problem> problems;
    email::readEmailSettings(valuesOf(more), problems);
    std::string result;
    for (const Problem& problem : problems) {
        result += (result.empty() ? "" : " ") + problem.setting;
        EXPECT_FALSE(problem.text.empty());
        EXPECT_EQ(problem.text.find("secret"), std::string::npos);
    }
    return result;
}

} // namespace

TEST(EmailSettings, ChooseThePortByTls)
{
    const Values login{{"user", "u"}, {"password", "p"}};
    const auto port = [&](const std::string& tls, bool user) {
        Values more = user ? login : Values{};
        more["tls"] = tls;
        return readGood(more).port;
    };
    EXPECT_EQ(readGood({}).port, 25);
    EXPECT_EQ(readGood(login).port, 587);
    EXPECT_EQ(port("implicit", false), 465);
    EXPECT_EQ(port("starttls", true), 587);
    EXPECT_EQ(port("opportunistic", false), 25);
    EXPECT_EQ(port("off", false), 25);
    EXPECT_EQ(readGood({{"port", "2525"}}).port, 2525);
}

TEST(EmailSettings, TakeTlsUnverifiedWithOpportunisticAlone)
{
    EXPECT_FALSE(readGood({{"tls", "opportunistic"}}).tlsUnverified);
    EXPECT_TRUE(readGood({{"tls", "opportunistic"}, {"tls_unverified", "yes"}}).tlsUnverified);
    for (const std::string tls : {"starttls", "implicit", "off"}) {
        EXPECT_EQ(complaints({{"tls", tls}, {"tls_unverified", "yes"}}), "tls_unverified");
        EXPECT_EQ(complaints({{"tls", tls}, {"tls_unverified", "no"}}), "");
    }
}

TEST(EmailSettings, HaveTheDefaultsOfTheStandard)
{
    using std::chrono::seconds;
    const email::EmailSettings settings = readGood({});
    EXPECT_EQ(settings.tls, email::TlsUse::starttls);
    EXPECT_EQ(settings.envelopeFrom, "sequencing@example.org");
    EXPECT_EQ(settings.limits.connect, seconds{30});
    EXPECT_EQ(settings.limits.greeting, seconds{300});
    EXPECT_EQ(settings.limits.helo, seconds{300});
    EXPECT_EQ(settings.limits.mail, seconds{300});
    EXPECT_EQ(settings.limits.rcpt, seconds{300});
    EXPECT_EQ(settings.limits.data, seconds{120});
    EXPECT_EQ(settings.limits.dataBlock, seconds{180});
    EXPECT_EQ(settings.limits.final, seconds{600});
}

TEST(EmailSettings, TakeAnAddressInBracketsWithoutThem)
{
    EXPECT_EQ(readGood({{"host", "[::1]"}}).host, "::1");
}

TEST(EmailSettings, NameEveryProblemByItsKey)
{
    EXPECT_EQ(complaints({{"host", "mail.example.org:25/x"}}), "host");
    EXPECT_EQ(complaints({{"host", "mail example"}}), "host");
    EXPECT_EQ(complaints({{"user", "u"}}), "password");
    EXPECT_EQ(complaints({{"password", "secret"}}), "user");
    EXPECT_EQ(complaints({{"user", "u"}, {"password", "secret\n"}}), "password");
    EXPECT_EQ(complaints({{"user", std::string("u\0v", 3)}, {"password", "secret"}}), "user");
    EXPECT_EQ(complaints({{"from", "a@b, c@d"}}), "from");
    EXPECT_EQ(complaints({{"from", "Name\r\nBcc: x@y <a@b>"}}), "from");
    EXPECT_EQ(complaints({{"envelope_from", "a@b> SIZE=1"}}), "envelope_from");
    EXPECT_EQ(complaints({{"reply_to", "nobody"}}), "reply_to");
    EXPECT_EQ(complaints({{"helo", "a b"}}), "helo");
    EXPECT_EQ(complaints({{"ca_file", "/nonexistent/ca.pem"}}), "ca_file");
    EXPECT_EQ(complaints({{"ca_file", "/"}}), "ca_file");
    EXPECT_EQ(complaints({{"host", "a b"}, {"user", "u"}, {"reply_to", "x"}}),
              "host password reply_to");
}

TEST(EmailSettings, AreReachedFromTheirOldPlaces)
{
    for (const Setting& setting : email::emailSettingsTable()) {
        EXPECT_EQ(setting.aliases, std::vector<std::string>{"[MAIL] " + setting.name});
        EXPECT_EQ(setting.secrecy == Secrecy::secret, setting.name == "password");
    }
}

TEST(EmailTransport, ConnectsToNothingWhileItIsConfigured)
{
    const ScriptedSmtpServer server;
    FewServices services;
    const auto transport = make();
    const auto problems = transport->configure(
        valuesOf({{"host", "127.0.0.1"}, {"port", std::to_string(server.port())}}), services);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(server.connections(), 0);
    EXPECT_EQ(transport->addressing(), Addressing::addressed);
}

TEST(EmailTransport, EncodesAndDelivers)
{
    const ScriptedSmtpServer server;
    FewServices services;
    const auto transport = make();
    transport->configure(valuesOf({{"host", "127.0.0.1"},
                                   {"port", std::to_string(server.port())},
                                   {"tls", "off"},
                                   {"envelope_from", "bounces@example.org"}}),
                         services);
    Message message;
    message.id = "0123@example.org";
    message.recipients = {"anna@example.org"};
    message.subject = "News";
    message.text = "Hello\n";
    const Bytes bytes = transport->encode(message);
    EXPECT_EQ(bytes, transport->encode(message));
    RecordingContext context;
    const Outcome outcome = transport->deliver(bytes, envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    ASSERT_EQ(server.messages().size(), 1U);
    EXPECT_THAT(server.messages()[0].mail, HasSubstr("MAIL FROM:<bounces@example.org>"));
    EXPECT_THAT(server.messages()[0].octets, HasSubstr("Message-ID: <0123@example.org>\r\n"));
}

TEST(EmailTransport, EncodesDomainsOutsideAsciiIn7Bit)
{
    const std::string domain = "b\xC3\xBC"
                               "cher.example";
    FewServices services;
    const auto transport = make();
    transport->configure(
        valuesOf({{"from", "M\xC3\xBCller <seq@" + domain + ">"}, {"reply_to", "help@" + domain}}),
        services);
    Message message;
    message.id = "0123@" + domain;
    message.recipients = {"mika@" + domain, "anna@example.org"};
    message.subject = "News";
    message.text = "Hello\n";
    const Bytes bytes = transport->encode(message);
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(), [](char octet) { return octet >= 0; }));
    for (const std::string line :
         {"Message-ID: <0123@xn--bcher-kva.example>\r\n", "<seq@xn--bcher-kva.example>\r\n",
          "Reply-To: help@xn--bcher-kva.example\r\n",
          "To: mika@xn--bcher-kva.example, anna@example.org\r\n"})
    {
        EXPECT_THAT(bytes, HasSubstr(line));
    }
    // A local part outside ASCII needs SMTPUTF8, and then its domain may be what it is.
    message.recipients = {"j\xC3\xB6rg@" + domain};
    EXPECT_THAT(transport->encode(message), HasSubstr("To: j\xC3\xB6rg@" + domain + "\r\n"));
}

// Together: one address that this server cannot take hides nothing from the others.
TEST(EmailTransport, TellsTheOthersWhereOneAddressIsNotForThisServer)
{
    const std::string eightBit = "j\xC3\xB6rg@example.org";
    const std::string noDomain = "bea@\xE2\x80\x8B.example";
    FewServices services;
    for (const bool offered : {false, true}) {
        SmtpServerOptions options;
        if (!offered) {
            options.capabilities = {"PIPELINING"};
        }
        const ScriptedSmtpServer server({}, options);
        const auto transport = make();
        transport->configure(
            valuesOf(
                {{"host", "127.0.0.1"}, {"port", std::to_string(server.port())}, {"tls", "off"}}),
            services);
        Message message;
        message.id = "0123@example.org";
        message.recipients = {"anna@example.org", eightBit, noDomain, "ben@example.org"};
        message.subject = "News";
        message.text = "Hello\n";
        const Bytes bytes = transport->encode(message);
        EXPECT_EQ(bytes, transport->encode(message));
        EXPECT_THAT(bytes, HasSubstr("To: anna@example.org, ben@example.org\r\n"));
        RecordingContext context;
        const Outcome outcome = transport->deliver(bytes, envelopeTo(message.recipients), context);
        EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
        std::vector<std::string> refused;
        for (const RecipientOutcome& one : outcome.perRecipient) {
            EXPECT_EQ(one.verdict, Verdict::refused);
            refused.push_back(one.address);
        }
        EXPECT_EQ(refused, offered ? std::vector{noDomain} : (std::vector{eightBit, noDomain}));
        ASSERT_EQ(server.messages().size(), 1U);
        EXPECT_EQ(server.messages()[0].recipients.size(), offered ? 3U : 2U);
        EXPECT_EQ(server.messages()[0].mail.find("SMTPUTF8") != std::string::npos, offered);
    }
}

TEST(EmailTransport, BlamesTheSiteForAHeaderThatIsNotForThisServer)
{
    FewServices services;
    SmtpServerOptions options;
    options.capabilities = {"PIPELINING"};
    const ScriptedSmtpServer server({}, options);
    for (const std::string key : {"from", "reply_to", "envelope_from"}) {
        const auto transport = make();
        Values values{{"host", "127.0.0.1"},
                      {"port", std::to_string(server.port())},
                      {"tls", "off"},
                      {"envelope_from", "bounces@example.org"}};
        values[key] = "j\xC3\xB6rg@example.org";
        transport->configure(valuesOf(values), services);
        Message message;
        message.id = "0123@example.org";
        message.recipients = {"anna@example.org"};
        message.subject = "News";
        message.text = "Hello\n";
        RecordingContext context;
        const Outcome outcome =
            transport->deliver(transport->encode(message), envelopeTo(message.recipients), context);
        EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
        EXPECT_EQ(outcome.scope, Scope::sender);
        EXPECT_THAT(outcome.reason, HasSubstr("write an ASCII address in " + key));
    }
    EXPECT_TRUE(server.messages().empty());
}

TEST(EmailTransport, RefusesToEncodeAnInjection)
{
    FewServices services;
    const auto transport = make();
    transport->configure(valuesOf({}), services);
    Message message;
    message.id = "0123@example.org";
    message.recipients = {"anna@example.org"};
    message.text = "Hello\n";
    for (const std::string& subject : {std::string("a\r\nBcc: x@y"), std::string("a\nb"),
                                       std::string("a\rb"), std::string("a\0b", 3)})
    {
        message.subject = subject;
        EXPECT_THROW(transport->encode(message), std::invalid_argument);
    }
    message.subject = "News";
    message.recipients = {"anna@example.org\r\nBcc: x@y"};
    EXPECT_THROW(transport->encode(message), std::invalid_argument);
}

} // namespace notifyhost::test
