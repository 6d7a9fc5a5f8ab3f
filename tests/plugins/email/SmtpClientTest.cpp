#include "SmtpClient.h"
#include "MailBench.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

namespace notifyhost::test {

namespace {

std::optional<SmtpAnswer> said(const std::string& octets)
{
    return SmtpAnswer{octets};
}

Outcome deliverTo(int port, const Envelope& envelope, RecordingContext& context,
                  const Bytes& bytes = kSmallMessage)
{
    RecordingLog log;
    email::SmtpClient client(plainSettings(port), net::network(), log);
    return client.deliver(bytes, envelope, context);
}

/// A script that answers one moment so, wherever it comes.
SmtpScript always(SmtpMoment moment, const std::string& octets)
{
    return [=](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment == moment ? said(octets) : std::nullopt;
    };
}

} // namespace

TEST(SmtpClient, SendsExactlyTheseOctets)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    const Outcome outcome =
        deliverTo(server.port(), envelopeTo({"anna@example.org", "bert@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_EQ(outcome.reason, "250 2.0.0 queued as SCRIPT1");
    EXPECT_EQ(outcome.code, 250);
    EXPECT_TRUE(outcome.perRecipient.empty());
    EXPECT_EQ(server.received(),
              "EHLO client.example.org\r\n"
              "MAIL FROM:<sender@example.org> SIZE=" +
                  std::to_string(kSmallMessage.size()) + " ENVID=" + std::string(64, 'a') +
                  "\r\n"
                  "RCPT TO:<anna@example.org>\r\n"
                  "RCPT TO:<bert@example.org>\r\n"
                  "DATA\r\n"
                  "From: <sender@example.org>\r\nSubject: news\r\n\r\nFirst line.\r\n"
                  "..\r\n...two dots\r\n.\r\n"
                  "QUIT\r\n");
}

TEST(SmtpClient, SendsNothingButTheDotAfterThePointOfNoReturn)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    std::string before;
    context.onCommit = [&] {
        EXPECT_TRUE(server.waitForEnd("...two dots\r\n"));
        before = server.received();
        return true;
    };
    {
        RecordingLog log;
        email::SmtpClient client(plainSettings(server.port()), net::network(), log);
        client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
        EXPECT_EQ(server.received(), before + ".\r\n");
    }
    EXPECT_EQ(context.commits, 1);
}

TEST(SmtpClient, SendsNothingMoreWhereThePointOfNoReturnIsDenied)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    context.onCommit = [] { return false; };
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::message);
    EXPECT_TRUE(server.waitForEnd("...two dots\r\n"));
    EXPECT_TRUE(server.messages().empty());
}

TEST(SmtpClient, TellsTheHostEachStage)
{
    const ScriptedSmtpServer server({}, coveredServer());
    RecordingContext context;
    RecordingLog log;
    email::SmtpClient client(coveredSettings(server.port()), net::network(), log);
    client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
    EXPECT_THAT(context.stageNames(),
                ElementsAre("resolve", "connect", "greeting", "EHLO", "STARTTLS", "certificate",
                            "EHLO", "AUTH", "sender", "recipient", "data", "final answer"));
    EXPECT_THAT(context.detail("greeting"), HasSubstr("220 scripted.example.org"));
    EXPECT_THAT(context.detail("certificate"), HasSubstr("issuer CN=Test Authority, expires 20"));
    EXPECT_THAT(context.detail("certificate"), HasSubstr("names localhost, 127.0.0.1"));
    EXPECT_EQ(context.detail("AUTH"), "PLAIN as postman: 235 2.7.0 welcome");
    EXPECT_EQ(context.detail("recipient"), "anna@example.org: 250 2.1.5 recipient ok");
}

