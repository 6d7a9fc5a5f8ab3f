#include "LedgerTesting.h"

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

std::vector<std::string> sentences(const std::vector<ledger::LedgerEvent>& events)
{
    std::vector<std::string> result;
    for (const auto& event : events) {
        result.push_back(event.who + ": " + event.what);
    }
    return result;
}

TEST_F(LedgerTest, KeepsATaskAsItWasClaimed)
{
    open()->taken({queued("a1"), queued("b2")}, claimTime());
    const auto ledger = open();
    const auto row = ledger->task("a1").value();
    EXPECT_EQ(row.state, Task::taken);
    EXPECT_EQ(row.task.inputText, R"({"run":"a1"})");
    EXPECT_EQ(row.task.pipeline, (queue::Pipeline{"mails", "https://example.org/mails", "1.0"}));
    EXPECT_EQ(row.claimed.wall, now);
    EXPECT_EQ(row.claimed.sinceBoot, std::chrono::seconds{5000});
    EXPECT_EQ(row.claimed.bootId, "boot-1");
    EXPECT_EQ(row.budgetStart, now);
    EXPECT_EQ(ledger->tasks({Task::taken}).size(), 2U);
    EXPECT_TRUE(ledger->tasks({Task::running, Task::done}).empty());
    EXPECT_FALSE(ledger->task("c3"));
    EXPECT_FALSE(open("notifyhost", "other")->task("a1"));
}

TEST_F(LedgerTest, FreezesADeliveryOnce)
{
    const auto ledger = open();
    compose(*ledger, "a1", "ada@example.org", claimTime());
    auto again = delivery("a1", "study 1", {"ada@example.org"}, "other words");
    ledger->composed("a1", {again, delivery("a1", "study 2", {"bo@x.org", "cy@x.org"})}, {});
    const auto rows = open()->deliveries("a1");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].bytes, "the frozen bytes");
    EXPECT_EQ(rows[0].messageId, rows[0].key.substr(0, 32) + "@example.org");
    EXPECT_EQ(rows[0].date, now);
    EXPECT_EQ(rows[1].notificationKey, "study 2");
    ASSERT_EQ(rows[1].recipients.size(), 2U);
    EXPECT_EQ(rows[1].recipients[1].address, "cy@x.org");
    EXPECT_EQ(rows[1].recipients[1].state, Delivery::composed);
}

TEST_F(LedgerTest, KeepsBytesOfEveryKind)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    std::string bytes;
    for (int octet = 0; octet < 256; ++octet) {
        bytes += static_cast<char>(octet);
    }
    ledger->composed("a1", {delivery("a1", "k", {"ada@example.org"}, bytes)}, {});
    EXPECT_EQ(open()->deliveries("a1").front().bytes, bytes);
}

TEST_F(LedgerTest, KeepsAStatePerAddressOfATogetherMessage)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    const auto row = delivery("a1", "k", {"ada@x.org", "bo@x.org", "cy@x.org"});
    ledger->composed("a1", {row}, {});
    ledger->sending(row.key, {"ada@x.org", "cy@x.org"});
    auto refused = outcome("cy@x.org", Delivery::refused);
    refused.code = 550;
    ledger->outcome(row.key, {outcome("ada@x.org", Delivery::accepted), refused});
    const auto found = open()->deliveries("a1").front().recipients;
    EXPECT_EQ(found[0].state, Delivery::accepted);
    EXPECT_EQ(found[0].settled, now);
    EXPECT_EQ(found[1].state, Delivery::composed);
    EXPECT_EQ(found[1].settled, std::nullopt);
    EXPECT_EQ(found[2].state, Delivery::refused);
    EXPECT_EQ(found[2].code, 550);
    EXPECT_EQ(found[2].reason, "said the peer");
}

TEST_F(LedgerTest, LetsNothingLeaveForAnAddressWithoutARow)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    EXPECT_THROW(ledger->sending(key, {"ada@example.org", "bo@example.org"}), std::logic_error);
    EXPECT_THROW(ledger->sending("no such key", {"ada@example.org"}), std::logic_error);
    EXPECT_THROW(ledger->outcome(key, {outcome("bo@example.org", Delivery::refused)}),
                 std::logic_error);
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::composed);
}

TEST_F(LedgerTest, RefusesWhatTheDiagramDoesNotHave)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    EXPECT_THROW(ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted)}),
                 std::logic_error);
    ledger->sending(key, {"ada@example.org"});
    ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted)});
    EXPECT_THROW(ledger->sending(key, {"ada@example.org"}), std::logic_error);
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::accepted);
    ledger->finished("a1", {Task::done, ""});
    EXPECT_THROW(ledger->taken({queued("b2"), queued("a1")}, claimTime()), std::logic_error);
    EXPECT_FALSE(ledger->task("b2")) << "one commit for the whole batch, or none";
    EXPECT_THROW(ledger->running("a1"), std::logic_error);
    EXPECT_THROW(ledger->released("a1", ""), std::logic_error);
    EXPECT_THROW(ledger->retry("a1"), std::logic_error);
    EXPECT_THROW(ledger->adopt(queued("a1"), claimTime()), std::logic_error);
    EXPECT_THROW(ledger->cancel("a1", "", ledger::Ledger::Budget::asItIs), std::logic_error);
    EXPECT_EQ(ledger->task("a1").value().state, Task::done);
    EXPECT_THROW(ledger->running("nobody knows it"), std::logic_error);
}

