#include "LedgerTesting.h"

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

/// Tasks about one thing, told to one person in one ledger.
class LastWord : public LedgerTest {
protected:
    static constexpr auto kAda = "ada@example.org";

    ledger::DeliveryRow word(const std::string& task, std::optional<int> day,
                             const std::string& says, bool replaces = false) const
    {
        auto row = delivery(task, "study 1", {kAda}, says);
        row.subject.about = "well 1";
        row.subject.facts = says;
        row.subject.replaces = replaces;
        if (day) {
            row.subject.asOf = now + std::chrono::hours{24 * *day};
        }
        return row;
    }

    /// Claims and freezes it; says "waits" where it could not be frozen.
    std::string freeze(const ledger::DeliveryRow& row,
                       ledger::Repeated repeated = ledger::Repeated::skipped) const
    {
        const auto ledger = open();
        if (!ledger->task(row.taskId)) {
            ledger->taken({queued(row.taskId)}, claimTime());
        }
        const auto standing = ledger->composed(row.taskId, {row}, {}, repeated);
        return standing.overtaken.empty() ? stateIn(row.taskId) : "waits";
    }

    std::string stateIn(const std::string& task) const
    {
        return std::string(toText(stateOf(*open(), task)));
    }

    std::string reasonIn(const std::string& task) const
    {
        return open()->deliveries(task).front().recipients.front().reason;
    }

    /// What becomes of it at the peer.
    void settle(const ledger::DeliveryRow& row, Delivery state) const
    {
        const auto ledger = open();
        auto recipient = outcome(kAda, state);
        recipient.doubts = state == Delivery::unknown ? 1 : 0;
        ASSERT_TRUE(ledger->sending(row.key, {kAda}));
        ledger->outcome(row.key, {recipient});
    }
};

TEST_F(LastWord, TakesThePlaceOfWhatIsOlderAndNotTold)
{
    const auto passed = word("a1", 1, "passed");
    freeze(passed);
    settle(passed, Delivery::deferred);
    EXPECT_EQ(freeze(word("b2", 2, "failed")), "composed");
    EXPECT_EQ(stateIn("a1"), "superseded");
    EXPECT_EQ(reasonIn("a1"), "task b2 says what is newer; before that deferred: said the peer");
    EXPECT_THAT(open()->events("a1").back().what, HasSubstr("superseded, attempt 1: task b2"));
    EXPECT_FALSE(open()->sending(passed.key, {kAda})) << "it must not go out";
    EXPECT_EQ(stateIn("a1"), "superseded");
}

TEST_F(LastWord, SupersedesAtOnceWhatIsOlderAndComposedLater)
{
    const auto failed = word("b2", 2, "failed");
    freeze(failed);
    EXPECT_EQ(freeze(word("a1", 1, "passed")), "superseded");
    EXPECT_EQ(stateIn("b2"), "composed");
    settle(failed, Delivery::refused);
    EXPECT_EQ(freeze(word("a0", 0, "undecided")), "superseded");
}

TEST_F(LastWord, SupersedesWhatIsInDoubtAndSaysSo)
{
    const auto passed = word("a1", 1, "passed");
    freeze(passed);
    settle(passed, Delivery::unknown);
    EXPECT_EQ(freeze(word("b2", 2, "failed")), "waits") << "it does not say that it replaces one";
    EXPECT_EQ(stateIn("a1"), "unknown");
    EXPECT_EQ(open()->task("b2").value().state, Task::running);
    EXPECT_EQ(open()->task("b2").value().nextAttempt, now);
    const auto failed = word("b2", 2, "failed");
    EXPECT_TRUE(open()->earlier(failed).told);
    EXPECT_EQ(open()->earlier(failed).asOf, passed.subject.asOf);
    EXPECT_EQ(freeze(word("b2", 2, "failed", true)), "composed");
    EXPECT_EQ(stateIn("a1"), "superseded");
    EXPECT_THAT(reasonIn("a1"), HasSubstr("an earlier copy of this may have arrived"));
    EXPECT_EQ(open()->deliveries("a1").front().recipients.front().doubts, 1);
}