TEST(SmtpClient, KeepsEachRecipientsAnswerApart)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment != SmtpMoment::rcpt || turn.number == 2) {
            return std::nullopt;
        }
        return said(turn.number == 1 ? "550 5.1.1 no such user\r\n" : "452 4.2.2 mailbox full\r\n");
    });
    RecordingContext context;
    const Outcome outcome = deliverTo(
        server.port(), envelopeTo({"a@example.org", "b@example.org", "c@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    ASSERT_EQ(outcome.perRecipient.size(), 2U);
    EXPECT_EQ(outcome.perRecipient[0].address, "a@example.org");
    EXPECT_EQ(outcome.perRecipient[0].verdict, Verdict::refused);
    EXPECT_EQ(outcome.perRecipient[0].code, 550);
    EXPECT_THAT(outcome.perRecipient[0].reason, HasSubstr("550 5.1.1 no such user"));
    EXPECT_EQ(outcome.perRecipient[1].address, "c@example.org");
    EXPECT_EQ(outcome.perRecipient[1].verdict, Verdict::tryAgain);
    ASSERT_EQ(server.messages().size(), 1U);
    EXPECT_THAT(server.messages()[0].recipients, ElementsAre("RCPT TO:<b@example.org>"));
}

TEST(SmtpClient, TriesAgainForAllWhereOneMayStillBeTaken)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment != SmtpMoment::rcpt ? std::nullopt
               : turn.number == 1              ? said("550 5.1.1 no\r\n")
                                               : said("450 4.2.0 greylisted\r\n");
    });
    RecordingContext context;
    const Outcome outcome =
        deliverTo(server.port(), envelopeTo({"a@example.org", "b@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::message);
    EXPECT_EQ(outcome.code, 450);
    ASSERT_EQ(outcome.perRecipient.size(), 2U);
    EXPECT_EQ(outcome.perRecipient[0].verdict, Verdict::refused);
    EXPECT_EQ(context.commits, 0);
}

TEST(SmtpClient, IsRefusedWhereAllRecipientsAre)
{
    const ScriptedSmtpServer server(always(SmtpMoment::rcpt, "550 5.1.1 no\r\n"));
    RecordingContext context;
    const Outcome outcome =
        deliverTo(server.port(), envelopeTo({"a@example.org", "b@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::refused) << toText(outcome);
    EXPECT_EQ(outcome.perRecipient.size(), 2U);
    EXPECT_THAT(server.received(), Not(HasSubstr("DATA")));
}

TEST(SmtpClient, UsesOneConnectionForManyMessages)
{
    const ScriptedSmtpServer server;
    RecordingLog log;
    email::SmtpClient client(plainSettings(server.port()), net::network(), log);
    for (int count = 0; count < 20; ++count) {
        RecordingContext context;
        EXPECT_EQ(client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context).verdict,
                  Verdict::delivered);
    }
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(server.messages().size(), 20U);
}

TEST(SmtpClient, MakesTheConnectionAnewAfterSoManyMessages)
{
    const ScriptedSmtpServer server;
    RecordingLog log;
    email::EmailSettings settings = plainSettings(server.port());
    settings.maxMessagesPerConnection = 2;
    email::SmtpClient client(settings, net::network(), log);
    for (int count = 0; count < 5; ++count) {
        RecordingContext context;
        client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
    }
    EXPECT_EQ(server.connections(), 3);
    EXPECT_TRUE(server.waitForEnd("QUIT\r\n", 1));
}

TEST(SmtpClient, ReconnectsWhereTheServerClosedBetweenMessages)
{
    using Then = SmtpAnswer::Then;
    for (const Then then : {Then::close, Then::reset}) {
        const ScriptedSmtpServer server([then](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            if (turn.moment == SmtpMoment::dot && turn.connection == 1) {
                return SmtpAnswer{"250 2.0.0 taken\r\n",
                                  then == Then::close ? Then::close : Then::goOn};
            }
            if (turn.moment == SmtpMoment::mail && turn.connection == 1 && turn.number == 2) {
                return SmtpAnswer{"", Then::reset};
            }
            return std::nullopt;
        });
        RecordingLog log;
        email::SmtpClient client(plainSettings(server.port()), net::network(), log);
        for (int count = 0; count < 2; ++count) {
            RecordingContext context;
            const Outcome outcome =
                client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
            EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
            EXPECT_EQ(context.commits, 1);
        }
        EXPECT_EQ(server.connections(), 2);
        EXPECT_EQ(server.messages().size(), 2U);
    }
}

TEST(SmtpClient, ReconnectsWhereTheServerSays421ToTheNextMessage)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const bool second =
            turn.moment == SmtpMoment::mail && turn.connection == 1 && turn.number == 2;
        return second ? std::optional(
                            SmtpAnswer{"421 4.4.2 idle too long\r\n", SmtpAnswer::Then::close})
                      : std::nullopt;
    });
    RecordingLog log;
    email::SmtpClient client(plainSettings(server.port()), net::network(), log);
    for (int count = 0; count < 2; ++count) {
        RecordingContext context;
        const Outcome outcome =
            client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context);
        EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    }
    EXPECT_EQ(server.connections(), 2);
}

