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

TEST_F(LedgerTest, DoesNotFollowAClockThatStepsBack)
{
    EXPECT_EQ(open()->highWater(now), now);
    EXPECT_EQ(open()->highWater(now + std::chrono::hours{2}), now + std::chrono::hours{2});
    EXPECT_EQ(open()->highWater(now), now + std::chrono::hours{2});
    open()->setWatches({});
    EXPECT_EQ(open()->highWater(now), now + std::chrono::hours{2});
    EXPECT_EQ(open("notifyhost", "other")->highWater(now), now);
    // A budget that begins now begins on the same clock.
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    EXPECT_EQ(ledger->task("a1").value().budgetStart, now + std::chrono::hours{2});
    EXPECT_EQ(ledger->task("a1").value().claimed.wall, now);
}

} // namespace
} // namespace notifyhost::test
