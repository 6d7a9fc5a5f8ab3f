#include "MailBench.h"
#include "SmtpClient.h"
#include "support/AiosmtpdServer.h"
#include "support/PostfixServer.h"

#include "sdk/MailReader.h"

#include <notifyhost/Mime.h>

#include <gmock/gmock.h>

using testing::HasSubstr;
using testing::Not;

namespace notifyhost::test {

namespace {

const std::string kText = "Your run \xF0\x9F\xA7\xAC is done.\n.\n..\n.dots\nFrom here on\n" +
                          std::string(1500, 'x') + "\n\nna\xC3\xAFve end\n";

/// A message with all that goes wrong easily: dots, long lines, UTF-8, two parts.
Bytes message(const std::vector<std::string>& recipients)
{
    Message result;
    result.id = "0123456789@example.org";
    result.date = std::chrono::system_clock::time_point{std::chrono::seconds{1795546625}};
    result.recipients = recipients;
    result.subject = "Donn\xC3\xA9"
                     "es \xE2\x80\x93 run 42";
    result.text = kText;
    result.html = "<p>na\xC3\xAFve</p>\n.\n";
    return encodeMail(result,
                      {"S\xC3\xA9quen\xC3\xA7"
                       "age",
                       "sender@example.org"},
                      "help@example.org");
}

Outcome send(const email::EmailSettings& settings, const std::vector<std::string>& recipients,
             const Bytes& bytes)
{
    RecordingLog log;
    RecordingContext context;
    email::SmtpClient client(settings, net::network(), log);
    return client.deliver(bytes, envelopeTo(recipients), context);
}

Outcome send(const email::EmailSettings& settings, const std::vector<std::string>& recipients)
{
    return send(settings, recipients, message(recipients));
}

/// That an independent parser finds in the file what message() put in.
void expectMessage(const std::filesystem::path& file, const std::string& recipient)
{
    const ReadMail mail = readMails(file).begin()->second;
    EXPECT_TRUE(mail.all("defect").empty());
    EXPECT_EQ(mail.one("message-id"), "<0123456789@example.org>");
    EXPECT_EQ(mail.one("subject"), "Donn\xC3\xA9"
                                   "es \xE2\x80\x93 run 42");
    EXPECT_EQ(mail.one("from-name"), "S\xC3\xA9quen\xC3\xA7"
                                     "age");
    EXPECT_EQ(mail.one("to"), recipient);
    EXPECT_EQ(mail.one("text/plain"), kText);
    EXPECT_EQ(mail.one("text/html"), "<p>na\xC3\xAFve</p>\n.\n");
}

email::EmailSettings covered(int port, email::TlsUse tls)
{
    email::EmailSettings settings = coveredSettings(port);
    settings.tls = tls;
    return settings;
}

email::EmailSettings coveredWithoutLogin(int port, email::TlsUse tls)
{
    email::EmailSettings settings = covered(port, tls);
    settings.user.clear();
    settings.password.clear();
    return settings;
}

} // namespace

TEST(Aiosmtpd, TakesAMessageInPlainText)
{
    const AiosmtpdServer server;
    const Outcome outcome =
        send(plainSettings(server.port()), {"anna@example.org"}, message({"anna@example.org"}));
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_EQ(outcome.reason, "250 2.0.0 kept as 1");
    EXPECT_EQ(server.message(1), message({"anna@example.org"}));
    EXPECT_THAT(server.envelope(1), HasSubstr("from sender@example.org\nto anna@example.org\n"));
    expectMessage(server.messages() / "1.eml", "anna@example.org");
}

TEST(Aiosmtpd, TakesAMessageUnderStarttlsAfterALogin)
{
    const AiosmtpdServer server(AiosmtpdServer::Tls::starttls, MailCertificates::get().server,
                                "postman", "rings twice");
    const Outcome outcome =
        send(covered(server.port(), email::TlsUse::starttls), {"anna@example.org"});
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_THAT(server.envelope(1), HasSubstr("user\n"));
    EXPECT_EQ(server.message(1), message({"anna@example.org"}));
}

TEST(Aiosmtpd, TakesAMessageUnderTlsFromTheFirstOctet)
{
    const AiosmtpdServer server(AiosmtpdServer::Tls::implicit, MailCertificates::get().server,
                                "postman", "rings twice");
    const Outcome outcome =
        send(covered(server.port(), email::TlsUse::implicit), {"anna@example.org"});
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_EQ(server.message(1), message({"anna@example.org"}));
}

TEST(Aiosmtpd, RefusesAWrongPassword)
{
    const AiosmtpdServer server(AiosmtpdServer::Tls::starttls, MailCertificates::get().server,
                                "postman", "another");
    const Outcome outcome =
        send(covered(server.port(), email::TlsUse::starttls), {"anna@example.org"});
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::service);
    EXPECT_TRUE(outcome.credentials);
    EXPECT_EQ(outcome.code, 535);
}

