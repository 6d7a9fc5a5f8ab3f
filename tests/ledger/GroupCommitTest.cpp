#include "LedgerTesting.h"

#include "support/WatchedDisk.h"

#include <atomic>
#include <thread>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

/// Waits for something, for some seconds at most.
void waitUntil(const std::function<bool()>& condition)
{
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition() && std::chrono::steady_clock::now() < limit) {
        std::this_thread::yield();
    }
}

TEST_F(LedgerTest, SharesCommitsAndReturnsFromNoneBeforeItIsOnTheDisk)
{
    constexpr int kThreads = 8;
    constexpr int kSteps = 25;
    WatchedDisk disk;
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    const int before = disk.syncs();
    std::atomic<int> notYetDurable{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int step = 0; step < kSteps; ++step) {
                const auto mark =
                    "step " + std::to_string(thread) + "/" + std::to_string(step) + ";";
                ledger->note("a1", mark);
                if (disk.durable(file.string() + "-wal").find(mark) == std::string::npos) {
                    ++notYetDurable;
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(notYetDurable, 0);
    EXPECT_LT(disk.syncs() - before, kThreads * kSteps * 3 / 4) << "commits were not shared";
    EXPECT_EQ(ledger->events("a1").size(), 1U + kThreads * kSteps);
}

TEST_F(LedgerTest, GathersWhatArrivesWhileACommitIsSynced)
{
    WatchedDisk disk;
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    const int before = disk.syncs();
    // The first step stays in its sync until six others are written.
    std::atomic<bool> first{true};
    disk.onSync([&] {
        if (first.exchange(false)) {
            waitUntil([&] { return ledger->events("a1").size() == 8; });
        }
    });
    std::thread leader([&] { ledger->note("a1", "first"); });
    waitUntil([&] { return !first; });
    std::vector<std::thread> others;
    for (int number = 0; number < 6; ++number) {
        others.emplace_back([&] { ledger->note("a1", "other"); });
    }
    leader.join();
    for (auto& other : others) {
        other.join();
    }
    EXPECT_EQ(ledger->events("a1").size(), 8U);
    EXPECT_EQ(disk.syncs() - before, 2) << "one for the first, one for the six";
}

TEST_F(LedgerTest, TakesNoOtherStepDownWithOneThatFails)
{
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&, thread] {
            for (int step = 0; step < 25; ++step) {
                try {
                    thread % 2 == 0 ? ledger->note("a1", "good") : ledger->running("nobody");
                } catch (const std::logic_error& error) {
                    EXPECT_THAT(error.what(), HasSubstr("no task nobody"));
                    ++failed;
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(failed, 4 * 25);
    EXPECT_EQ(ledger->events("a1").size(), 1U + 4 * 25);
}

TEST_F(LedgerTest, LetsNothingLeaveAfterASyncThatFailed)
{
    WatchedDisk disk;
    {
        const auto ledger = open();
        const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
        const int before = disk.calls();
        ledger->note("a1", "all is well");
        const int calls = disk.calls() - before;
        disk.failAfter(calls - 1, WatchedDisk::Failure::error);
        EXPECT_THROW(ledger->note("a1", "and now it"), storage::StorageError);
        disk.mend();
        EXPECT_THROW(ledger->sending(key, {"ada@example.org"}), storage::StorageError)
            << "what could not be written may have been dropped";
    }
    EXPECT_EQ(stateOf(*open(), "a1"), Delivery::composed);
}

TEST_F(LedgerTest, LetsNothingLeaveAfterASyncThatFailedInSqlitesOwnCheckpoint)
{
    // 1: of the log, 2: of the file.
    for (const int number : {1, 2}) {
        WatchedDisk disk;
        const auto task = "a" + std::to_string(number);
        const auto address = task + "@example.org";
        {
            const auto ledger = open();
            const auto key = compose(*ledger, task, address, claimTime());
            disk.failSync(number);
            const std::string long5MB(5'000'000, 'x');
            EXPECT_THROW(ledger->note(task, long5MB), storage::StorageError);
            ASSERT_TRUE(disk.syncFailed());
            EXPECT_THROW(ledger->sending(key, {address}), storage::StorageError);
            EXPECT_THROW(ledger->attemptBegun(task), storage::StorageError);
            EXPECT_THROW(ledger->settle(), storage::StorageError);
        }
        EXPECT_EQ(stateOf(*open(), task), Delivery::composed);
    }
}

TEST_F(LedgerTest, SaysThatASyncFailedInACheckpointAlsoWhereNoStepFollows)
{
    WatchedDisk disk;
    const auto ledger = open();
    ledger->taken({queued("a1")}, claimTime());
    disk.failSync(1);
    EXPECT_THROW(ledger->settle(), storage::StorageError);
    ASSERT_TRUE(disk.syncFailed());
    EXPECT_THROW(ledger->settle(), storage::StorageError);
}

TEST_F(LedgerTest, SaysSoWhereAStepCannotBePutOnTheDiskAndKeepsWhatWas)
{
    for (const auto failure : {WatchedDisk::Failure::full, WatchedDisk::Failure::error}) {
        WatchedDisk disk;
        const std::string task = failure == WatchedDisk::Failure::full ? "a1" : "b2";
        const std::string address = task + "@example.org";
        {
            const auto ledger = open();
            const auto key = compose(*ledger, task, address, claimTime());
            disk.failAfter(0, failure);
            EXPECT_THROW(ledger->sending(key, {address}), storage::StorageError);
            EXPECT_EQ(stateOf(*ledger, task), Delivery::composed);
            disk.mend();
            ledger->sending(key, {address});
            disk.failAfter(0, failure);
            EXPECT_THROW(ledger->outcome(key, {outcome(address, Delivery::accepted)}),
                         storage::StorageError);
            disk.mend();
        }
        EXPECT_EQ(stateOf(*open(), task), Delivery::sending);
    }
}

} // namespace
} // namespace notifyhost::test
