#include "LedgerTesting.h"

namespace notifyhost::test {
namespace {

using ledger::Origin;

class LedgerOriginTest : public LedgerTest {
protected:
    void removeLedger() const
    {
        for (const auto* suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(file.string() + suffix);
        }
    }
};

TEST_F(LedgerOriginTest, IsFreshUntilThePipelineHasWorkedWithIt)
{
    EXPECT_EQ(open()->origin(), Origin::fresh);
    EXPECT_EQ(open()->origin(), Origin::fresh) << "opened and no more";
    {
        const auto ledger = open();
        ledger->keepOrigin();
        EXPECT_EQ(ledger->origin(), Origin::known);
    }
    EXPECT_EQ(open()->origin(), Origin::known);
    EXPECT_EQ(open("notifyhost", "others")->origin(), Origin::fresh);
}

TEST_F(LedgerOriginTest, NoticesThatTheLedgerWasRemovedWhoeverMadeAnother)
{
    open()->keepOrigin();
    open("notifyhost", "others")->keepOrigin();
    removeLedger();
    EXPECT_EQ(open("somebody who looked")->origin(), Origin::other);
    EXPECT_EQ(open()->origin(), Origin::other);
    open()->recordTime();
    EXPECT_EQ(open()->origin(), Origin::other);
    open("notifyhost", "others")->keepOrigin();
    EXPECT_EQ(open()->origin(), Origin::other) << "each pipeline for itself";
    open()->keepOrigin();
    EXPECT_EQ(open()->origin(), Origin::known);
}

TEST_F(LedgerOriginTest, NoticesALedgerFromElsewhereAndKnowsItsOwnBackup)
{
    const TemporaryFolder elsewhere;
    ledger::Ledger(elsewhere / "ledger.sqlite", "mails", "a test", [this] {
        return moment();
    }).keepOrigin();
    open()->keepOrigin();
    std::filesystem::copy(file, folder / "backup");
    removeLedger();
    std::filesystem::copy(elsewhere / "ledger.sqlite", file);
    EXPECT_EQ(open()->origin(), Origin::other);
    removeLedger();
    std::filesystem::copy(folder / "backup", file);
    EXPECT_EQ(open()->origin(), Origin::known);
}

TEST_F(LedgerOriginTest, TakesALedgerThatKnowsThePipelineAtItsWordWhereThereIsNoMark)
{
    open()->taken({queued("a1")}, claimTime());
    EXPECT_EQ(open()->origin(), Origin::known);
    open()->keepOrigin();
    const auto mark = open()->markFile();
    EXPECT_EQ(mark, folder / "mails.mark");
    std::filesystem::remove(mark);
    EXPECT_EQ(open()->origin(), Origin::known);
    for (const auto* content : {"", "ledger", "something else\n", "\xff\xfe"}) {
        folder.write("mails.mark", content);
        EXPECT_EQ(open()->origin(), Origin::known) << content;
        open()->keepOrigin();
        EXPECT_THAT(readFile(mark), testing::StartsWith("ledger "));
    }
}

TEST_F(LedgerOriginTest, KeepsASecondOneOutOfThePipelineWhateverBecameOfTheLockFile)
{
    auto first = open();
    EXPECT_TRUE(first->lock());
    EXPECT_FALSE(open()->lock());
    EXPECT_TRUE(open("notifyhost", "others")->lock());
    first->unlock();
    {
        const auto second = open();
        EXPECT_TRUE(second->lock());
        EXPECT_FALSE(first->lock());
    }
    EXPECT_TRUE(first->lock()) << "it goes with its owner";
}

} // namespace
} // namespace notifyhost::test
