#include "MailBench.h"
#include "SmtpClient.h"
#include "SmtpText.h"

#include <gmock/gmock.h>

#include <openssl/ssl.h>

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace notifyhost::test {

namespace {

struct Sent {
    Outcome outcome;
    RecordingContext context;
    RecordingLog log;
};

/// Sends one message; everything that was said is in `sent`.
void send(const email::EmailSettings& settings, Sent& sent)
{
    email::SmtpClient client(settings, net::network(), sent.log);
    sent.outcome = client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), sent.context);
}

std::string everythingTold(const Sent& sent)
{
    std::string result = sent.log.all() + toText(sent.outcome) + "\n";
    for (const auto& [stage, detail] : sent.context.stages) {
        result += stage + ": " + detail + "\n";
    }
    return result;
}

bool isServiceTrouble(const Outcome& outcome)
{
    return outcome.verdict == Verdict::tryAgain && outcome.scope == Scope::service;
}

SmtpServerOptions coveredWith(const CertificateAuthority::Files& certificate)
{
    SmtpServerOptions options = coveredServer();
    options.certificate = certificate;
    return options;
}

} // namespace

TEST(SmtpTls, IsThereFromTheFirstOctetWhereWanted)
{
    SmtpServerOptions options = coveredServer();
    options.tls = SmtpServerOptions::Tls::implicit;
    const ScriptedSmtpServer server({}, options);
    email::EmailSettings settings = coveredSettings(server.port());
    settings.tls = email::TlsUse::implicit;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_TRUE(server.received().starts_with("EHLO client.example.org\r\nAUTH PLAIN "));
}

TEST(SmtpTls, IsNeverLeftOutSilently)
{
    SmtpServerOptions options = coveredServer();
    options.tls = SmtpServerOptions::Tls::none;
    const ScriptedSmtpServer server({}, options);
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("does not offer STARTTLS, so nothing is sent"));
    EXPECT_EQ(server.received(), "EHLO client.example.org\r\n");
}

TEST(SmtpTls, RefusesACertificateOfAStranger)
{
    const ScriptedSmtpServer server({}, coveredServer());
    email::EmailSettings settings = coveredSettings(server.port());
    settings.caFile.clear();
    Sent sent;
    send(settings, sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_FALSE(sent.outcome.credentials);
    for (const std::string part :
         {"127.0.0.1:", "certificate of 127.0.0.1 is not accepted", "issuer CN=Test Authority",
          "expires 20", "names localhost, 127.0.0.1", "ca_file"})
    {
        EXPECT_THAT(sent.outcome.reason, HasSubstr(part));
    }
    EXPECT_EQ(server.received(), "EHLO client.example.org\r\nSTARTTLS\r\n");
}

TEST(SmtpTls, RefusesACertificateForAnotherHost)
{
    const ScriptedSmtpServer server({}, coveredWith(MailCertificates::get().elsewhere));
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("names mail.example.net"));
    EXPECT_THAT(sent.outcome.reason, HasSubstr("mismatch"));
    EXPECT_THAT(sent.outcome.reason,
                HasSubstr("use a name that the certificate is for in the key host"));
    EXPECT_EQ(server.received(), "EHLO client.example.org\r\nSTARTTLS\r\n");
}

TEST(SmtpTls, LooksForTheHostsNameToo)
{
    const ScriptedSmtpServer good({}, coveredServer());
    email::EmailSettings settings = coveredSettings(good.port());
    settings.host = "localhost";
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    const ScriptedSmtpServer bad({}, coveredWith(MailCertificates::get().elsewhere));
    settings.port = bad.port();
    Sent second;
    send(settings, second);
    EXPECT_TRUE(isServiceTrouble(second.outcome)) << toText(second.outcome);
}

TEST(SmtpTls, RefusesAnExpiredCertificate)
{
    const ScriptedSmtpServer server({}, coveredWith(MailCertificates::get().expired));
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("expired"));
    EXPECT_THAT(sent.outcome.reason, HasSubstr("have it renewed"));
    EXPECT_THAT(sent.outcome.reason, Not(HasSubstr("use a name")));
}

TEST(SmtpTls, RefusesVersionsBefore12)
{
    SmtpServerOptions options = coveredServer();
    options.newestTls = TLS1_1_VERSION;
    const ScriptedSmtpServer server({}, options);
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("TLS handshake"));
}

TEST(SmtpTls, Takes12)
{
    SmtpServerOptions options = coveredServer();
    options.newestTls = TLS1_2_VERSION;
    const ScriptedSmtpServer server({}, options);
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(sent.context.detail("certificate"), HasSubstr("TLSv1.2"));
}

TEST(SmtpTls, NamesTheKeyWhereThePortBeginsInPlainText)
{
    const ScriptedSmtpServer server;
    email::EmailSettings settings = coveredSettings(server.port());
    settings.tls = email::TlsUse::implicit;
    Sent sent;
    send(settings, sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("needs tls = starttls"));
}

