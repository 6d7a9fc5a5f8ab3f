#include "LedgerTesting.h"

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

class LedgerCommands : public LedgerTest {
protected:
    static constexpr auto kBudgetAsItIs = ledger::Ledger::Budget::asItIs;
    static constexpr auto kFrozen = ledger::Ledger::Wording::frozen;

    /// The last line of a task's life.
    ledger::LedgerEvent lastEvent(const std::string& task) const
    {
        return open()->events(task).back();
    }

    ledger::DeliveryRow::Recipient recipient(const std::string& task, std::size_t number = 0) const
    {
        return open()->deliveries(task).at(number).recipients.front();
    }
};

TEST_F(LedgerCommands, RetryMakesDueWhatWasNotAccepted)
{
    {
        const auto ledger = open();
        ledger->taken({queued("a1")}, claimTime());
        ledger->running("a1");
        const auto row = delivery("a1", "k", {"ada@x.org", "bo@x.org", "cy@x.org", "di@x.org"});
        ledger->composed("a1", {row}, {});
        ledger->sending(row.key, {"ada@x.org", "cy@x.org"});
        auto later = outcome("di@x.org", Delivery::deferred);
        later.nextAttempt = now + std::chrono::hours{4};
        ledger->outcome(row.key, {outcome("ada@x.org", Delivery::accepted),
                                  outcome("bo@x.org", Delivery::refused),
                                  outcome("cy@x.org", Delivery::unknown), later});
    }
    now += std::chrono::hours{100};
    const auto reopened = open("ada (1000)")->retry("a1");
    EXPECT_EQ(reopened.due, 3);
    EXPECT_EQ(reopened.anew, 0) << "somebody was told: the others keep the same bytes";
    const auto row = open()->deliveries("a1").front();
    EXPECT_EQ(row.bytes, "the frozen bytes");
    EXPECT_EQ(row.recipients[0].state, Delivery::accepted);
    EXPECT_EQ(row.recipients[1].state, Delivery::deferred);
    EXPECT_EQ(row.recipients[2].state, Delivery::unknown);
    EXPECT_EQ(row.recipients[3].nextAttempt, std::nullopt);
    EXPECT_EQ(open()->task("a1").value().budgetStart, now);
    EXPECT_EQ(lastEvent("a1").who, "ada (1000)");
    EXPECT_EQ(lastEvent("a1").time, now);
    EXPECT_EQ(lastEvent("a1").what, "retry: 3 recipients due again");
}

TEST_F(LedgerCommands, RetryTakesUpAFailedTask)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    ledger->outcome(key, {outcome("ada@example.org", Delivery::refused)});
    ledger->finished("a1", {Task::failed, "no recipient could be told"});
    ledger->retry("a1", kFrozen);
    EXPECT_EQ(ledger->task("a1").value().state, Task::running);
    EXPECT_EQ(recipient("a1").state, Delivery::deferred);
    EXPECT_EQ(lastEvent("a1").what, "retry --frozen: 1 recipients due again");
}

TEST_F(LedgerCommands, RetryRemovesWhatNobodyWasToldSoThatItIsComposedAnew)
{
    for (const auto state : {Delivery::refused, Delivery::deferred, Delivery::held,
                             Delivery::expired, Delivery::cancelled, Delivery::composed})
    {
        const auto ledger = open();
        const std::string task = "a " + std::string(toText(state));
        const auto key = compose(*ledger, task, "ada@example.org", claimTime());
        if (state != Delivery::composed) {
            ledger->outcome(key, {outcome("ada@example.org", state, 0)});
        }
        const auto reopened = ledger->retry(task);
        EXPECT_EQ(reopened.anew, 1) << toText(state);
        EXPECT_EQ(reopened.due, 0) << toText(state);
        EXPECT_TRUE(ledger->deliveries(task).empty()) << toText(state);
        EXPECT_EQ(ledger->task(task).value().nextAttempt, now) << toText(state);
        EXPECT_EQ(lastEvent(task).what, "retry: 0 recipients due again, 1 to be composed anew");
        // The same address has the same key.
        ledger->composed(task, {delivery(task, "study 1", {"ada@example.org"}, "new")}, {});
        EXPECT_EQ(ledger->deliveries(task).front().key, key);
        EXPECT_EQ(ledger->deliveries(task).front().bytes, "new");
    }
}

