#include "acceptance/Site.h"
#include "support/ScriptedSmtpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <openssl/tls1.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kPassword = "rings twice";
/// In base64, as AUTH PLAIN sends user and password, and as AUTH LOGIN sends the password.
constexpr const char* kPlain = "AHBvc3RtYW4AcmluZ3MgdHdpY2U=";
constexpr const char* kLogin = "cmluZ3MgdHdpY2U=";

using Moment = SmtpMoment;
using Then = SmtpAnswer::Then;

/// A mail server that means no good, and what must become of the run that meets it.
struct HostileDialogue {
    std::string name;
    enum class Cover { none, starttls, implicit, opportunistic } cover{};
    SmtpScript script;
    int status{};     ///< the run's
    std::string says; ///< on standard error
    enum class Told { no, yes, perhaps } told{};
    enum class Certificate { good, strangers, elsewhere, expired } certificate{};
    int newestTls{};
};

using Cover = HostileDialogue::Cover;
using Told = HostileDialogue::Told;
using Certificate = HostileDialogue::Certificate;

/// Says this at one moment, and what is good at the others.
SmtpScript at(Moment moment, std::string octets, Then then = Then::goOn,
              std::chrono::milliseconds pause = {})
{
    return [=](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment != moment) {
            return std::nullopt;
        }
        return SmtpAnswer{octets, then, pause};
    };
}

constexpr const char* kTwoHundred = "250 ok\r\n";

