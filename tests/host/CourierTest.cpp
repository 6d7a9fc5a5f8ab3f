#include "host/Courier.h"

#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sqlite3.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using ledger::DeliveryState;
using testing::ElementsAre;
using testing::HasSubstr;

/// A transport that does what a test says.
class GivenTransport : public Transport {
public:
    std::vector<Setting> settings() const override { return {}; }
    std::vector<Problem> configure(const Settings&, Services&) override { return {}; }
    Bytes encode(const Message&) const override { return ""; }
    Outcome deliver(const Bytes& bytes, const Envelope& envelope, DeliveryContext& context) override
    {
        ++calls;
        return onDeliver(bytes, envelope, context);
    }

    std::function<Outcome(const Bytes&, const Envelope&, DeliveryContext&)> onDeliver;
    int calls{};
};

Outcome verdict(Verdict verdict, int code = 0, const std::string& reason = "")
{
    Outcome outcome;
    outcome.verdict = verdict;
    outcome.code = code;
    outcome.reason = reason;
    return outcome;
}

/// One delivery in a ledger.
class CourierTest : public testing::Test {
protected:
    CourierTest()
    {
        const auto id = facility.addFor({"x@a.org"});
        ledger->taken(facility.queue().claim(porchPipeline(host.pipeline()), 1),
                      host.clock.claimTime());
        ledger->running(id);
        row.taskId = id;
        row.key = std::string(64, 'a');
        row.messageId = "id@a.org";
        row.bytes = "the bytes";
    }

    void compose(const std::vector<std::string>& addresses)
    {
        row.recipients.clear();
        for (const auto& address : addresses) {
            ledger::DeliveryRow::Recipient recipient;
            recipient.address = address;
            row.recipients.push_back(recipient);
        }
        ledger->composed(row.taskId, {row}, {});
    }

    /// One attempt, put on record as the run does where nothing speaks against it.
    Attempt attempt(std::function<Outcome(const Envelope&, DeliveryContext&)> script,
                    config::InDoubt inDoubt = config::InDoubt::resend)
    {
        transport.onDeliver = [&](const Bytes& bytes, const Envelope& envelope,
                                  DeliveryContext& context) {
            EXPECT_EQ(bytes, "the bytes");
            EXPECT_EQ(envelope.deliveryKey, row.key);
            return script(envelope, context);
        };
        const RetryPolicy retryPolicy([] { return 0.5; });
        Courier courier(transport, "peer", *ledger, host.assembly().logger(), host.clock,
                        retryPolicy, host.stop, inDoubt);
        const auto result = courier.attempt(row, {});
        if (!result.settled.empty() && !result.ledgerFailed &&
            (result.committed || result.scope == Scope::message))
        {
            ledger->outcome(row.key, result.settled);
            for (const auto& delivery : ledger->deliveries(row.taskId)) {
                if (delivery.key == row.key) {
                    row.recipients = delivery.recipients;
                }
            }
        }
        return result;
    }

    test::Facility facility;
    test::Host host{facility, "host"};
    std::unique_ptr<ledger::Ledger> ledger = host.ledger();
    GivenTransport transport;
    ledger::DeliveryRow row;
};

TEST_F(CourierTest, HasTheCommitPointOnRecordBeforeTheTransportPassesIt)
{
    compose({"one@a.org"});
    const auto report = attempt([&](const Envelope&, DeliveryContext& context) {
        EXPECT_EQ(ledger->deliveries(row.taskId).front().recipients.front().state,
                  DeliveryState::composed);
        EXPECT_TRUE(context.commit());
        EXPECT_EQ(ledger->deliveries(row.taskId).front().recipients.front().state,
                  DeliveryState::sending);
        return verdict(Verdict::delivered, 250, "queued");
    });
    EXPECT_EQ(report.accepted, 1);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::accepted);
    EXPECT_EQ(row.recipients.front().code, 250);
    EXPECT_EQ(row.recipients.front().reason, "queued");
}

TEST_F(CourierTest, AsksOnlyForWhoIsDue)
{
    compose({"one@a.org", "two@a.org", "three@a.org"});
    const auto first = [](const Envelope& envelope, DeliveryContext& context) {
        EXPECT_THAT(envelope.recipients, ElementsAre("one@a.org", "two@a.org", "three@a.org"));
        EXPECT_TRUE(context.commit());
        Outcome outcome = verdict(Verdict::delivered);
        outcome.perRecipient.push_back({"two@a.org", Verdict::tryAgain, 451, "later"});
        outcome.perRecipient.push_back({"three@a.org", Verdict::refused, 550, "never"});
        return outcome;
    };
    EXPECT_EQ(attempt(first).accepted, 1);
    EXPECT_EQ(row.recipients[1].state, DeliveryState::deferred);
    EXPECT_EQ(row.recipients[1].nextAttempt, host.clock.wall() + 338s);
    EXPECT_EQ(row.recipients[2].state, DeliveryState::refused);

    attempt(first);
    EXPECT_EQ(transport.calls, 1) << "nobody is due";
    host.clock.pass(338s);
    const auto report = attempt([](const Envelope& envelope, DeliveryContext& context) {
        EXPECT_THAT(envelope.recipients, ElementsAre("two@a.org"));
        EXPECT_TRUE(context.commit());
        return verdict(Verdict::delivered);
    });
    EXPECT_EQ(report.accepted, 1) << "one now, and the one of before is not counted again";
    EXPECT_EQ(row.recipients[1].attempts, 2);
}