TEST_F(LedgerCommands, RetryKeepsTheBytesOfWhatMayHaveArrivedAtAnybody)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    const auto ada = delivery("a1", "study 1", {"ada@x.org"});
    const auto bo = delivery("a1", "study 1", {"bo@x.org"});
    const auto cy = delivery("a1", "study 2", {"cy@x.org"});
    ledger->composed("a1", {ada, bo, cy}, {});
    ledger->sending(ada.key, {"ada@x.org"});
    auto lost = outcome("ada@x.org", Delivery::unknown);
    lost.doubts = 1;
    ledger->outcome(ada.key, {lost});
    lost.state = Delivery::refused;
    ledger->outcome(ada.key, {lost});
    ledger->outcome(bo.key, {outcome("bo@x.org", Delivery::refused)});
    ledger->outcome(cy.key, {outcome("cy@x.org", Delivery::refused)});
    ledger->finished("a1", {Task::failed, ""});
    const auto reopened = ledger->retry("a1");
    EXPECT_EQ(reopened.due, 2);
    EXPECT_EQ(reopened.anew, 1);
    const auto rows = ledger->deliveries("a1");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].key, ada.key);
    EXPECT_EQ(rows[1].key, bo.key);
}

TEST_F(LedgerCommands, RetryComposesAnewWhatWasNeverFrozen)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    auto marker = delivery("a1", "study 1", {""}, "");
    marker.recipients.front().state = Delivery::refused;
    auto nobody = delivery("a1", "study 2", {""}, "");
    nobody.recipients.front().state = Delivery::nobody;
    const auto frozen = delivery("a1", "study 3", {"ada@example.org"});
    ledger->composed("a1", {marker, nobody, frozen}, {});
    ledger->outcome(frozen.key, {outcome("ada@example.org", Delivery::refused)});
    ledger->finished("a1", {Task::failed, ""});
    const auto reopened = ledger->retry("a1", kFrozen);
    EXPECT_EQ(reopened.anew, 1);
    EXPECT_EQ(reopened.due, 1);
    const auto rows = open()->deliveries("a1");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].notificationKey, "study 2");
    EXPECT_EQ(rows[1].recipients.front().state, Delivery::deferred);
    EXPECT_EQ(ledger->task("a1").value().nextAttempt, now);
    // What is composed anew goes behind what is there.
    ledger->composed("a1", {delivery("a1", "study 1", {"bo@example.org"})}, {});
    EXPECT_EQ(open()->deliveries("a1").back().notificationKey, "study 1");
}

TEST_F(LedgerCommands, RetryKeepsADoubtThatWasHeld)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    ledger->sending(key, {"ada@example.org"});
    ledger->recover(true);
    ASSERT_EQ(recipient("a1").state, Delivery::held);
    ledger->retry("a1");
    EXPECT_EQ(recipient("a1").state, Delivery::unknown);
}

TEST_F(LedgerCommands, RetrySendsNothingWhoseBytesWereDropped)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    ledger->outcome(key, {outcome("ada@example.org", Delivery::refused)});
    ledger->finished("a1", {Task::failed, ""});
    now += std::chrono::hours{24 * 60};
    ledger->prune(now - std::chrono::hours{24 * 30}, now - std::chrono::hours{24 * 400});
    EXPECT_EQ(ledger->retry("a1", kFrozen).due, 0);
    EXPECT_EQ(recipient("a1").state, Delivery::refused);
    EXPECT_EQ(ledger->retry("a1").anew, 1);
}

TEST_F(LedgerCommands, ApproveReleasesWhatIsHeldAndNothingElse)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    EXPECT_EQ(ledger->approve("a1").due, 0);
    ledger->outcome(key, {outcome("ada@example.org", Delivery::held, 0)});
    now += std::chrono::hours{200};
    EXPECT_EQ(open("bo (1001)")->approve("a1").due, 1);
    EXPECT_EQ(recipient("a1").state, Delivery::deferred);
    EXPECT_EQ(open()->task("a1").value().budgetStart, now);
    EXPECT_EQ(lastEvent("a1").who, "bo (1001)");
    EXPECT_EQ(lastEvent("a1").what, "approve: 1 recipients released");
}