TEST(SmtpTls, ThrowsAwayWhatCameBeforeTheHandshake)
{
    // Somebody on the way adds a reply in plain text: it must not be taken for the one to EHLO.
    const ScriptedSmtpServer server(
        [](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            return turn.moment == SmtpMoment::startTls
                       ? std::optional(SmtpAnswer{
                             "220 go ahead\r\n250-evil.example.org\r\n250 AUTH LOGIN\r\n"})
                       : std::nullopt;
        },
        coveredServer());
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(sent.log.all(), HasSubstr("came before TLS were thrown away"));
    EXPECT_THAT(server.received(), HasSubstr("AUTH PLAIN ")); // from the true EHLO
}

TEST(SmtpTls, LogsInByTheMechanismTheServerHas)
{
    SmtpServerOptions options = coveredServer();
    options.mechanisms = "LOGIN";
    const ScriptedSmtpServer server({}, options);
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(server.received(), HasSubstr("AUTH LOGIN\r\n" + email::base64("postman") + "\r\n" +
                                             email::base64("rings twice") + "\r\n"));
}

TEST(SmtpTls, TellsWhoWasRefusedButNotThePassword)
{
    for (const std::string mechanism : {"PLAIN", "LOGIN"}) {
        SmtpServerOptions options = coveredServer();
        options.mechanisms = mechanism;
        options.password = "another";
        const ScriptedSmtpServer server({}, options);
        Sent sent;
        send(coveredSettings(server.port()), sent);
        EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
        EXPECT_TRUE(sent.outcome.credentials);
        EXPECT_EQ(sent.outcome.code, 535);
        EXPECT_THAT(sent.outcome.reason, HasSubstr("user (postman)"));
        EXPECT_THAT(everythingTold(sent), Not(HasSubstr("rings twice")));
    }
}

TEST(SmtpTls, BlotsOutAPasswordThatTheServerRepeats)
{
    for (const std::string code : {"535 5.7.8", "421 4.7.0", "235 2.7.0"}) {
        const ScriptedSmtpServer server(
            [code](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
                return turn.moment == SmtpMoment::auth
                           ? std::optional(SmtpAnswer{code + " you said " + turn.command +
                                                      " which is rings twice\r\n"})
                           : std::nullopt;
            },
            coveredServer());
        Sent sent;
        send(coveredSettings(server.port()), sent);
        const std::string told = everythingTold(sent);
        EXPECT_THAT(told, HasSubstr("which is ***"));
        EXPECT_THAT(told, Not(HasSubstr("rings twice")));
        EXPECT_THAT(told, Not(HasSubstr(email::base64(std::string("\0postman\0rings twice", 20)))));
    }
}

TEST(SmtpTls, KeepsThePasswordOutOfPlainText)
{
    SmtpServerOptions options = coveredServer();
    options.tls = SmtpServerOptions::Tls::none;
    const ScriptedSmtpServer server({}, options);
    email::EmailSettings settings = coveredSettings(server.port());
    settings.tls = email::TlsUse::opportunistic;
    Sent sent;
    send(settings, sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("without TLS the password is not sent"));
    EXPECT_THAT(server.received(), Not(HasSubstr("AUTH")));
}

TEST(SmtpTls, SendsThePasswordInPlainTextWhereThatIsWritten)
{
    SmtpServerOptions options = coveredServer();
    options.tls = SmtpServerOptions::Tls::none;
    const ScriptedSmtpServer server({}, options);
    email::EmailSettings settings = coveredSettings(server.port());
    settings.tls = email::TlsUse::off;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(server.received(), HasSubstr("AUTH PLAIN "));
}

TEST(SmtpTls, SaysWhereTheServerHasNoLoginForUs)
{
    SmtpServerOptions options = coveredServer();
    options.mechanisms = "GSSAPI";
    const ScriptedSmtpServer server({}, options);
    Sent sent;
    send(coveredSettings(server.port()), sent);
    EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
    EXPECT_FALSE(sent.outcome.credentials);
    EXPECT_THAT(sent.outcome.reason, HasSubstr("neither AUTH PLAIN nor AUTH LOGIN"));
}

TEST(SmtpOpportunisticTls, WarnsOfACertificateItCannotVerify)
{
    SmtpServerOptions options = coveredWith(MailCertificates::get().elsewhere);
    options.user.clear();
    const ScriptedSmtpServer server({}, options);
    email::EmailSettings settings = plainSettings(server.port());
    settings.tls = email::TlsUse::opportunistic;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(sent.log.all(), HasSubstr("the certificate is not verified"));
    EXPECT_THAT(sent.context.detail("certificate"), HasSubstr("not verified"));
    EXPECT_EQ(server.connections(), 1);
}

TEST(SmtpOpportunisticTls, KeepsThePasswordFromACertificateItCannotVerify)
{
    const MailCertificates& certificates = MailCertificates::get();
    email::EmailSettings stranger = coveredSettings(0);
    stranger.caFile.clear(); // so that nobody known has signed it
    for (const auto& [certificate, settings] :
         {std::pair{certificates.elsewhere, coveredSettings(0)},
          std::pair{certificates.expired, coveredSettings(0)},
          std::pair{certificates.server, stranger}})
    {
        const ScriptedSmtpServer server({}, coveredWith(certificate));
        email::EmailSettings chosen = settings;
        chosen.port = server.port();
        chosen.tls = email::TlsUse::opportunistic;
        Sent sent;
        send(chosen, sent);
        EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
        EXPECT_FALSE(sent.outcome.credentials);
        EXPECT_THAT(sent.outcome.reason,
                    AllOf(HasSubstr("AUTH: the password is not sent"), HasSubstr("not verified ("),
                          HasSubstr("tls_unverified = yes"), HasSubstr("tls = off")));
        EXPECT_THAT(server.received(), AllOf(Not(HasSubstr("AUTH")), Not(HasSubstr("MAIL"))));
    }
}