TEST_F(LastWord, LeavesAloneWhatWasToldAndWhatIsNotAboutTheSame)
{
    const auto told = word("a1", 1, "passed");
    freeze(told);
    settle(told, Delivery::accepted);
    auto another = word("a2", 1, "passed");
    another.subject.about = "well 2";
    freeze(another);
    auto alone = word("a3", 1, "passed");
    alone.subject = {};
    freeze(alone);
    auto bo = delivery("a4", "study 1", {"bo@example.org"});
    bo.subject = told.subject;
    freeze(bo);
    auto retold = word("a5", 1, "passed");
    retold.subject.retold = true;
    retold.subject.facts = "passed, told again";
    freeze(retold);
    EXPECT_EQ(freeze(word("b2", 2, "failed", true)), "composed");
    EXPECT_EQ(stateIn("a1"), "accepted");
    for (const auto* task : {"a2", "a3", "a4", "a5"}) {
        EXPECT_EQ(stateIn(task), "composed") << task;
    }
    EXPECT_EQ(open("notifyhost", "another pipeline")->earlier(word("c3", 3, "x")).told, false);
}

TEST_F(LastWord, WaitsForAnEarlierOneThatIsBeingSent)
{
    const auto passed = word("a1", 1, "passed");
    freeze(passed);
    const auto retold = [&] {
        auto row = word("b2", 2, "failed");
        row.subject.retold = true;
        return row;
    }();
    freeze(retold);
    // b2 has taken the place of a1; one that was retold may still be on its way.
    auto again = word("c3", 1, "passed");
    again.subject.retold = true;
    again.subject.facts = "retold";
    EXPECT_EQ(freeze(again), "superseded");
    const auto other = word("d4", 3, "passed");
    ASSERT_TRUE(open()->sending(retold.key, {kAda}));
    EXPECT_TRUE(open()->isEarlierBeingSent({other}));
    EXPECT_EQ(freeze(other), "waits");
    open()->outcome(retold.key, {outcome(kAda, Delivery::deferred)});
    EXPECT_FALSE(open()->isEarlierBeingSent({other}));
    EXPECT_EQ(freeze(other), "composed");
    ASSERT_TRUE(open()->sending(retold.key, {kAda}));
    EXPECT_FALSE(open()->sending(other.key, {kAda})) << "nothing is changed";
    EXPECT_EQ(stateIn("d4"), "composed");
    open()->outcome(retold.key, {outcome(kAda, Delivery::accepted)});
    EXPECT_TRUE(open()->sending(other.key, {kAda}));
}

TEST_F(LastWord, KeepsWhatIsSupersededThroughAnOutcomeThatComesLate)
{
    const auto passed = word("a1", 1, "passed");
    freeze(passed);
    freeze(word("b2", 2, "failed"));
    EXPECT_FALSE(open()->outcome(passed.key, {outcome(kAda, Delivery::refused)},
                                 ledger::Ending{Task::failed, "no recipient could be told"}));
    EXPECT_EQ(stateIn("a1"), "superseded");
    EXPECT_EQ(open()->task("a1").value().state, Task::running);
}