TEST_F(LedgerCommands, CancelEndsWhatIsNotFinal)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    const auto row = delivery("a1", "k", {"ada@x.org", "bo@x.org"});
    ledger->composed("a1", {row}, {});
    ledger->sending(row.key, {"ada@x.org"});
    ledger->outcome(row.key, {outcome("ada@x.org", Delivery::accepted)});
    EXPECT_EQ(open("cy (1002)")->cancel("a1", "wrong run", kBudgetAsItIs), 1);
    const auto recipients = open()->deliveries("a1").front().recipients;
    EXPECT_EQ(recipients[0].state, Delivery::accepted);
    EXPECT_EQ(recipients[1].state, Delivery::cancelled);
    EXPECT_EQ(recipients[1].reason, "wrong run");
    EXPECT_EQ(lastEvent("a1").who, "cy (1002)");
    EXPECT_EQ(lastEvent("a1").what, "cancel: 1 recipients: wrong run");
}

TEST_F(LedgerCommands, CancelEndsWhatCouldNotBeComposedYet)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    ledger->composed("a1", {}, ledger::ComposeDeferral{"unknown run", now + std::chrono::hours{1}});
    EXPECT_EQ(ledger->cancel("a1", "will never be known", kBudgetAsItIs), 1);
    EXPECT_EQ(ledger->task("a1").value().nextAttempt, std::nullopt);
    EXPECT_EQ(recipient("a1").state, Delivery::cancelled);
    EXPECT_EQ(ledger->cancel("a1", "twice", kBudgetAsItIs), 0);
    // Thought better of, it is composed after all.
    ledger->finished("a1", {Task::failed, ""});
    EXPECT_EQ(ledger->retry("a1").anew, 1);
    EXPECT_TRUE(ledger->deliveries("a1").empty());
    EXPECT_EQ(ledger->task("a1").value().nextAttempt, now);
}

TEST_F(LedgerCommands, TakeoverAnswersForATaskWithOrWithoutRowsOfItsOwn)
{
    const auto ledger = open("di (1003)");
    ledger->adopt(queued("a1"), claimTime());
    EXPECT_EQ(ledger->task("a1").value().state, Task::running);
    EXPECT_EQ(lastEvent("a1").who, "di (1003)");
    EXPECT_EQ(lastEvent("a1").what, "takeover: this ledger answers for it now");

    ledger->taken({queued("b2")}, claimTime());
    ledger->attemptBegun("b2");
    ledger->recover(false);
    ledger->released("b2", "let go");
    now += std::chrono::hours{200};
    ledger->adopt(queued("b2"), claimTime());
    const auto row = ledger->task("b2").value();
    EXPECT_EQ(row.state, Task::running);
    EXPECT_EQ(row.budgetStart, now);
    EXPECT_EQ(row.deaths, 0);
}

TEST_F(LedgerCommands, CancelOfWhatIsPastBeginsTheBudgetAnewSoThatTheQueueIsTold)
{
    const auto ledger = open();
    compose(*ledger, "a1", "ada@example.org", claimTime());
    now += std::chrono::hours{200};
    ledger->cancel("a1", "too old", ledger::Ledger::Budget::anew);
    EXPECT_EQ(ledger->task("a1").value().budgetStart, now);
}

TEST_F(LedgerCommands, CloseLeavesTheTaskToWhoeverEndedIt)
{
    const auto ledger = open("ada (1000)");
    compose(*ledger, "a1", "ada@example.org", claimTime());
    EXPECT_EQ(ledger->close("a1", "another host told it"), 1);
    EXPECT_EQ(ledger->task("a1").value().state, Task::released);
    EXPECT_EQ(recipient("a1").state, Delivery::cancelled);
    EXPECT_EQ(lastEvent("a1").who, "ada (1000)");
    EXPECT_THAT(lastEvent("a1").what, HasSubstr("another host told it"));
}

class LedgerRetell : public LedgerCommands {
protected:
    /// A task that is done, told to ada and refused for bo.
    std::unique_ptr<ledger::Ledger> doneInPart() const
    {
        auto ledger = open();
        ledger->taken({queued("a1")}, claimTime());
        ledger->running("a1");
        const auto row = delivery("a1", "study 1", {"ada@x.org", "bo@x.org"});
        ledger->composed("a1", {row}, {});
        ledger->sending(row.key, {"ada@x.org"});
        ledger->outcome(row.key, {outcome("ada@x.org", Delivery::accepted),
                                  outcome("bo@x.org", Delivery::refused)});
        ledger->finished("a1", {Task::done, ""});
        return ledger;
    }