TEST_F(CourierTest, TakesNoVerdictForTheHonestUnknown)
{
    compose({"one@a.org"});
    attempt([](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        return Outcome{};
    });
    EXPECT_EQ(row.recipients.front().state, DeliveryState::unknown);
}

TEST_F(CourierTest, HoldsTheUnknownWhereTheSiteWantsThat)
{
    compose({"one@a.org"});
    attempt(
        [](const Envelope&, DeliveryContext& context) {
            EXPECT_TRUE(context.commit());
            return Outcome{};
        },
        config::InDoubt::hold);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::held);
}

TEST_F(CourierTest, SendsOneCopyWhereTheAnswerWasLostAndHoldsWhatIsInDoubtAgain)
{
    compose({"one@a.org"});
    const auto lost = [](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        return verdict(Verdict::unknown, 0, "the link broke");
    };
    EXPECT_EQ(attempt(lost).copies, 0);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::unknown);
    EXPECT_EQ(row.recipients.front().doubts, 1);
    host.clock.pass(338s);
    EXPECT_EQ(attempt(lost).copies, 1);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::held);
    EXPECT_EQ(row.recipients.front().copies, 1);
    EXPECT_FALSE(row.recipients.front().nextAttempt);
    host.clock.pass(24h);
    EXPECT_TRUE(attempt(lost).settled.empty()) << "only the operator sends a third";
    EXPECT_EQ(transport.calls, 2);
}

TEST_F(CourierTest, CountsACopyThatThePeerTook)
{
    compose({"one@a.org"});
    attempt([](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        return verdict(Verdict::unknown);
    });
    host.clock.pass(338s);
    attempt([](const Envelope&, DeliveryContext&) { return verdict(Verdict::tryAgain, 451); });
    EXPECT_EQ(row.recipients.front().state, DeliveryState::unknown) << "still in doubt";
    EXPECT_EQ(row.recipients.front().doubts, 1);
    host.clock.pass(24h);
    const auto taken = attempt([](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        return verdict(Verdict::delivered);
    });
    EXPECT_EQ(taken.copies, 1);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::accepted);
    EXPECT_EQ(row.recipients.front().copies, 1);
}

TEST_F(CourierTest, BelievesNoAnswerBesideOneForSomebodyElse)
{
    for (const bool committed : {true, false}) {
        row.key.back() = committed ? 'b' : 'c';
        compose({"Ada@a.org", "bea@a.org"});
        const auto report = attempt([&](const Envelope&, DeliveryContext& context) {
            EXPECT_TRUE(!committed || context.commit());
            Outcome outcome = verdict(committed ? Verdict::delivered : Verdict::tryAgain);
            outcome.perRecipient.push_back({"ada@a.org", Verdict::refused, 550, "no such user"});
            outcome.perRecipient.push_back({"bea@a.org", Verdict::refused, 550, "no such user"});
            return outcome;
        });
        EXPECT_TRUE(report.pluginFault);
        EXPECT_THAT(report.reason, HasSubstr("answers for 'ada@a.org', who was not asked for"));
        EXPECT_EQ(row.recipients[0].state,
                  committed ? DeliveryState::unknown : DeliveryState::deferred);
        EXPECT_EQ(row.recipients[1].state, DeliveryState::refused) << "of her it did say something";
    }
}

TEST_F(CourierTest, BelievesNoVerdictThatContradictsAnotherOrDoesNotExist)
{
    compose({"one@a.org", "two@a.org", "three@a.org"});
    const auto report = attempt([](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        Outcome outcome = verdict(Verdict::delivered);
        outcome.perRecipient.push_back({"one@a.org", Verdict::delivered});
        outcome.perRecipient.push_back({"one@a.org", Verdict::refused, 550, "never"});
        outcome.perRecipient.push_back({"two@a.org", static_cast<Verdict>(7)});
        outcome.perRecipient.push_back({"three@a.org", Verdict::delivered, 250});
        outcome.perRecipient.push_back({"three@a.org", Verdict::delivered, 250});
        return outcome;
    });
    EXPECT_TRUE(report.pluginFault);
    EXPECT_EQ(row.recipients[0].state, DeliveryState::unknown);
    EXPECT_EQ(row.recipients[1].state, DeliveryState::unknown);
    EXPECT_EQ(row.recipients[2].state, DeliveryState::accepted) << "said twice, in one way";
    EXPECT_EQ(report.accepted, 1);
}