std::vector<HostileDialogue> dialogues()
{
    const std::string many(100, 'y');
    const std::string manyReplies = "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n";
    return {
        // Before anything is known of each other.
        {"an endless greeting", Cover::none, at(Moment::greeting, many, Then::endless), 69,
         "greeting"},
        {"a greeting of endless lines", Cover::none,
         at(Moment::greeting, "220-hello\r\n", Then::endless), 69, "greeting"},
        {"no greeting", Cover::none, at(Moment::greeting, "", Then::silence), 69, "greeting"},
        {"a greeting octet by octet", Cover::none,
         at(Moment::greeting, "220 " + many + "\r\n", Then::goOn, std::chrono::milliseconds{200}),
         69, "greeting"},
        {"a greeting of another protocol", Cover::none,
         at(Moment::greeting, "HTTP/1.1 200 OK\r\n\r\n"), 69, "greeting"},
        {"a greeting with controls", Cover::none,
         at(Moment::greeting, "554 \x1b[2J\x1b]0;owned\x07 \xe2\x80\xae no\r\n"), 69,
         "\\x1B[2J\\x1B]0;owned\\x07 \\u{202E} no"},
        {"all answers in advance", Cover::none,
         at(Moment::greeting,
            "220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n221 bye\r\n",
            Then::silence),
         75, "does not belong here"},
        // What the server can do.
        {"endless abilities", Cover::none, at(Moment::ehlo, "250-X\r\n", Then::endless), 69,
         "EHLO"},
        {"an endless ability", Cover::none, at(Moment::ehlo, "250-" + many, Then::endless), 69,
         "EHLO"},
        {"two codes in one reply", Cover::none, at(Moment::ehlo, "250-a\r\n550 b\r\n"), 69, "EHLO"},
        {"line ends of other systems", Cover::none,
         at(Moment::ehlo, "250-a\n250 b\n", Then::silence), 75, "sender"},
        // The cover.
        {"STARTTLS taken away", Cover::starttls,
         at(Moment::ehlo, "250-scripted\r\n250 AUTH PLAIN LOGIN\r\n"), 69, "STARTTLS"},
        {"STARTTLS refused", Cover::starttls, at(Moment::startTls, "454 not today\r\n"), 69,
         "STARTTLS"},
        {"answers put before the handshake", Cover::starttls,
         at(Moment::startTls, "220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n235 ok\r\n", Then::silence),
         69, "STARTTLS"},
        {"garbage for a handshake", Cover::starttls, at(Moment::handshake, "garbage" + many), 69,
         "handshake"},
        {"a stranger's certificate",
         Cover::starttls,
         {},
         69,
         "certificate",
         Told::no,
         Certificate::strangers},
        {"another host's certificate",
         Cover::starttls,
         {},
         69,
         "certificate",
         Told::no,
         Certificate::elsewhere},
        {"an expired certificate",
         Cover::starttls,
         {},
         69,
         "certificate",
         Told::no,
         Certificate::expired},
        {"a stranger's certificate from the first octet",
         Cover::implicit,
         {},
         69,
         "certificate",
         Told::no,
         Certificate::strangers},
        {"TLS of 2006",
         Cover::starttls,
         {},
         69,
         "handshake",
         Told::no,
         Certificate::good,
         TLS1_1_VERSION},
        {"plain text from the first octet", Cover::implicit, at(Moment::handshake, "220 hi\r\n"),
         69, "handshake"},
        {"a stranger's certificate where plain would do",
         Cover::opportunistic,
         {},
         69,
         "tls_unverified",
         Told::no,
         Certificate::strangers},
        {"no cover where plain would do", Cover::opportunistic,
         at(Moment::ehlo, "250-scripted\r\n250 AUTH PLAIN LOGIN\r\n"), 69,
         "the password is not sent"},
        // The transaction.
        {"a sender refused with the words of others", Cover::none,
         at(Moment::mail, "550 sender \r250 ok\x00 refused\r\n"), 78, "sender"},
        {"a recipient promised the data", Cover::none, at(Moment::rcpt, "354 go\r\n"), 75,
         "does not belong here"},
        {"a recipient of no code", Cover::none, at(Moment::rcpt, "ok\r\n"), 75, "what is not SMTP"},
        {"DATA accepted as if it were the end", Cover::none, at(Moment::data, kTwoHundred), 75,
         "does not belong here"},
        {"answers in advance to DATA", Cover::none, at(Moment::data, "354 go\r\n" + manyReplies),
         75, "does not belong here"},
        {"no answer to the dot", Cover::none, at(Moment::dot, "", Then::close), 75,
         "whether it was taken is not known", Told::perhaps},
        {"another question for an answer to the dot", Cover::none, at(Moment::dot, "354 more\r\n"),
         75, "whether it was taken is not known", Told::perhaps},
        {"an endless answer to the dot", Cover::none, at(Moment::dot, many, Then::endless), 75,
         "whether it was taken is not known", Told::perhaps},
        {"a reset at the dot", Cover::none, at(Moment::dot, "2", Then::reset), 75,
         "whether it was taken is not known", Told::perhaps},
        {"an endless farewell", Cover::none, at(Moment::quit, "221-bye\r\n", Then::endless), 0, "",
         Told::yes},
    };
}

/// One facility that sends by SMTP.
class MailSite {
public:
    MailSite(const HostileDialogue& dialogue, int port)
    {
        const bool isCovered = dialogue.cover != Cover::none;
        const std::string cover = dialogue.cover == Cover::none       ? "off"
                                  : dialogue.cover == Cover::starttls ? "starttls"
                                  : dialogue.cover == Cover::implicit ? "implicit"
                                                                      : "opportunistic";
        std::string limits;
        for (const auto* key :
             {"connect", "greeting", "helo", "mail", "rcpt", "data", "data_block", "final"})
        {
            limits += std::string(key) + "_timeout_seconds = 2\n";
        }
        _folder.write("templates/scripted_source/subject.mustache", "{{subject}}");
        _folder.write("templates/scripted_source/text.mustache", "{{subject}}");
        const auto file = _folder.write("password", kPassword + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_read);
        _folder.write(
            "site.ini",
            "[host]\nstate = state\ntemplates = templates\nplugin_path = " +
                std::string(BUILD_ROOT) + "/tests/plugins:" + std::string(BUILD_ROOT) +
                "/lib/notifyhost\n[PORCH]\nurl = sqlite:queue.sqlite\n"
                "[transport.mail]\nplugin = email\nhost = 127.0.0.1\nport = " +
                std::to_string(port) + "\nfrom = a@example.org\ntls = " + cover + "\n" +
                (isCovered ? "user = postman\npassword_file = password\nca_file = " +
                                 certificates().authority.certificate().string() + "\n"
                           : "") +
                limits +
                "[pipeline.mails]\nporch_name = mails\nporch_uri = https://example.org/m\n"
                "porch_version = 1\nsource = scripted_source\ntransport = mail\n"
                "workers = 1\n");
    }