    static ledger::DeliveryRow again(const std::string& address, const std::string& generation)
    {
        auto row = delivery("a1", "study 1", {address});
        row.key = ledger::deliveryKey({"mails", "a1", "study 1", address, "mail", generation});
        return row;
    }
};

TEST_F(LedgerRetell, OpensWhatIsDoneWithDeliveriesOfTheirOwn)
{
    const auto ledger = doneInPart();
    now += std::chrono::hours{1000};
    EXPECT_EQ(ledger->retell(queued("a1"), {again("bo@x.org", "1")}, {"bo@x.org"}, claimTime(),
                             "bo has a new address"),
              1);
    const auto rows = ledger->deliveries("a1");
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].recipients[0].state, Delivery::accepted);
    EXPECT_EQ(rows[0].recipients[1].state, Delivery::superseded);
    EXPECT_THAT(rows[0].recipients[1].reason, HasSubstr("refused: said the peer"));
    EXPECT_EQ(rows[1].recipients[0].state, Delivery::composed);
    EXPECT_NE(rows[0].key, rows[1].key);
    EXPECT_EQ(ledger->task("a1").value().state, Task::running);
    EXPECT_EQ(ledger->task("a1").value().budgetStart, now);
    EXPECT_THAT(lastEvent("a1").what, HasSubstr("bo has a new address"));
}

TEST_F(LedgerRetell, LeavesWhoWasNotMeantAsItIs)
{
    const auto ledger = doneInPart();
    ledger->retell(queued("a1"), {again("cy@x.org", "1")}, {"cy@x.org"}, claimTime(), "cy too");
    EXPECT_EQ(ledger->deliveries("a1")[0].recipients[1].state, Delivery::refused);
}

TEST_F(LedgerRetell, IsNeverMadeDueAgainByRetry)
{
    const auto ledger = doneInPart();
    const auto row = again("bo@x.org", "1");
    ledger->retell(queued("a1"), {row}, {}, claimTime(), "again");
    ledger->outcome(row.key, {outcome("bo@x.org", Delivery::refused)});
    ledger->finished("a1", {Task::failed, ""});
    EXPECT_EQ(ledger->retry("a1").due, 1);
    EXPECT_EQ(ledger->deliveries("a1")[0].recipients[1].state, Delivery::superseded);
    EXPECT_EQ(ledger->deliveries("a1")[1].recipients[0].state, Delivery::deferred);
}

TEST_F(LedgerRetell, RefusesAKeyThatWasUsed)
{
    const auto ledger = doneInPart();
    ledger->retell(queued("a1"), {again("bo@x.org", "1")}, {}, claimTime(), "once");
    EXPECT_THROW(ledger->retell(queued("a1"), {again("bo@x.org", "1")}, {}, claimTime(), "twice"),
                 std::logic_error);
    EXPECT_EQ(ledger->deliveries("a1").size(), 2U);
}

TEST_F(LedgerRetell, IsTheOnlyWayToOpenWhatIsDone)
{
    const auto ledger = doneInPart();
    EXPECT_THROW(ledger->retry("a1"), std::logic_error);
    EXPECT_THROW(ledger->adopt(queued("a1"), claimTime()), std::logic_error);
}

class LedgerAcknowledge : public LedgerCommands {};

TEST_F(LedgerAcknowledge, LastsUntilSomethingIsLostAnew)
{
    const auto ledger = open("ada (1000)");
    ledger->taken({queued("a1")}, claimTime());
    ledger->running("a1");
    const auto row = delivery("a1", "k", {"ada@x.org", "bo@x.org"});
    ledger->composed("a1", {row}, {});
    ledger->outcome(row.key, {outcome("ada@x.org", Delivery::refused)});
    now += std::chrono::hours{1};
    ledger->acknowledge(queued("a1"), "seen");
    EXPECT_EQ(open()->task("a1").value().acknowledged, now);
    EXPECT_EQ(lastEvent("a1").who, "ada (1000)");
    EXPECT_EQ(lastEvent("a1").what, "acknowledge: seen");
    ledger->outcome(row.key, {outcome("bo@x.org", Delivery::deferred)});
    EXPECT_TRUE(ledger->task("a1").value().acknowledged) << "nothing was lost by that";
    // A clock that went back in between hides nothing.
    now -= std::chrono::hours{5};
    ledger->outcome(row.key, {outcome("bo@x.org", Delivery::refused)});
    EXPECT_FALSE(ledger->task("a1").value().acknowledged);
}