TEST_F(LedgerTest, MakesATakenTaskRunningWithWhatIsFrozen)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->composed("a1", {delivery("a1", "k", {"ada@x.org"})}, {});
    EXPECT_EQ(ledger->task("a1").value().state, Task::running);
    EXPECT_THAT(sentences(ledger->events("a1")),
                testing::ElementsAre("notifyhost: claimed",
                                     "notifyhost: RUNNING: this ledger answers for it",
                                     "notifyhost: composed: 1 deliveries frozen"));
}

TEST_F(LedgerTest, EndsATaskInTheCommitOfItsLastOutcome)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    ledger->sending(key, {"ada@example.org"});
    const std::vector last{outcome("ada@example.org", Delivery::accepted)};
    EXPECT_THROW(ledger->outcome(key, last, ledger::Ending{Task::released, ""}), std::logic_error);
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::sending) << "both, or neither";
    ledger->outcome(key, last, ledger::Ending{Task::done, ""});
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::accepted);
    EXPECT_EQ(ledger->task("a1").value().state, Task::done);
    EXPECT_EQ(ledger->events("a1").back().what, "DONE");
}

TEST_F(LedgerTest, StartsAReleasedTaskAnewAndRemembersItsDeaths)
{
    {
        const auto ledger = open();
        ledger->taken({queued("a1")}, claimTime());
        ledger->attemptBegun("a1");
    }
    const auto ledger = open();
    ledger->recover(false);
    EXPECT_EQ(ledger->task("a1").value().deaths, 1);
    ledger->recover(false);
    EXPECT_EQ(ledger->task("a1").value().deaths, 1) << "one death counts once";
    ledger->released("a1", "let go");
    now += std::chrono::hours{7};
    ledger->taken({queued("a1")}, claimTime());
    const auto row = ledger->task("a1").value();
    EXPECT_EQ(row.state, Task::taken);
    EXPECT_EQ(row.budgetStart, now);
    EXPECT_EQ(row.deaths, 1);
    EXPECT_EQ(row.begun, 1);
    ledger->attemptBegun("a1");
    ledger->attemptEnded("a1");
    EXPECT_EQ(ledger->task("a1").value().begun, 1) << "a service that was away spends nothing";
}

TEST_F(LedgerTest, ForgetsTheDeathsOfATaskThatWasComposed)
{
    const auto ledger = open();
    ledger->taken({queued("a1"), queued("b2")}, claimTime());
    for (int death = 1; death <= 2; ++death) {
        ledger->attemptBegun("a1");
        ledger->attemptBegun("b2");
        ledger->recover(false);
        ASSERT_EQ(ledger->task("a1").value().deaths, death);
        ASSERT_EQ(ledger->task("b2").value().deaths, death);
    }
    // With something to tell, and with nothing yet: either way the process has lived on.
    ledger->attemptBegun("a1");
    EXPECT_EQ(
        ledger->composed("a1", {delivery("a1", "study 1", {"a@x.org"})}, std::nullopt).row.deaths,
        0);
    ledger->attemptBegun("b2");
    EXPECT_EQ(ledger->composed("b2", {}, ledger::ComposeDeferral{"not yet", now}).row.deaths, 0);
    EXPECT_EQ(open()->task("a1").value().deaths, 0);
    EXPECT_EQ(open()->task("b2").value().deaths, 0);
    ledger->recover(false);
    EXPECT_EQ(ledger->task("a1").value().deaths, 0) << "that attempt has ended";
}

TEST_F(LedgerTest, MakesWhatWasBeingSentDoubtful)
{
    for (const bool hold : {false, true}) {
        const std::string task = hold ? "b2" : "a1";
        {
            const auto ledger = open();
            const auto key = compose(*ledger, task, task + "@example.org", claimTime());
            ledger->sending(key, {task + "@example.org"});
        }
        const auto ledger = open();
        ledger->recover(hold);
        const auto recipient = ledger->deliveries(task).front().recipients.front();
        EXPECT_EQ(recipient.state, hold ? Delivery::held : Delivery::unknown);
        EXPECT_EQ(recipient.attempts, 1);
        EXPECT_THAT(recipient.reason, HasSubstr("may have arrived"));
        EXPECT_EQ(ledger->approve(task).due, hold ? 1 : 0);
        EXPECT_EQ(stateOf(*ledger, task), Delivery::unknown) << "approval settles no doubt";
    }
}