TEST(Aiosmtpd, WantsALoginThatIsNotConfigured)
{
    const AiosmtpdServer server(AiosmtpdServer::Tls::starttls, MailCertificates::get().server,
                                "postman", "rings twice");
    const Outcome outcome =
        send(coveredWithoutLogin(server.port(), email::TlsUse::starttls), {"anna@example.org"});
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_TRUE(outcome.credentials);
}

TEST(Aiosmtpd, TakesTheMessageForTheOthersWhereOneIsRefusedAndOneDeferred)
{
    const AiosmtpdServer server;
    const Outcome outcome = send(plainSettings(server.port()),
                                 {"unknown@example.org", "anna@example.org", "later@example.org"});
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    ASSERT_EQ(outcome.perRecipient.size(), 2U);
    EXPECT_EQ(outcome.perRecipient[0].verdict, Verdict::refused);
    EXPECT_THAT(outcome.perRecipient[0].reason, HasSubstr("550 5.1.1 no such user here"));
    EXPECT_EQ(outcome.perRecipient[1].verdict, Verdict::tryAgain);
    EXPECT_THAT(server.envelope(1), HasSubstr("to anna@example.org\n"));
    EXPECT_THAT(server.envelope(1), Not(HasSubstr("unknown")));
}

TEST(Postfix, DeliversIntoAMailboxWhateverTheCover)
{
    const PostfixServer server(MailCertificates::get().server);
    const std::vector<email::EmailSettings> ways{
        plainSettings(server.port()), coveredWithoutLogin(server.port(), email::TlsUse::starttls),
        coveredWithoutLogin(server.implicitPort(), email::TlsUse::implicit)};
    for (const email::EmailSettings& settings : ways) {
        const Outcome outcome = send(settings, {"anna@example.org"});
        EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
        EXPECT_THAT(outcome.reason, HasSubstr("250 2.0.0 Ok: queued as "));
    }
    for (const auto& file : server.mails("anna", ways.size())) {
        expectMessage(file, "anna@example.org");
    }
}

TEST(Postfix, KeepsTheRecipientsApart)
{
    const PostfixServer server(MailCertificates::get().server);
    const Outcome outcome =
        send(plainSettings(server.port()),
             {"anna@example.org", "nobody-here@example.org", "bert@example.org"},
             message({"all@example.org"}));
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    ASSERT_EQ(outcome.perRecipient.size(), 1U);
    EXPECT_EQ(outcome.perRecipient[0].address, "nobody-here@example.org");
    EXPECT_EQ(outcome.perRecipient[0].verdict, Verdict::refused);
    EXPECT_EQ(outcome.perRecipient[0].code, 550);
    EXPECT_THAT(outcome.perRecipient[0].reason, HasSubstr("550 5.1.1 "));
    expectMessage(server.mails("anna", 1).front(), "all@example.org");
    expectMessage(server.mails("bert", 1).front(), "all@example.org");
}

TEST(Postfix, TakesAnAddressOutsideAscii)
{
    const PostfixServer server(MailCertificates::get().server);
    const std::string address = "j\xC3\xB6rg@example.org";
    const Outcome outcome = send(plainSettings(server.port()), {address});
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_EQ(server.mails("joerg", 1).size(), 1U);
}

TEST(Postfix, TakesManyMessagesOverOneConnection)
{
    const PostfixServer server(MailCertificates::get().server);
    RecordingLog log;
    email::SmtpClient client(coveredWithoutLogin(server.port(), email::TlsUse::starttls),
                             net::network(), log);
    int connections = 0;
    for (int count = 0; count < 30; ++count) {
        RecordingContext context;
        const Outcome outcome = client.deliver(message({"anna@example.org"}),
                                               envelopeTo({"anna@example.org"}), context);
        EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
        connections += context.detail("connect").empty() ? 0 : 1;
    }
    EXPECT_EQ(connections, 1);
    EXPECT_EQ(server.mails("anna", 30).size(), 30U);
}

TEST(Postfix, IsNotSentWhatItWouldNotTake)
{
    const PostfixServer server(MailCertificates::get().server);
    Bytes big = "Subject: big\r\n\r\n";
    while (big.size() <= PostfixServer::kMessageLimit) {
        big += std::string(76, 'x') + "\r\n";
    }
    const Outcome outcome = send(plainSettings(server.port()), {"anna@example.org"}, big);
    EXPECT_EQ(outcome.verdict, Verdict::refused) << toText(outcome);
    EXPECT_THAT(outcome.reason, HasSubstr("the server takes at most 200000"));
}

TEST(Postfix, IsProbedWithoutAMessage)
{
    const PostfixServer server(MailCertificates::get().server);
    RecordingLog log;
    RecordingContext context;
    email::SmtpClient client(coveredWithoutLogin(server.port(), email::TlsUse::starttls),
                             net::network(), log);
    const Outcome good = client.probe(envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(good.verdict, Verdict::delivered) << toText(good);
    const Outcome bad = client.probe(envelopeTo({"nobody-here@example.org"}), context);
    EXPECT_EQ(bad.verdict, Verdict::refused) << toText(bad);
    EXPECT_EQ(context.commits, 0);
}

} // namespace notifyhost::test