TEST_F(LedgerAcknowledge, OfWhatAnotherHostEndedLeavesADormantRow)
{
    const auto ledger = open();
    ledger->acknowledge(queued("a1"), "seen");
    EXPECT_EQ(ledger->task("a1").value().state, Task::released);
    // Claimed here after all, it is a task like others.
    ledger->taken({queued("a1")}, claimTime());
    EXPECT_FALSE(ledger->task("a1").value().acknowledged);
}

TEST_F(LedgerAcknowledge, EndsWhatIsKnownOfATaskThatWasPutBack)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    ledger->sending(key, {"ada@example.org"});
    ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted)});
    ledger->finished("a1", {Task::done, ""});
    ledger->acknowledge(queued("a1"), "seen");
    ledger->putBack("a1");
    EXPECT_EQ(open()->task("a1").value().putBack, now);
    EXPECT_FALSE(ledger->task("a1").value().acknowledged);
    ledger->acknowledge(queued("a1"), "seen");
    EXPECT_FALSE(open()->task("a1").value().putBack);
}

TEST_F(LedgerAcknowledge, ClosesAsToldWhatIsNotHeldHere)
{
    const auto ledger = open();
    ledger->toldElsewhere(queued("a1"), claimTime(), "told by the old program");
    EXPECT_EQ(ledger->task("a1").value().state, Task::done);
    EXPECT_TRUE(ledger->deliveries("a1").empty());
    compose(*ledger, "b2", "ada@example.org", claimTime());
    EXPECT_THROW(ledger->toldElsewhere(queued("b2"), claimTime(), "no"), std::logic_error);
}

TEST_F(LedgerTest, PrunesBytesFirstAndRowsLater)
{
    const auto ledger = open();
    const auto day = std::chrono::hours{24};
    for (const auto* task : {"a1", "b2"}) {
        const auto key = compose(*ledger, task, "ada@example.org", claimTime());
        ledger->sending(key, {"ada@example.org"});
        ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted)});
        ledger->finished(task, {Task::done, ""});
        now += 20 * day;
    }
    compose(*ledger, "c3", "ada@example.org", claimTime());
    ledger->taken({queued("d4")}, claimTime());
    ledger->released("d4", "let go");
    const auto hashes = run({"sqlite3", file.string(), "SELECT bytes_hash FROM delivery"}).output;

    EXPECT_EQ(ledger->prune(now - 30 * day, now - 400 * day), 0);
    EXPECT_EQ(ledger->deliveries("a1").front().bytes, "");
    EXPECT_EQ(ledger->deliveries("a1").front().recipients.front().state, Delivery::accepted);
    EXPECT_EQ(ledger->deliveries("b2").front().bytes, "the frozen bytes");
    EXPECT_EQ(ledger->deliveries("c3").front().bytes, "the frozen bytes");
    EXPECT_EQ(run({"sqlite3", file.string(), "SELECT bytes_hash FROM delivery"}).output, hashes);

    now += 390 * day;
    EXPECT_EQ(ledger->prune(now - 30 * day, now - 400 * day), 2);
    EXPECT_FALSE(ledger->task("a1"));
    EXPECT_FALSE(ledger->task("b2"));
    EXPECT_TRUE(ledger->events("a1").empty());
    EXPECT_EQ(ledger->deliveries("c3").front().bytes, "the frozen bytes") << "it still waits";
    EXPECT_TRUE(ledger->task("d4"));
    now += 20 * day;
    EXPECT_EQ(ledger->prune(now - 30 * day, now - 400 * day), 1);
    EXPECT_FALSE(ledger->task("d4"));
    EXPECT_EQ(run({"sqlite3", file.string(), "SELECT count(*) FROM recipient"}).output, "1\n");
}

} // namespace
} // namespace notifyhost::test
