#include "ledger/LedgerMark.h"

#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

namespace notifyhost::ledger {
namespace {

namespace fs = std::filesystem;

using test::readFile;
using test::TemporaryFolder;

TEST(LedgerMark, KeepsWhatWasWritten)
{
    const TemporaryFolder folder;
    LedgerMark mark(folder.path(), "mails");
    EXPECT_EQ(mark.identity(), "");
    mark.keepBatch(7);
    EXPECT_FALSE(fs::exists(mark.file())) << "without an identity there is nothing to keep";
    mark.write("ledger 0A");
    mark.keepBatch(123);
    const LedgerMark again(folder.path(), "mails");
    EXPECT_EQ(again.identity(), "ledger 0A");
    EXPECT_EQ(again.batch(), 123U);
}

TEST(LedgerMark, IsNeitherReadNorWrittenThroughALink)
{
    const TemporaryFolder folder;
    const auto victim = folder.write("victim", "ledger 0B\nlargest-batch 5\n");
    for (const bool isDangling : {false, true}) {
        fs::create_symlink(isDangling ? folder / "absent" : victim, folder / "mails.mark");
        LedgerMark mark(folder.path(), "mails");
        EXPECT_EQ(mark.identity(), "");
        mark.write("ledger 0C");
        EXPECT_FALSE(fs::is_symlink(mark.file()));
        EXPECT_EQ(LedgerMark(folder.path(), "mails").identity(), "ledger 0C");
        EXPECT_FALSE(fs::exists(folder / "absent"));
        // Put there while it is in use.
        fs::remove(mark.file());
        fs::create_symlink(isDangling ? folder / "absent" : victim, mark.file());
        mark.keepBatch(9);
        EXPECT_FALSE(fs::exists(folder / "absent"));
        fs::remove(mark.file());
    }
    EXPECT_EQ(readFile(victim), "ledger 0B\nlargest-batch 5\n");
}

TEST(LedgerMark, LeavesAFileWithAFurtherNameAlone)
{
    const TemporaryFolder folder;
    LedgerMark mark(folder.path(), "mails");
    mark.write("ledger 0D");
    fs::create_hard_link(mark.file(), folder / "second");
    const auto before = readFile(folder / "second");
    mark.keepBatch(9);
    EXPECT_EQ(readFile(folder / "second"), before);
    mark.write("ledger 0E");
    EXPECT_EQ(readFile(folder / "second"), before) << "a new file took its place";
}

} // namespace
} // namespace notifyhost::ledger