TEST(SmtpClient, TriesOnAFreshConnectionOnlyOnce)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const bool first = turn.connection == 1 && turn.number == 1;
        return turn.moment == SmtpMoment::mail && !first
                   ? std::optional(SmtpAnswer{"", SmtpAnswer::Then::close})
                   : std::nullopt;
    });
    RecordingLog log;
    email::SmtpClient client(plainSettings(server.port()), net::network(), log);
    RecordingContext first;
    client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), first);
    RecordingContext second;
    const Outcome outcome = client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), second);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::connection);
    EXPECT_EQ(server.connections(), 2);
}

TEST(SmtpClient, DoesNotTryAnewOnceARecipientWasAccepted)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const bool second = turn.moment == SmtpMoment::data && turn.number == 2;
        return second ? std::optional(SmtpAnswer{"", SmtpAnswer::Then::close}) : std::nullopt;
    });
    RecordingLog log;
    email::SmtpClient client(plainSettings(server.port()), net::network(), log);
    RecordingContext first;
    client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), first);
    RecordingContext second;
    const Outcome outcome = client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), second);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(server.connections(), 1);
}

TEST(SmtpClient, FallsBackToHelo)
{
    const ScriptedSmtpServer server(always(SmtpMoment::ehlo, "502 5.5.1 never heard of it\r\n"));
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    EXPECT_THAT(server.received(), HasSubstr("HELO client.example.org\r\n"
                                             "MAIL FROM:<sender@example.org>\r\n"));
}

TEST(SmtpClient, SaysItsAddressWhereNoNameIsSet)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    RecordingLog log;
    email::EmailSettings settings = plainSettings(server.port());
    settings.helo.clear();
    {
        email::SmtpClient client(settings, net::network(), log);
        client.probe(envelopeTo({}), context);
    }
    const std::string line = server.received().substr(0, server.received().find('\r'));
    const bool good = line == "EHLO [127.0.0.1]" || line.find('.') != std::string::npos;
    EXPECT_TRUE(good) << line;
}

TEST(SmtpClient, DoesNotSendWhatIsOverTheServersLimit)
{
    SmtpServerOptions options;
    options.capabilities = {"SIZE 50"};
    const ScriptedSmtpServer server({}, options);
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::refused) << toText(outcome);
    EXPECT_THAT(outcome.reason, HasSubstr("octets, the server takes at most 50"));
    EXPECT_THAT(server.received(), Not(HasSubstr("MAIL")));
}

TEST(SmtpClient, TakesASizeOfZeroForNoLimit)
{
    SmtpServerOptions options;
    options.capabilities = {"SIZE 0"};
    const ScriptedSmtpServer server({}, options);
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
}