TEST_F(LastWord, SupersedesWhatApproveOrRetryWouldMakeDue)
{
    const auto refused = word("a1", 1, "passed");
    freeze(refused);
    open()->outcome(refused.key, {outcome(kAda, Delivery::refused)});
    const auto expired = word("a2", 1, "passed, more");
    freeze(expired);
    settle(expired, Delivery::unknown);
    auto lost = outcome(kAda, Delivery::expired);
    lost.doubts = 1;
    open()->outcome(expired.key, {lost});
    freeze(word("b2", 2, "failed", true));
    EXPECT_EQ(stateIn("a1"), "refused") << "what is over stays as it is";
    const auto frozen = open()->retry("a1", ledger::Ledger::Wording::frozen);
    EXPECT_EQ(frozen.due, 0);
    EXPECT_EQ(frozen.superseded, 1);
    EXPECT_EQ(stateIn("a1"), "superseded");
    EXPECT_EQ(open()->retry("a2").superseded, 1);
    EXPECT_EQ(stateIn("a2"), "superseded");

    auto held = word("a3", 1, "passed, held");
    held.address = kAda;
    auto alone = held;
    alone.subject.retold = true;
    alone.taskId = "a4";
    alone.key += "4";
    for (const auto& row : {held, alone}) {
        auto older = row;
        older.subject.about = "well 9";
        freeze(older);
        open()->outcome(older.key, {outcome(kAda, Delivery::held, 0)});
    }
    auto newer = word("b9", 2, "failed");
    newer.subject.about = "well 9";
    freeze(newer);
    EXPECT_EQ(stateIn("a3"), "superseded");
    EXPECT_EQ(open()->approve("a4").due, 1) << "told again on purpose: it goes out";
}

TEST_F(LastWord, IsSaidOnce)
{
    const auto passed = word("a1", 1, "passed");
    freeze(passed);
    settle(passed, Delivery::accepted);
    EXPECT_EQ(freeze(word("b2", 1, "passed")), "repeated");
    EXPECT_EQ(reasonIn("b2"), "task a1 has said the same");
    EXPECT_EQ(freeze(word("c3", 1, "passed"), ledger::Repeated::told), "composed");
    EXPECT_EQ(freeze(word("d4", 1, "passed, and more")), "composed");
    const auto failed = word("e5", 2, "failed", true);
    EXPECT_EQ(freeze(failed), "composed");
    settle(failed, Delivery::accepted);
    EXPECT_EQ(freeze(word("f6", 3, "passed", true)), "composed")
        << "the latest word was another one";
}

TEST_F(LastWord, ThatIsInDoubtKeepsItsSecondCopyAndIsNotRepeated)
{
    const auto passed = word("a1", std::nullopt, "uploaded");
    freeze(passed);
    settle(passed, Delivery::unknown);
    EXPECT_EQ(freeze(word("b2", std::nullopt, "uploaded")), "repeated");
    EXPECT_EQ(stateIn("a1"), "unknown");
    EXPECT_EQ(freeze(word("c3", std::nullopt, "uploaded elsewhere")), "composed");
}

TEST_F(LastWord, OfTwoThatSayTheSameAtTheSameTimeIsTheOneThatIsComposedLast)
{
    const auto passed = word("a1", 1, "passed");
    freeze(passed);
    settle(passed, Delivery::deferred);
    EXPECT_EQ(freeze(word("b2", 1, "passed")), "composed");
    EXPECT_EQ(stateIn("a1"), "superseded");
    // Nobody knows which of these is newer: both are told.
    EXPECT_EQ(freeze(word("c3", 1, "passed, and more")), "composed");
    EXPECT_EQ(stateIn("b2"), "composed");
}

TEST_F(LastWord, HasAChecksumOfItsOwn)
{
    freeze(word("a1", 1, "passed"));
    for (const auto* change : {"about = 'well 2'", "as_of = as_of + 1", "facts = 'failed'",
                               "replaces = 1", "retold = 1", "retold = 7"})
    {
        sqlite("CREATE TABLE kept AS SELECT * FROM delivery; UPDATE delivery SET " +
               std::string(change));
        EXPECT_THAT(damage([&] { open()->deliveries("a1"); }), HasSubstr("delivery")) << change;
        sqlite("DELETE FROM delivery; INSERT INTO delivery SELECT * FROM kept; DROP TABLE kept");
        EXPECT_EQ(damage([&] { open()->deliveries("a1"); }), "well") << change;
    }
}

} // namespace
} // namespace notifyhost::test
