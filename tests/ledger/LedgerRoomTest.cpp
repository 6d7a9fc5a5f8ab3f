#include "LedgerTesting.h"

#include "storage/Digest.h"
#include "support/SmallFileSystem.h"

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int kTasks = 100;

/// A ledger on a small disk.
class LedgerRoomTest : public LedgerTest {
protected:
    void SetUp() override
    {
        if (!disk.isMounted()) {
            GTEST_SKIP() << "this user may not mount a file system";
        }
    }

    /// Tasks with ids as far apart as digests are, and an input of this size each.
    static std::vector<queue::QueuedTask> batch(const std::string& name, std::size_t input)
    {
        std::vector<queue::QueuedTask> tasks;
        for (int number = 0; number < kTasks; ++number) {
            auto task = queued(storage::sha256Hex(name + std::to_string(number)));
            task.inputText = R"({"run":")" + std::string(input, 'x') + R"("})";
            tasks.push_back(std::move(task));
        }
        return tasks;
    }

    static std::string failure(const std::function<void()>& work)
    {
        try {
            work();
            return "well";
        } catch (const storage::StorageError& error) {
            EXPECT_EQ(error.kind(), storage::StorageError::Kind::disk);
            return error.what();
        }
    }

    SmallFileSystem disk{folder.path(), "16m"};
};

TEST_F(LedgerRoomTest, HasRoomForAWholeBatchWhereItSaidSo)
{
    disk.resize("64m");
    const auto ledger = open();
    ledger->keepOrigin();
    for (int round = 0; round < 12; ++round) {
        const auto name = std::to_string(round) + "/";
        const auto size = static_cast<std::size_t>(round % 4) * 1500;
        ledger->taken(batch(name + "like the next", size), claimTime());
        ledger->secureRoom(kTasks);
        disk.fillBut(0);
        EXPECT_EQ(failure([&] { ledger->taken(batch(name, size), claimTime()); }), "well")
            << round << " of " << size << " octets";
        disk.empty();
    }
    EXPECT_EQ(ledger->tasks({Task::taken}).size(), 24U * kTasks);
}

TEST_F(LedgerRoomTest, SaysHowMuchIsMissingBeforeAnythingIsClaimed)
{
    const auto ledger = open();
    ledger->taken(batch("a", 500), claimTime());
    for (const std::uint64_t left : {std::uint64_t{0}, std::uint64_t{48 * 1024}}) {
        disk.fillBut(left);
        const auto free = disk.free();
        // What earlier batches have left in the log is room too.
        const auto said = failure([&] {
            for (int number = 0; number < 30; ++number) {
                ledger->secureRoom(1000);
            }
        });
        EXPECT_THAT(said, AllOf(HasSubstr(file.string()), HasSubstr("Make room")));
        constexpr std::uint64_t kAPageOrTwo = 8192;
        EXPECT_GE(disk.free() + kAPageOrTwo, free) << "it takes nothing of what is not enough";
    }
    disk.empty();
    EXPECT_EQ(failure([&] { ledger->secureRoom(kTasks); }), "well");
}

TEST_F(LedgerRoomTest, RemembersInTheNextRunHowLargeABatchWas)
{
    {
        const auto ledger = open();
        ledger->keepOrigin();
        EXPECT_EQ(failure([&] { ledger->secureRoom(kTasks); }), "well");
        EXPECT_NE(failure([&] { ledger->taken(batch("a", 200'000), claimTime()); }), "well");
        EXPECT_NE(failure([&] { ledger->secureRoom(kTasks); }), "well");
    }
    EXPECT_NE(failure([&] { open()->secureRoom(kTasks); }), "well");
    disk.resize("80m");
    const auto ledger = open();
    EXPECT_EQ(failure([&] { ledger->secureRoom(kTasks); }), "well");
    ledger->taken(batch("b", 500), claimTime());
    disk.resize("60m");
    EXPECT_EQ(failure([&] { open()->secureRoom(kTasks); }), "well");
}

TEST_F(LedgerRoomTest, SendsNothingWithoutRoomForTheAnswer)
{
    const auto ledger = open();
    const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
    disk.fillBut(100 * 1024);
    EXPECT_THAT(failure([&] { ledger->sending(key, {"ada@example.org"}); }),
                HasSubstr("are missing"));
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::composed) << "not in doubt: nothing has left";
    disk.empty();
    ledger->sending(key, {"ada@example.org"});
    disk.fillBut(0);
    EXPECT_EQ(failure([&] {
                  ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted)},
                                  ledger::Ending{Task::done, ""});
              }),
              "well");
}

} // namespace
} // namespace notifyhost::test