    ProcessResult notifyhost(const std::vector<std::string>& words, const std::string& input = "")
    {
        return notifyhostWith(_folder / "site.ini", words, input);
    }

    struct Certificates {
        TemporaryFolder folder;
        CertificateAuthority authority{folder / "ca", "Test Authority"};
        CertificateAuthority strangers{folder / "strangers", "Another Authority"};
        std::map<Certificate, CertificateAuthority::Files> files{
            {Certificate::good, authority.issue("localhost", "DNS:localhost,IP:127.0.0.1")},
            {Certificate::strangers, strangers.issue("localhost", "DNS:localhost,IP:127.0.0.1")},
            {Certificate::elsewhere, authority.issue("elsewhere", "DNS:mail.example.net")},
            {Certificate::expired, authority.issue("localhost", "DNS:localhost,IP:127.0.0.1",
                                                   CertificateAuthority::Validity::expired)}};
    };
    static Certificates& certificates()
    {
        static Certificates certificates;
        return certificates;
    }

private:
    TemporaryFolder _folder;
};

SmtpServerOptions optionsOf(const HostileDialogue& dialogue)
{
    SmtpServerOptions options;
    if (dialogue.cover == Cover::none) {
        return options;
    }
    options.tls = dialogue.cover == Cover::implicit ? SmtpServerOptions::Tls::implicit
                                                    : SmtpServerOptions::Tls::starttls;
    options.certificate = MailSite::certificates().files.at(dialogue.certificate);
    options.newestTls = dialogue.newestTls;
    options.user = "postman";
    options.password = kPassword;
    return options;
}

} // namespace

TEST(HostileMailServers, GetNeitherThePasswordNorAWordAndEndTheRunAsTheTableSays)
{
    const auto all = dialogues();
    EXPECT_GE(all.size(), 24U);
    for (const auto& dialogue : all) {
        SCOPED_TRACE(dialogue.name);
        const ScriptedSmtpServer server(dialogue.script, optionsOf(dialogue));
        MailSite site(dialogue, server.port());
        ASSERT_EQ(site.notifyhost({"add", "mails"},
                                  R"({"notifications":[{"key":"n","to":["b@example.org"]}]})"
                                  "\n")
                      .status,
                  0);
        const auto begin = std::chrono::steady_clock::now();
        const auto result = site.notifyhost({"run", "mails"});
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{60});
        EXPECT_EQ(result.status, dialogue.status) << result.error;
        EXPECT_THAT(result.error, HasSubstr(dialogue.says));
        EXPECT_EQ(result.error.find_first_of("\x1b\x07\r"), std::string::npos) << result.error;
        std::string heard = result.output + result.error;
        for (int connection = 1; connection <= server.connections(); ++connection) {
            heard += server.received(connection);
        }
        EXPECT_THAT(heard, AllOf(Not(HasSubstr(kPassword)), Not(HasSubstr(kPlain)),
                                 Not(HasSubstr(kLogin))));
        const auto listed = site.notifyhost({"list", "mails"}).output;
        if (dialogue.told == Told::yes) {
            EXPECT_THAT(listed, HasSubstr("DONE"));
        } else {
            EXPECT_THAT(listed, Not(HasSubstr("DONE")));
        }
        EXPECT_EQ(server.messages().size(), dialogue.told == Told::no ? 0U : 1U);
    }
}

} // namespace notifyhost::test