TEST_F(CourierTest, BelievesNoVerdictOnAllThatDoesNotExist)
{
    compose({"one@a.org"});
    const auto report = attempt([](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        return verdict(static_cast<Verdict>(-1));
    });
    EXPECT_TRUE(report.pluginFault);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::unknown);
}

TEST_F(CourierTest, TakesWhatWasSentWithoutAskingToAStrangerForInDoubt)
{
    compose({"one@a.org"});
    attempt([](const Envelope&, DeliveryContext&) {
        Outcome outcome = verdict(Verdict::tryAgain);
        outcome.perRecipient.push_back({"ONE@a.org", Verdict::delivered, 250});
        return outcome;
    });
    EXPECT_EQ(row.recipients.front().state, DeliveryState::unknown);
}

TEST_F(CourierTest, KeepsAWordOfBoundedLengthInOneLine)
{
    compose({"one@a.org"});
    attempt([](const Envelope&, DeliveryContext&) {
        std::string flood = "line one\nline two ";
        for (int count = 0; count < 5000; ++count) {
            flood += "ü";
        }
        return verdict(Verdict::tryAgain, 451, flood);
    });
    const auto& reason = row.recipients.front().reason;
    EXPECT_TRUE(reason.starts_with("line one line two ü"));
    EXPECT_LT(reason.size(), 1100U);
    EXPECT_TRUE(reason.ends_with("ü …"));
}

TEST_F(CourierTest, TakesATransportThatDoesNotAskForAFaultAndKeepsWhatItSays)
{
    for (const auto said : {Verdict::delivered, Verdict::unknown}) {
        row.key.back() = said == Verdict::delivered ? 'b' : 'c';
        compose({"one@a.org"});
        const auto report =
            attempt([&](const Envelope&, DeliveryContext&) { return verdict(said); });
        EXPECT_TRUE(report.pluginFault);
        EXPECT_THAT(report.reason, HasSubstr("without asking commit()"));
        EXPECT_EQ(row.recipients.front().state,
                  said == Verdict::delivered ? DeliveryState::accepted : DeliveryState::unknown);
    }
}

TEST_F(CourierTest, CountsNothingWhereThePeerAsAWholeIsDown)
{
    compose({"one@a.org"});
    Outcome down = verdict(Verdict::tryAgain, 421, "closing down");
    down.scope = Scope::service;
    const auto report = attempt([&](const Envelope&, DeliveryContext&) { return down; });
    EXPECT_EQ(report.scope, Scope::service);
    EXPECT_FALSE(report.committed);
    EXPECT_FALSE(report.credentials);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::composed);
    EXPECT_EQ(row.recipients.front().attempts, 0);
    down.credentials = true;
    EXPECT_TRUE(attempt([&](const Envelope&, DeliveryContext&) { return down; }).credentials);
}

TEST_F(CourierTest, TakesBackTheCommitPointWhereThePeerGoesDownBehindIt)
{
    compose({"one@a.org"});
    Outcome down = verdict(Verdict::tryAgain, 421, "closing down");
    down.scope = Scope::service;
    const auto report = attempt([&](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.commit());
        return down;
    });
    EXPECT_TRUE(report.committed);
    EXPECT_EQ(row.recipients.front().state, DeliveryState::deferred);
}

TEST_F(CourierTest, SendsNothingWhereTheCommitPointCannotBePutOnRecord)
{
    compose({"one@a.org"});
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open((host.state() / "ledger.sqlite").c_str(), &other), SQLITE_OK);
    sqlite3_exec(other,
                 "CREATE TRIGGER full BEFORE UPDATE ON recipient BEGIN SELECT RAISE(FAIL, 'disk "
                 "full'); END",
                 nullptr, nullptr, nullptr);
    const auto report = attempt([](const Envelope&, DeliveryContext& context) {
        EXPECT_FALSE(context.commit());
        return verdict(Verdict::tryAgain, 0, "commit() said no");
    });
    EXPECT_TRUE(report.ledgerFailed);
    EXPECT_THAT(report.reason, HasSubstr("ledger.sqlite"));
    EXPECT_EQ(row.recipients.front().state, DeliveryState::composed);
    sqlite3_close(other);
}

TEST_F(CourierTest, LetsAChannelHaveNoRecipients)
{
    compose({""});
    attempt([](const Envelope& envelope, DeliveryContext& context) {
        EXPECT_TRUE(envelope.recipients.empty());
        EXPECT_TRUE(context.commit());
        return verdict(Verdict::delivered);
    });
    EXPECT_EQ(row.recipients.front().state, DeliveryState::accepted);
}

TEST_F(CourierTest, TellsTheTransportThatTheOperatorWantsTheEnd)
{
    compose({"one@a.org"});
    host.stop.request();
    attempt([&](const Envelope&, DeliveryContext& context) {
        EXPECT_TRUE(context.cancelled());
        EXPECT_EQ(context.deadline(), host.clock.steady() + 30min);
        return verdict(Verdict::tryAgain, 0, "cancelled");
    });
    EXPECT_EQ(row.recipients.front().state, DeliveryState::deferred);
}

} // namespace
} // namespace notifyhost::host
