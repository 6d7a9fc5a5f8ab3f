#include "MailBench.h"
#include "SmtpClient.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>

using testing::AllOf;
using testing::HasSubstr;

namespace notifyhost::test {

namespace {

using Then = SmtpAnswer::Then;

/// A mail server with a script, and a client that keeps its connection.
class SmtpScope : public testing::Test {
protected:
    void serve(const SmtpScript& script, const SmtpServerOptions& options = {})
    {
        _server = std::make_unique<ScriptedSmtpServer>(script, options);
        auto settings = plainSettings(_server->port());
        settings.limits.final = std::chrono::seconds{3};
        _client = std::make_unique<email::SmtpClient>(settings, net::network(), _log);
    }

    /// The same answer wherever the moment comes.
    void serve(SmtpMoment moment, const SmtpAnswer& answer)
    {
        serve([=](const SmtpTurn& turn) {
            return turn.moment == moment ? std::optional(answer) : std::nullopt;
        });
    }

    Outcome deliver(const std::vector<std::string>& recipients = {"anna@example.org"})
    {
        RecordingContext context;
        return _client->deliver(kSmallMessage, envelopeTo(recipients), context);
    }

    const ScriptedSmtpServer& server() const { return *_server; }

private:
    std::unique_ptr<ScriptedSmtpServer> _server;
    RecordingLog _log;
    std::unique_ptr<email::SmtpClient> _client;
};

std::string inShort(const Outcome& outcome)
{
    return toText(outcome.verdict) + " " + toText(outcome.scope);
}

} // namespace

TEST_F(SmtpScope, IsTheSendersWhereMailIsRefusedForGood)
{
    for (const std::string reply : {"550 5.7.60 may not send as this sender", "553 5.1.8 no",
                                    "554 5.7.1 go away", "501 5.1.7 bad sender", "503 no"})
    {
        serve(SmtpMoment::mail, {reply + "\r\n"});
        const Outcome outcome = deliver();
        EXPECT_EQ(inShort(outcome), "tryAgain sender") << toText(outcome);
        EXPECT_THAT(outcome.reason, AllOf(HasSubstr(reply), HasSubstr("envelope_from"),
                                          HasSubstr(", from"), HasSubstr("sender@example.org")));
    }
}

TEST_F(SmtpScope, IsTheSendersThoughTheServerHangsUpUponIt)
{
    for (const SmtpAnswer& answer : {SmtpAnswer{"550 5.7.1 not you\r\n", Then::close},
                                     SmtpAnswer{"550 5.7.1 not you\r\n421 bye\r\n", Then::close}})
    {
        serve(SmtpMoment::mail, answer);
        EXPECT_EQ(inShort(deliver()), "tryAgain sender");
        EXPECT_EQ(inShort(deliver()), "tryAgain sender");
        EXPECT_EQ(server().connections(), 2);
    }
}

TEST_F(SmtpScope, IsTheMessagesWhereMailIsRefusedForItsSize)
{
    for (const std::string reply :
         {"552 too much", "552 5.3.4 too much", "550 5.2.3 too much", "554 5.3.4 too much"})
    {
        serve(SmtpMoment::mail, {reply + "\r\n"});
        EXPECT_EQ(inShort(deliver()), "refused message") << reply;
    }
}

TEST_F(SmtpScope, IsTheServicesWhereItWantsALoginOrLikesNoHello)
{
    serve(SmtpMoment::mail, {"530 5.7.0 log in first\r\n"});
    EXPECT_EQ(inShort(deliver()), "tryAgain service");
    serve([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const bool hello = turn.moment == SmtpMoment::ehlo || turn.moment == SmtpMoment::helo;
        return hello ? std::optional(SmtpAnswer{"550 5.7.1 bad name\r\n"}) : std::nullopt;
    });
    const Outcome outcome = deliver();
    EXPECT_EQ(inShort(outcome), "tryAgain service");
    EXPECT_THAT(outcome.reason, HasSubstr("key helo"));
}

TEST_F(SmtpScope, IsTheServicesWhereANewConnectionCannotBeHad)
{
    serve([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (turn.moment == SmtpMoment::greeting && turn.connection > 1) {
            return SmtpAnswer{"421 4.7.0 too many connections\r\n", Then::close};
        }
        return turn.moment == SmtpMoment::mail && turn.number > 1
                   ? std::optional(SmtpAnswer{"", Then::close})
                   : std::nullopt;
    });
    EXPECT_EQ(inShort(deliver()), "delivered message");
    EXPECT_EQ(inShort(deliver()), "tryAgain service");
}

TEST_F(SmtpScope, Takes552ToARecipientForTooManyOfThem)
{
    serve([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        return turn.moment == SmtpMoment::rcpt && turn.number > 2
                   ? std::optional(SmtpAnswer{"552 too many recipients\r\n"})
                   : std::nullopt;
    });
    const Outcome outcome = deliver({"a@example.org", "b@example.org", "c@example.org"});
    EXPECT_EQ(inShort(outcome), "delivered message");
    ASSERT_EQ(outcome.perRecipient.size(), 1U);
    EXPECT_EQ(outcome.perRecipient[0].address, "c@example.org");
    EXPECT_EQ(outcome.perRecipient[0].verdict, Verdict::tryAgain);
    serve(SmtpMoment::rcpt, {"552 5.5.3 too many recipients\r\n"});
    EXPECT_EQ(inShort(deliver()), "tryAgain message");
    serve(SmtpMoment::rcpt, {"552 5.3.4 message too large\r\n"});
    EXPECT_EQ(inShort(deliver()), "refused message");
}

TEST_F(SmtpScope, KeepsWhoWasRefusedBeforeTheServerHadEnough)
{
    for (const SmtpAnswer& enough : {SmtpAnswer{"421 4.7.0 too many errors\r\n", Then::close},
                                     SmtpAnswer{"", Then::close}, SmtpAnswer{"", Then::reset}})
    {
        for (const bool pipelining : {true, false}) {
            SmtpServerOptions options;
            if (!pipelining) {
                options.capabilities.clear();
            }
            serve(
                [=](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
                    return turn.moment != SmtpMoment::rcpt ? std::nullopt
                           : turn.number <= 20
                               ? std::optional(SmtpAnswer{"550 5.1.1 no such user\r\n"})
                               : std::optional(enough);
                },
                options);
            std::vector<std::string> many;
            for (int count = 0; count < 30; ++count) {
                many.push_back("person" + std::to_string(count) + "@example.org");
            }
            const Outcome outcome = deliver(many);
            EXPECT_EQ(inShort(outcome), "tryAgain connection") << toText(outcome);
            // A reset may overtake the replies before it.
            if (enough.then != Then::reset) {
                ASSERT_EQ(outcome.perRecipient.size(), 20U);
                EXPECT_EQ(outcome.perRecipient[19].verdict, Verdict::refused);
            }
        }
    }
}

TEST_F(SmtpScope, GoesToAFreshConnectionWhereAnOldOneTurnsTheSixthMessageAway)
{
    for (const SmtpAnswer& answer : {SmtpAnswer{"451 4.7.1 too many messages\r\n"},
                                     SmtpAnswer{"452 4.5.3 too many messages\r\n"},
                                     SmtpAnswer{"550 5.7.0 too many messages\r\n"},
                                     SmtpAnswer{"421 4.7.0 enough\r\n", Then::close}})
    {
        serve([=](const SmtpTurn& turn) {
            return turn.moment == SmtpMoment::mail && turn.number > 5 ? std::optional(answer)
                                                                      : std::nullopt;
        });
        for (int count = 0; count < 12; ++count) {
            EXPECT_EQ(inShort(deliver()), "delivered message") << answer.octets;
        }
        EXPECT_EQ(server().connections(), 3);
        EXPECT_EQ(server().messages().size(), 12U);
    }
}

TEST_F(SmtpScope, TriesAMessageOnAFreshConnectionOnce)
{
    serve([](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        const bool first = turn.connection == 1 && turn.number == 1;
        return turn.moment == SmtpMoment::mail && !first
                   ? std::optional(SmtpAnswer{"451 4.7.1 later\r\n"})
                   : std::nullopt;
    });
    EXPECT_EQ(inShort(deliver()), "delivered message");
    EXPECT_EQ(inShort(deliver()), "tryAgain message");
    EXPECT_EQ(server().connections(), 2);
    // A connection that has not taken one message is not blamed.
    EXPECT_EQ(inShort(deliver()), "tryAgain message");
    EXPECT_EQ(server().connections(), 2);
}

TEST_F(SmtpScope, LeavesAConnectionThatPutOffAMessageAfterItHadServed)
{
    for (const SmtpMoment moment : {SmtpMoment::rcpt, SmtpMoment::data, SmtpMoment::dot}) {
        const auto mails = std::make_shared<std::atomic<int>>();
        serve([=](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
            *mails += turn.moment == SmtpMoment::mail ? 1 : 0;
            return turn.moment == moment && *mails == 2
                       ? std::optional(SmtpAnswer{"451 4.3.0 later\r\n"})
                       : std::nullopt;
        });
        EXPECT_EQ(inShort(deliver()), "delivered message");
        EXPECT_EQ(inShort(deliver()), "tryAgain message");
        EXPECT_EQ(server().connections(), 1);
        EXPECT_EQ(inShort(deliver()), "delivered message");
        EXPECT_EQ(server().connections(), 2);
        EXPECT_EQ(inShort(deliver()), "delivered message");
        EXPECT_EQ(server().connections(), 2);
    }
}

TEST_F(SmtpScope, UnderstandsADecoratedAcceptance)
{
    const std::vector<SmtpAnswer> answers{{"\r\n250 OK\r\n"},
                                          {" 250 ok\r\n"},
                                          {"250OK\r\n"},
                                          {"250\r\n"},
                                          {"250 OK\n"},
                                          {std::string("\0"
                                                       "250 OK\r\n",
                                                       9)},
                                          {"250-one\r\n251 two\r\n"},
                                          {"250 OK", Then::close},
                                          {"250 OK", Then::silence},
                                          {"250 " + std::string(4000, 'x'), Then::endless}};
    for (const SmtpAnswer& answer : answers) {
        serve(SmtpMoment::dot, answer);
        const Outcome outcome = deliver();
        EXPECT_EQ(inShort(outcome), "delivered message") << answer.octets.substr(0, 40);
        // Whatever else it said is not taken for the answer to the next message.
        EXPECT_EQ(inShort(deliver()), "delivered message") << answer.octets.substr(0, 40);
        EXPECT_EQ(server().messages().size(), 2U);
    }
}

TEST_F(SmtpScope, LeavesInDoubtWhatIsNotClear)
{
    const std::vector<SmtpAnswer> answers{{"250-one\r\n", Then::silence},
                                          {"250-one\r\n", Then::close},
                                          {"250-one\r\n550 two\r\n"},
                                          {"250", Then::close},
                                          {"2500\r\n"},
                                          {"OK\r\n"},
                                          {"", Then::close},
                                          {"", Then::reset},
                                          {"250-and on\r\n", Then::endless},
                                          {"\r\n", Then::endless},
                                          {"334 more\r\n"}};
    for (const SmtpAnswer& answer : answers) {
        serve(SmtpMoment::dot, answer);
        EXPECT_EQ(inShort(deliver()), "unknown connection") << answer.octets;
    }
}

TEST_F(SmtpScope, DoesNotTolerateBeforeTheDotWhatItDoesAfterIt)
{
    for (const SmtpMoment moment : {SmtpMoment::mail, SmtpMoment::rcpt}) {
        for (const std::string octets : {"\r\n250 OK\r\n", "250OK\r\n", "250-a\r\n251 b\r\n"}) {
            serve(moment, {octets, Then::close});
            EXPECT_EQ(inShort(deliver()), "tryAgain connection") << octets;
            EXPECT_TRUE(server().messages().empty());
        }
    }
}

} // namespace notifyhost::test