TEST(SmtpClient, RefusesAnAddressOutsideAsciiWhereTheServerCannotTakeIt)
{
    SmtpServerOptions options;
    options.capabilities = {"PIPELINING"};
    const ScriptedSmtpServer server({}, options);
    RecordingContext context;
    const Outcome outcome = deliverTo(
        server.port(), envelopeTo({"jos\xC3\xA9@example.org", "anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    ASSERT_EQ(outcome.perRecipient.size(), 1U);
    EXPECT_EQ(outcome.perRecipient[0].address, "jos\xC3\xA9@example.org");
    EXPECT_EQ(outcome.perRecipient[0].verdict, Verdict::refused);
    EXPECT_THAT(outcome.perRecipient[0].reason, HasSubstr("does not offer SMTPUTF8"));
    ASSERT_EQ(server.messages().size(), 1U);
    EXPECT_THAT(server.messages()[0].recipients, ElementsAre("RCPT TO:<anna@example.org>"));
}

TEST(SmtpClient, AsksForSmtputf8WhereAnAddressNeedsIt)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    deliverTo(server.port(), envelopeTo({"jos\xC3\xA9@example.org"}), context);
    ASSERT_EQ(server.messages().size(), 1U);
    EXPECT_THAT(server.messages()[0].mail, HasSubstr(" SMTPUTF8"));
    EXPECT_THAT(server.messages()[0].recipients, ElementsAre("RCPT TO:<jos\xC3\xA9@example.org>"));
}

TEST(SmtpClient, NeverPutsABadAddressOnTheWire)
{
    const std::vector<std::string> bad{"a@b\r\nRCPT TO:<evil@example.org>", "a@b> NOTIFY=NEVER",
                                       std::string("a\0@b", 4), "a\xE2\x80\xA8@b", "a@b\n"};
    const ScriptedSmtpServer server;
    RecordingContext context;
    std::vector<std::string> all = bad;
    all.emplace_back("anna@example.org");
    const Outcome outcome = deliverTo(server.port(), envelopeTo(all), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    ASSERT_EQ(outcome.perRecipient.size(), bad.size());
    for (std::size_t at = 0; at < bad.size(); ++at) {
        EXPECT_EQ(outcome.perRecipient[at].address, bad[at]);
        EXPECT_EQ(outcome.perRecipient[at].verdict, Verdict::refused);
    }
    EXPECT_EQ(server.received(), "EHLO client.example.org\r\nMAIL FROM:<sender@example.org> SIZE=" +
                                     std::to_string(kSmallMessage.size()) +
                                     " ENVID=" + std::string(64, 'a') +
                                     "\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n" +
                                     server.messages().at(0).octets + ".\r\nQUIT\r\n");
}

TEST(SmtpClient, DoesNotEvenConnectWhereNobodyCanBeAskedFor)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    EXPECT_EQ(deliverTo(server.port(), envelopeTo({"a@b\r\nDATA"}), context).verdict,
              Verdict::refused);
    EXPECT_EQ(deliverTo(server.port(), envelopeTo({}), context).verdict, Verdict::refused);
    EXPECT_EQ(
        deliverTo(server.port(), envelopeTo({"a@b"}), context, "x\r\n.\nMAIL FROM:<>\r\n").verdict,
        Verdict::refused);
    EXPECT_EQ(server.connections(), 0);
}

TEST(SmtpClient, EscapesTheDeliveryKey)
{
    const ScriptedSmtpServer server;
    RecordingContext context;
    deliverTo(server.port(), {"key+1\r\nDATA", {"anna@example.org"}}, context);
    ASSERT_EQ(server.messages().size(), 1U);
    EXPECT_THAT(server.messages()[0].mail, HasSubstr(" ENVID=key+2B1+0D+0ADATA"));
}

TEST(SmtpClient, ShowsAHostileReplyOnOneLine)
{
    const ScriptedSmtpServer server(
        always(SmtpMoment::mail, std::string("550 no\x1B[31m\0\xE2\x80\xA8 way\r\n", 21)));
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_THAT(outcome.reason, HasSubstr("550 no\\x1B[31m\\x00\\u{2028} way"));
}

TEST(SmtpClient, SendsABigMessageWhole)
{
    Bytes bytes = "Subject: big\r\n\r\n";
    for (int line = 0; line < 40000; ++line) {
        bytes += "." + std::string(static_cast<std::size_t>(line % 60), 'x') + "\r\n";
    }
    SmtpServerOptions options = coveredServer();
    std::erase(options.capabilities, "SIZE 1000000");
    const ScriptedSmtpServer server({}, options);
    RecordingContext context;
    RecordingLog log;
    email::SmtpClient client(coveredSettings(server.port()), net::network(), log);
    const Outcome outcome = client.deliver(bytes, envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
    std::string plain = "\r\n" + server.messages().at(0).octets;
    for (std::size_t at = 0; (at = plain.find("\r\n..", at)) != std::string::npos; at += 3) {
        plain.erase(at + 2, 1);
    }
    EXPECT_TRUE(plain == "\r\n" + bytes);
}

TEST(SmtpClient, AsksForManyRecipientsInGroups)
{
    std::vector<std::string> many;
    for (int count = 0; count < 120; ++count) {
        many.push_back("person" + std::to_string(count) + "@example.org");
    }
    const ScriptedSmtpServer server;
    RecordingContext context;
    EXPECT_EQ(deliverTo(server.port(), envelopeTo(many), context).verdict, Verdict::delivered);
    EXPECT_EQ(server.messages().at(0).recipients.size(), 120U);
}

TEST(SmtpClient, HearsARefusalInTheMiddleOfTheMessage)
{
    const ScriptedSmtpServer server(
        always(SmtpMoment::data, "354 go ahead\r\n552 5.3.4 that is too much\r\n"));
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::refused) << toText(outcome);
    EXPECT_EQ(context.commits, 0);
}

TEST(SmtpClient, DoesNotTakeAnAnswerGivenBeforeTheDotForItsAnswer)
{
    const ScriptedSmtpServer server(
        always(SmtpMoment::data, "354 go ahead\r\n250 2.0.0 queued already\r\n"));
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(context.commits, 0);
}

TEST(SmtpClient, TakesADemandForALoginForOne)
{
    const ScriptedSmtpServer server(
        always(SmtpMoment::mail, "530 5.7.0 Authentication required\r\n"));
    RecordingContext context;
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::service);
    EXPECT_TRUE(outcome.credentials);
    EXPECT_THAT(outcome.reason, HasSubstr("user and password"));
}

TEST(SmtpClient, GivesUpAtOnceWhereTheProgramIsToEnd)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment == SmtpMoment::rcpt
                   ? std::optional(SmtpAnswer{"", SmtpAnswer::Then::silence})
                   : std::nullopt;
    });
    RecordingContext context;
    std::thread operatorThread([&] {
        EXPECT_TRUE(server.waitForEnd("RCPT TO:<anna@example.org>\r\n"));
        context.stop = true;
    });
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    operatorThread.join();
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::message);
    EXPECT_THAT(outcome.reason, HasSubstr("the program is ending"));
}