TEST(SmtpOpportunisticTls, SendsThePasswordToACertificateItVerifies)
{
    const ScriptedSmtpServer server({}, coveredServer());
    email::EmailSettings settings = coveredSettings(server.port());
    settings.tls = email::TlsUse::opportunistic;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(server.received(), HasSubstr("AUTH PLAIN "));
    EXPECT_EQ(sent.log.all(), "");
}

TEST(SmtpOpportunisticTls, SendsThePasswordUnverifiedWhereThatIsWrittenAndWarns)
{
    const ScriptedSmtpServer server({}, coveredWith(MailCertificates::get().elsewhere));
    email::EmailSettings settings = coveredSettings(server.port());
    settings.tls = email::TlsUse::opportunistic;
    settings.tlsUnverified = true;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_THAT(server.received(), HasSubstr("AUTH PLAIN "));
    EXPECT_THAT(sent.log.all(), HasSubstr("the password is sent though"));
}

TEST(SmtpOpportunisticTls, KeepsThePasswordOutOfPlainTextWhateverTheServerDoes)
{
    const auto at = [](SmtpMoment moment, const SmtpAnswer& answer) -> SmtpScript {
        return [=](const SmtpTurn& turn) {
            return turn.moment == moment ? std::optional(answer) : std::nullopt;
        };
    };
    for (const SmtpScript& script :
         {at(SmtpMoment::handshake, {"", SmtpAnswer::Then::close}),
          at(SmtpMoment::startTls, {"454 4.7.0 not now\r\n"}),
          at(SmtpMoment::ehlo, {"250-scripted.example\r\n250 AUTH PLAIN LOGIN\r\n"})})
    {
        const ScriptedSmtpServer server(script, coveredServer());
        email::EmailSettings settings = coveredSettings(server.port());
        settings.tls = email::TlsUse::opportunistic;
        settings.tlsUnverified = true;
        Sent sent;
        send(settings, sent);
        EXPECT_TRUE(isServiceTrouble(sent.outcome)) << toText(sent.outcome);
        EXPECT_FALSE(sent.outcome.credentials);
        EXPECT_THAT(sent.outcome.reason,
                    AllOf(HasSubstr("without TLS the password is not sent"),
                          HasSubstr("tls_unverified"), HasSubstr("tls = off")));
        EXPECT_THAT(server.received(), Not(HasSubstr("AUTH")));
    }
}

TEST(SmtpOpportunisticTls, GoesOnInPlainTextWhereItIsNotOffered)
{
    const ScriptedSmtpServer server;
    email::EmailSettings settings = plainSettings(server.port());
    settings.tls = email::TlsUse::opportunistic;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_EQ(server.connections(), 1);
}

TEST(SmtpOpportunisticTls, ConnectsAnewInPlainTextWhereTheHandshakeFails)
{
    using Then = SmtpAnswer::Then;
    for (const SmtpAnswer& fault : {SmtpAnswer{"454 4.7.0 no TLS today\r\n", Then::goOn},
                                    SmtpAnswer{"", Then::close}, SmtpAnswer{"", Then::reset}})
    {
        SmtpServerOptions options = coveredServer();
        options.user.clear();
        const ScriptedSmtpServer server(
            [fault](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
                return turn.moment == SmtpMoment::handshake ? std::optional(fault) : std::nullopt;
            },
            options);
        email::EmailSettings settings = plainSettings(server.port());
        settings.tls = email::TlsUse::opportunistic;
        Sent sent;
        send(settings, sent);
        EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
        EXPECT_EQ(server.connections(), 2);
        EXPECT_THAT(sent.log.all(), HasSubstr("a new connection goes on in plain text"));
        EXPECT_THAT(server.received(2), Not(HasSubstr("STARTTLS")));
    }
}

TEST(SmtpOpportunisticTls, GoesOnInPlainTextWhereStarttlsIsRefused)
{
    SmtpServerOptions options = coveredServer();
    options.user.clear();
    const ScriptedSmtpServer server(
        [](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            return turn.moment == SmtpMoment::startTls
                       ? std::optional(SmtpAnswer{"454 4.7.0 not now\r\n"})
                       : std::nullopt;
        },
        options);
    email::EmailSettings settings = plainSettings(server.port());
    settings.tls = email::TlsUse::opportunistic;
    Sent sent;
    send(settings, sent);
    EXPECT_EQ(sent.outcome.verdict, Verdict::delivered) << toText(sent.outcome);
    EXPECT_EQ(server.connections(), 1);
}

} // namespace notifyhost::test
