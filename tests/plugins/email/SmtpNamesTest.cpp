#include "EmailSettings.h"
#include "MailBench.h"
#include "SmtpClient.h"
#include "config/SettingValues.h"
#include "support/OwnHosts.h"
#include "support/Process.h"

#include <gmock/gmock.h>

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace notifyhost::test {

namespace {

email::EmailSettings read(std::map<std::string, std::string> values, std::vector<Problem>& problems)
{
    values.emplace("host", "mail.example.org");
    values.emplace("from", "Sequencing <sequencing@example.org>");
    return email::readEmailSettings(config::SettingValues(email::emailSettingsTable(), values),
                                    problems);
}

email::EmailSettings readGood(const std::map<std::string, std::string>& values)
{
    std::vector<Problem> problems;
    auto settings = read(values, problems);
    EXPECT_TRUE(problems.empty()) << problems.front().text;
    return settings;
}

/// The EHLO line of a client without a name of its own.
std::string hello()
{
    const ScriptedSmtpServer server;
    RecordingLog log;
    RecordingContext context;
    auto settings = plainSettings(server.port());
    settings.helo.clear();
    {
        email::SmtpClient client(settings, net::network(), log);
        client.probe(envelopeTo({}), context);
    }
    return server.received().substr(0, server.received().find('\r'));
}

std::string helloWhere(const std::string& hosts, const std::string& name)
{
    return withOwnHosts("127.0.0.1 localhost\n" + hosts, name, hello).value_or("skipped");
}

} // namespace

TEST(SmtpNames, SayTheHostsFullNameWhereTheSystemKnowsOne)
{
    const std::string known = helloWhere("192.0.2.7 notify.example.org notify\n", "notify");
    if (known == "skipped") {
        GTEST_SKIP() << "nobody may change the host's name here";
    }
    EXPECT_EQ(known, "EHLO notify.example.org");
    EXPECT_EQ(helloWhere("", "host.example.net"), "EHLO host.example.net");
}

TEST(SmtpNames, SayAnAddressWhereTheNameIsNotFull)
{
    const std::string shorter = helloWhere("127.0.1.1 notify\n", "notify");
    if (shorter == "skipped") {
        GTEST_SKIP() << "nobody may change the host's name here";
    }
    EXPECT_EQ(shorter, "EHLO [127.0.0.1]");
    EXPECT_EQ(helloWhere("127.0.1.1 localhost.localdomain notify\n", "notify"), "EHLO [127.0.0.1]");
    EXPECT_EQ(helloWhere("127.0.1.1 a_b.example.org notify\n", "notify"), "EHLO [127.0.0.1]");
}

TEST(SmtpNames, LeaveOutTheFinalDotInSniAndCertificate)
{
    for (const auto tls : {email::TlsUse::starttls, email::TlsUse::implicit}) {
        MailCertificates::get(); // made before the child is
        const auto seen = withOwnHosts(
            "127.0.0.1 localhost localhost.\n", "host.example.net", [tls]() -> std::string {
                SmtpServerOptions options = coveredServer();
                options.tls = tls == email::TlsUse::implicit ? SmtpServerOptions::Tls::implicit
                                                             : SmtpServerOptions::Tls::starttls;
                const ScriptedSmtpServer server({}, options);
                auto settings = coveredSettings(server.port());
                settings.tls = tls;
                settings.host = "localhost.";
                RecordingLog log;
                RecordingContext context;
                email::SmtpClient client(settings, net::network(), log);
                return toText(client.probe(envelopeTo({}), context));
            });
        if (!seen) {
            GTEST_SKIP() << "nobody may change the host's name here";
        }
        EXPECT_THAT(*seen, StartsWith("delivered"));
    }
}

TEST(SmtpNames, TellTheFirstAddressesTroubleAndTheLasts)
{
    auto settings = plainSettings(freePort());
    const auto trouble = [&] {
        RecordingLog log;
        RecordingContext context;
        email::SmtpClient client(settings, net::network(), log);
        return client.probe(envelopeTo({}), context).reason;
    };
    EXPECT_THAT(trouble(), AllOf(HasSubstr("connect: Connection refused (127.0.0.1)"),
                                 HasSubstr("check the keys host and port")));
    settings.host = "mx.example.test";
    const auto seen = withOwnHosts("127.0.0.1 mx.example.test\n127.0.0.2 mx.example.test\n",
                                   "host.example.net", trouble);
    if (!seen) {
        GTEST_SKIP() << "nobody may have hosts of his own here";
    }
    EXPECT_THAT(*seen, AllOf(HasSubstr("Connection refused (127.0.0.1); "),
                             HasSubstr("Connection refused (127.0.0.2); "),
                             HasSubstr("check the keys host and port")));
}

TEST(SmtpNames, MayBeTheNullSender)
{
    const ScriptedSmtpServer server;
    auto settings = plainSettings(server.port());
    settings.envelopeFrom = readGood({{"envelope_from", "<>"}}).envelopeFrom;
    EXPECT_EQ(settings.envelopeFrom, "");
    EXPECT_EQ(readGood({}).envelopeFrom, "sequencing@example.org");
    EXPECT_EQ(readGood({{"envelope_from", "b@example.org"}}).envelopeFrom, "b@example.org");
    RecordingLog log;
    RecordingContext context;
    email::SmtpClient client(settings, net::network(), log);
    const Outcome outcome =
        client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_THAT(server.messages().at(0).mail, StartsWith("MAIL FROM:<> SIZE="));
    for (const std::string bad : {"<", "< >", "<><>", "<> SIZE=1", "nobody"}) {
        std::vector<Problem> problems;
        read({{"envelope_from", bad}}, problems);
        ASSERT_EQ(problems.size(), 1U) << bad;
        EXPECT_EQ(problems[0].setting, "envelope_from");
    }
}

TEST(SmtpNames, GoOutAsALabelsInTheSettings)
{
    const auto settings = readGood({{"from", "M\xC3\xBCller <a@b\xC3\xBC"
                                             "cher.example>"},
                                    {"reply_to", "\"B, \xC3\x9C\" <c@\xC3\xBC.example>"}});
    EXPECT_EQ(settings.from.address, "a@xn--bcher-kva.example");
    EXPECT_EQ(settings.from.name, "M\xC3\xBCller");
    EXPECT_EQ(settings.envelopeFrom, "a@xn--bcher-kva.example");
    EXPECT_EQ(settings.replyTo, "\"B, \xC3\x9C\" <c@xn--tda.example>");
    std::vector<Problem> problems;
    read({{"envelope_from", "a@-\xC3\xBC.example"}}, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_THAT(problems[0].text, HasSubstr("what follows the @ is no domain"));
}

TEST(SmtpNames, GoOutAsALabelsWhetherOrNotSmtputf8IsOffered)
{
    const std::string person = "mika@b\xC3\xBC"
                               "cher.example";
    for (const bool offered : {true, false}) {
        SmtpServerOptions options;
        if (!offered) {
            options.capabilities = {"PIPELINING"};
        }
        const ScriptedSmtpServer server(
            [](const SmtpTurn& turn) {
                return turn.moment == SmtpMoment::rcpt && turn.number == 2
                           ? std::optional(SmtpAnswer{"550 5.1.1 no\r\n"})
                           : std::nullopt;
            },
            options);
        RecordingLog log;
        RecordingContext context;
        email::SmtpClient client(plainSettings(server.port()), net::network(), log);
        const std::string other = "x@\xC3\xBC.example";
        const Outcome outcome = client.deliver(kSmallMessage, envelopeTo({person, other}), context);
        EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
        ASSERT_EQ(outcome.perRecipient.size(), 1U);
        EXPECT_EQ(outcome.perRecipient[0].address, other);
        EXPECT_THAT(server.messages().at(0).recipients,
                    testing::ElementsAre("RCPT TO:<mika@xn--bcher-kva.example>"));
        EXPECT_THAT(server.messages().at(0).mail, Not(HasSubstr("SMTPUTF8")));
    }
}

} // namespace notifyhost::test
