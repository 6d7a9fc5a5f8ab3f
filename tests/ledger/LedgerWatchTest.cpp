#include "LedgerTesting.h"

namespace notifyhost::test {
namespace {

TEST_F(LedgerTest, RemembersWhatTheStaleWatchSaw)
{
    ledger::WatchRow one{"a1", queue::TaskStatus::claimed, now, std::chrono::seconds{901}, {},
                         true};
    ledger::WatchRow two{
        "b2", queue::TaskStatus::running, now, std::chrono::seconds{0}, now + std::chrono::hours{1},
        false};
    EXPECT_FALSE(open()->lookedBefore());
    open()->setWatches({one, two});
    EXPECT_TRUE(open()->lookedBefore());
    EXPECT_FALSE(open("notifyhost", "other")->lookedBefore());
    const auto rows = open()->watches();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].taskId, "a1");
    EXPECT_EQ(rows[0].status, queue::TaskStatus::claimed);
    EXPECT_EQ(rows[0].lastLook, now);
    EXPECT_EQ(rows[0].watched, std::chrono::seconds{901});
    EXPECT_EQ(rows[0].quietUntil, std::nullopt);
    EXPECT_TRUE(rows[0].beforeFirstLook);
    EXPECT_EQ(rows[1].status, queue::TaskStatus::running);
    EXPECT_EQ(rows[1].quietUntil, now + std::chrono::hours{1});
    EXPECT_FALSE(rows[1].beforeFirstLook);
}

TEST_F(LedgerTest, ForgetsWhatIsNotForeignAnyMore)
{
    const ledger::WatchRow row{"a1", queue::TaskStatus::claimed, now, std::chrono::seconds{5}, {},
                               false};
    open()->setWatches({row});
    open("notifyhost", "other")->setWatches({row});
    open()->setWatches({});
    EXPECT_TRUE(open()->watches().empty());
    EXPECT_EQ(open("notifyhost", "other")->watches().size(), 1U);
    EXPECT_TRUE(open()->lookedBefore());
}

/// The ledger's time where somebody sets the wall clock, and where the machine is started again.
class LedgerTimeTest : public LedgerTest {
protected:
    std::unique_ptr<ledger::Ledger> open(const std::string& pipeline = "mails")
    {
        return std::make_unique<ledger::Ledger>(file, pipeline, "a test", [this] {
            return ledger::ClaimTime{now, sinceBoot, boot};
        });
    }
    void pass(std::chrono::seconds time)
    {
        now += time;
        sinceBoot += time;
    }

    std::chrono::nanoseconds sinceBoot{std::chrono::hours{100}};
    std::string boot{"boot-1"};
};

TEST_F(LedgerTimeTest, GoesWithTheTimeSinceTheBootAndNotWithTheWallClock)
{
    const auto start = now;
    EXPECT_EQ(open()->recordTime(), std::nullopt);
    EXPECT_EQ(open()->time(), start);
    pass(std::chrono::minutes{5});
    now += std::chrono::hours{24 * 30};
    EXPECT_EQ(open()->time(), start + std::chrono::minutes{5});
    EXPECT_EQ(open()->recordTime(), std::chrono::hours{24 * 30}) << "said";
    EXPECT_EQ(open()->recordTime(), std::nullopt) << "once";
    pass(std::chrono::minutes{5});
    now -= std::chrono::hours{24 * 30};
    EXPECT_EQ(open()->recordTime(), -std::chrono::hours{24 * 30});
    EXPECT_EQ(open()->time(), start + std::chrono::minutes{10});
    now -= std::chrono::hours{48};
    EXPECT_EQ(open()->time(), start + std::chrono::minutes{10}) << "a step back revives nothing";
    now += std::chrono::hours{48};
    EXPECT_EQ(open("other")->time(), now) << "each pipeline has its own";
}