TEST_F(LedgerTest, RemembersWhatIsToBeComposedAgain)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    ledger->composed("a1", {},
                     ledger::ComposeDeferral{"study 2: not yet", now + std::chrono::minutes{5}});
    auto row = open()->task("a1").value();
    EXPECT_EQ(row.nextAttempt, now + std::chrono::minutes{5});
    EXPECT_EQ(row.reason, "study 2: not yet");
    EXPECT_EQ(row.composeFailures, 1);
    ledger->composed("a1", {delivery("a1", "study 2", {"ada@example.org"})}, {});
    row = open()->task("a1").value();
    EXPECT_EQ(row.nextAttempt, std::nullopt);
    EXPECT_EQ(row.reason, "");
    EXPECT_THAT(sentences(ledger->events("a1")),
                testing::ElementsAre("notifyhost: claimed",
                                     "notifyhost: RUNNING: this ledger answers for it",
                                     "notifyhost: to be composed again: study 2: not yet",
                                     "notifyhost: composed: 1 deliveries frozen"));
}

TEST_F(LedgerTest, TellsEachAttemptAsPartOfTheTasksLife)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    auto later = outcome("ada@example.org", Delivery::deferred);
    later.code = 451;
    ledger->outcome(key, {later});
    ledger->sending(key, {"ada@example.org"});
    ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted, 2)});
    const auto life = sentences(ledger->events("a1"));
    ASSERT_EQ(life.size(), 5U);
    const auto head = "notifyhost: delivery " + key.substr(0, 12) + " to ada@example.org: ";
    EXPECT_EQ(life[3], head + "deferred, attempt 1, code 451: said the peer");
    EXPECT_EQ(life[4], head + "accepted, attempt 2: said the peer");
}

TEST_F(LedgerTest, CountsWhatAnAddressWasSentInADay)
{
    const auto ledger = open();
    for (const auto* task : {"a1", "b2", "c3"}) {
        const auto key = compose(*ledger, task, "ada@example.org", claimTime());
        ledger->sending(key, {"ada@example.org"});
        const bool known = std::string(task) != "b2";
        ledger->outcome(
            key, {outcome("ada@example.org", known ? Delivery::accepted : Delivery::unknown)});
        now += std::chrono::hours{10};
    }
    compose(*ledger, "d4", "ada@example.org", claimTime());
    EXPECT_EQ(ledger->deliveredInDay("ada@example.org", now), 2);
    EXPECT_EQ(ledger->deliveredInDay("ada@example.org", now - std::chrono::hours{6}), 3);
    EXPECT_EQ(ledger->deliveredInDay("bo@example.org", now), 0);
    EXPECT_EQ(open("notifyhost", "other")->deliveredInDay("ada@example.org", now), 2)
        << "whoever told her: a person has one mailbox";
}

TEST_F(LedgerTest, FindsTasksByWhatStandsWithTheirRecipients)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    compose(*ledger, "b2", "bo@example.org", claimTime());
    ledger->outcome(key, {outcome("ada@example.org", Delivery::held, 0)});
    const auto found = ledger->tasksWith(Delivery::held);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().task.id, "a1");
    EXPECT_TRUE(open("notifyhost", "other")->tasksWith(Delivery::held).empty());
}

TEST_F(LedgerTest, HoldsWhatIsInDoubtASecondTimeWhenTheProcessEnds)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    ledger->sending(key, {"ada@example.org"});
    ledger->recover(false);
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::unknown);
    ledger->sending(key, {"ada@example.org"});
    ledger->recover(false);
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::held);
    const auto recipient = ledger->deliveries("a1").front().recipients.front();
    EXPECT_EQ(recipient.doubts, 2);
    EXPECT_EQ(recipient.copies, 1);
    EXPECT_EQ(ledger->approve("a1").due, 1) << "the operator may send a third";
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::unknown);
    ledger->sending(key, {"ada@example.org"});
    ledger->recover(false);
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::held) << "and is asked before each further one";
}

TEST_F(LedgerTest, KnowsTheOneTaskThatLastStoppedARun)
{
    const auto ledger = open();
    compose(*ledger, "a1", "ada@example.org", claimTime());
    compose(*ledger, "b2", "bea@example.org", claimTime());
    ledger->markStopped("a1");
    EXPECT_TRUE(ledger->task("a1")->stoppedRun);
    ledger->markStopped("b2");
    EXPECT_FALSE(ledger->task("a1")->stoppedRun);
    EXPECT_TRUE(open()->task("b2")->stoppedRun);
}

TEST_F(LedgerTest, KeepsWhatIsSuspectedUntilItIsOver)
{
    const ledger::Suspicion row{"550 * no", "550 5.7.1 x@a no", 5, "x@a\ny@b", now};
    open()->setSuspicion(row);
    const auto ledger = open();
    ASSERT_TRUE(ledger->suspicion());
    EXPECT_EQ(ledger->suspicion()->tasks, 5);
    EXPECT_EQ(ledger->suspicion()->addresses, row.addresses);
    EXPECT_FALSE(open("notifyhost", "others")->suspicion());
    ledger->setSuspicion({});
    EXPECT_FALSE(open()->suspicion());
}

} // namespace
} // namespace notifyhost::test