TEST(SmtpClient, WaitsForTheFinalAnswerThoughTheProgramIsToEnd)
{
    RecordingContext context;
    const ScriptedSmtpServer server([&](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment == SmtpMoment::dot) {
            context.stop = true;
            return SmtpAnswer{"250 2.0.0 taken after all\r\n", SmtpAnswer::Then::goOn,
                              std::chrono::milliseconds{10}};
        }
        return std::nullopt;
    });
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << toText(outcome);
}

TEST(SmtpClient, EndsWithTheWholeCallsTime)
{
    const ScriptedSmtpServer server([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment == SmtpMoment::mail
                   ? std::optional(SmtpAnswer{"", SmtpAnswer::Then::silence})
                   : std::nullopt;
    });
    RecordingContext context;
    context.end = std::chrono::steady_clock::now() + std::chrono::milliseconds{500};
    const Outcome outcome = deliverTo(server.port(), envelopeTo({"anna@example.org"}), context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_THAT(outcome.reason, HasSubstr("the time for the whole delivery was over"));
}

TEST(SmtpClient, ProbesUpToTheRecipientsAndTakesThatBack)
{
    const ScriptedSmtpServer server;
    RecordingLog log;
    email::SmtpClient client(plainSettings(server.port()), net::network(), log);
    RecordingContext probing;
    const Outcome probe = client.probe(envelopeTo({"anna@example.org"}), probing);
    EXPECT_EQ(probe.verdict, Verdict::delivered) << toText(probe);
    EXPECT_EQ(probing.commits, 0);
    EXPECT_THAT(probing.stageNames(), ElementsAre("resolve", "connect", "greeting", "EHLO",
                                                  "sender", "recipient", "RSET"));
    EXPECT_EQ(server.received(), "EHLO client.example.org\r\n"
                                 "MAIL FROM:<sender@example.org> ENVID=" +
                                     std::string(64, 'a') +
                                     "\r\nRCPT TO:<anna@example.org>\r\nRSET\r\n");
    RecordingContext context;
    EXPECT_EQ(client.deliver(kSmallMessage, envelopeTo({"anna@example.org"}), context).verdict,
              Verdict::delivered);
    EXPECT_EQ(server.connections(), 1);
}

TEST(SmtpClient, ProbesWithoutRecipientsUpToTheSenderAndTakesThatBack)
{
    const ScriptedSmtpServer server({}, coveredServer());
    RecordingLog log;
    email::SmtpClient client(coveredSettings(server.port()), net::network(), log);
    RecordingContext context;
    EXPECT_EQ(client.probe(envelopeTo({}), context).verdict, Verdict::delivered);
    EXPECT_THAT(context.stageNames(),
                ElementsAre("resolve", "connect", "greeting", "EHLO", "STARTTLS", "certificate",
                            "EHLO", "AUTH", "sender", "RSET"));
    EXPECT_THAT(server.received(), testing::EndsWith("MAIL FROM:<sender@example.org> ENVID=" +
                                                     std::string(64, 'a') + "\r\nRSET\r\n"));
    EXPECT_EQ(context.commits, 0);
}

TEST(SmtpClient, NamesAHostThatCannotBeResolved)
{
    RecordingLog log;
    RecordingContext context;
    email::EmailSettings settings = plainSettings(25);
    settings.host = "no-such-host.invalid";
    email::SmtpClient client(settings, net::network(), log);
    const Outcome outcome = client.probe(envelopeTo({}), context);
    EXPECT_EQ(outcome.verdict, Verdict::tryAgain) << toText(outcome);
    EXPECT_EQ(outcome.scope, Scope::service);
    EXPECT_THAT(outcome.reason, HasSubstr("the name no-such-host.invalid cannot be looked up"));
}

} // namespace notifyhost::test