TEST_F(LedgerTimeTest, FollowsAWallClockThatIsAheadByDaysForAsLongAsItIs)
{
    const auto start = now;
    open()->recordTime();
    now += std::chrono::hours{24 * 8};
    EXPECT_EQ(open()->time(), start + std::chrono::hours{24 * 8});
    EXPECT_EQ(open()->recordTime(), std::chrono::hours{24 * 8});
    now -= std::chrono::hours{24 * 8};
    pass(std::chrono::hours{1});
    EXPECT_EQ(open()->time(), start + std::chrono::hours{1});
}

TEST_F(LedgerTimeTest, DoesNotBelieveABootOfFiftyYears)
{
    const auto start = now;
    open()->recordTime();
    now += std::chrono::minutes{5};
    sinceBoot = std::chrono::hours{24 * 365 * 56};
    EXPECT_EQ(open()->recordTime(), std::nullopt);
    EXPECT_EQ(open()->time(), start + std::chrono::minutes{5});
    now += std::chrono::minutes{5};
    sinceBoot += std::chrono::minutes{5};
    EXPECT_EQ(open()->time(), start + std::chrono::minutes{10});
}

TEST_F(LedgerTimeTest, FollowsTheWallClockAcrossABootAndNeverBack)
{
    const auto start = now;
    open()->recordTime();
    now += std::chrono::hours{10};
    boot = "boot-2";
    sinceBoot = std::chrono::minutes{1};
    EXPECT_EQ(open()->recordTime(), std::nullopt) << "the machine was off";
    EXPECT_EQ(open()->time(), start + std::chrono::hours{10});
    now -= std::chrono::hours{24};
    boot = "boot-3";
    EXPECT_EQ(open()->recordTime(), -std::chrono::hours{24});
    EXPECT_EQ(open()->time(), start + std::chrono::hours{10});
    pass(std::chrono::hours{1});
    EXPECT_EQ(open()->time(), start + std::chrono::hours{11}) << "and goes on from there";
}

TEST_F(LedgerTimeTest, IsWhatABudgetBeginsOn)
{
    const auto start = now;
    open()->recordTime();
    pass(std::chrono::hours{1});
    now += std::chrono::hours{24 * 30};
    const auto ledger = open();
    ledger->taken({queued("a1")}, {now, sinceBoot, boot});
    EXPECT_EQ(ledger->task("a1").value().budgetStart, start + std::chrono::hours{1});
    EXPECT_EQ(ledger->task("a1").value().claimed.wall, now);
    ledger->running("a1");
    pass(std::chrono::hours{1});
    ledger->retry("a1");
    EXPECT_EQ(ledger->task("a1").value().budgetStart, start + std::chrono::hours{2});
}

TEST_F(LedgerTimeTest, IsWhatFinishedTasksAreKeptBy)
{
    constexpr std::chrono::hours kDay{24};
    const auto ledger = open();
    ledger->recordTime();
    pass(std::chrono::hours{1});
    now -= 500 * kDay;
    for (const auto* task : {"a1", "b2"}) {
        ledger->taken({queued(task)}, {now, sinceBoot, boot});
        ledger->composed(task, {delivery(task, "study 1", {"ada@example.org"})}, {});
        auto refused = ledger->deliveries(task).front().recipients.front();
        refused.state = Delivery::refused;
        ledger->outcome(ledger->deliveries(task).front().key, {refused});
        ledger->finished(task, {Task::failed, ""});
    }
    const auto keep = [&] {
        ledger->prune(ledger->time() - 30 * kDay, ledger->time() - 400 * kDay);
    };
    keep();
    ASSERT_TRUE(ledger->task("a1")) << "it ended just now, whatever the wall clock shows";
    EXPECT_EQ(ledger->deliveries("a1").front().bytes, "the frozen bytes");
    now += 500 * kDay;
    pass(31 * kDay);
    keep();
    EXPECT_EQ(ledger->deliveries("a1").front().bytes, "");
    pass(400 * kDay);
    keep();
    EXPECT_FALSE(ledger->task("a1"));
    EXPECT_FALSE(ledger->task("b2"));
}

} // namespace
} // namespace notifyhost::test
