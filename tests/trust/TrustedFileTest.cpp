#include "support/SecondUser.h"
#include "support/TemporaryFolder.h"
#include "trust/TrustRules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace notifyhost {
namespace {

namespace fs = std::filesystem;
using test::giveTo;
using test::kMeddlingUser;
using test::TemporaryFolder;
using test::whyNoSecondUser;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kMuch = 1U << 20U;
const std::vector<FileUse> kUses{FileUse::plugin,        FileUse::templates, FileUse::secret,
                                 FileUse::configuration, FileUse::key,       FileUse::authorities,
                                 FileUse::state,         FileUse::mailbox};

void setMode(const fs::path& path, mode_t mode)
{
    ASSERT_EQ(::chmod(path.c_str(), mode), 0) << path;
}

std::string refusal(const fs::path& file, FileUse use)
{
    try {
        TrustedFile::open(file, use);
    } catch (const FileRefusal& error) {
        return error.what();
    }
    return "";
}

/// What becomes of a file, in the words of the table.
Answer answer(const fs::path& file, FileUse use)
{
    try {
        return TrustedFile::open(file, use).warnings().empty() ? Answer::fine : Answer::warn;
    } catch (const FileRefusal& error) {
        EXPECT_EQ(error.kind(), FileRefusal::Kind::untrusted) << error.what();
        return Answer::refuse;
    }
}

class TrustedFileTest : public testing::Test {
protected:
    TrustedFileTest()
    {
        fs::create_directories(folder / "a/b");
        file = folder.write("a/b/file", "content\n");
        setMode(folder / "a", 0755);
        setMode(folder / "a/b", 0755);
        setMode(file, 0640);
    }

    TemporaryFolder folder;
    fs::path file;
};

TEST_F(TrustedFileTest, IsReadAsItStands)
{
    const auto opened = TrustedFile::open(file, FileUse::plugin);
    EXPECT_EQ(opened.read(kMuch), "content\n");
    EXPECT_EQ(opened.path(), file);
    EXPECT_EQ(opened.status().st_size, 8);
    EXPECT_TRUE(opened.warnings().empty());
    EXPECT_THAT(TrustedFile::openFolder(folder / "a/", FileUse::state).names(), ElementsAre("b"));
}

TEST_F(TrustedFileTest, IsFoundByAnyWayOfWritingItsPath)
{
    fs::create_directory_symlink("b", folder / "a/beside");
    fs::create_directory_symlink(folder / "a", folder / "whole");
    fs::create_symlink("../b/./file", folder / "a/b/again");
    for (const auto* way : {"a/./b//file", "a/b/../b/file", "a/beside/file", "whole/b/again",
                            "whole/beside/../../a/b/file"})
    {
        EXPECT_EQ(TrustedFile::open(folder / way, FileUse::configuration).path(), file) << way;
    }
    const auto before = fs::current_path();
    fs::current_path(folder / "a");
    EXPECT_EQ(TrustedFile::open("b/file", FileUse::configuration).path(), file);
    EXPECT_EQ(TrustedFile::open("../a/b/file", FileUse::configuration).path(), file);
    fs::current_path(before);
}

TEST_F(TrustedFileTest, SaysWhatCannotBeOpened)
{
    fs::create_symlink("round", folder / "round");
    fs::create_symlink("gone", folder / "dangling");
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const auto why = [&](const char* name) { return refusal(folder / name, FileUse::secret); };
    EXPECT_EQ(why("gone"), "does not exist");
    EXPECT_EQ(why("gone/file"), "does not exist");
    EXPECT_EQ(why("dangling"), "does not exist");
    EXPECT_EQ(why("a"), "is a folder, not a file");
    EXPECT_EQ(why("pipe"), "is not a regular file (a pipe, socket or device)");
    EXPECT_EQ(why("a/b/file/more"), "cannot be read: Not a directory");
    EXPECT_EQ(why("round"), "cannot be read: Too many levels of symbolic links");
    EXPECT_EQ(why(std::string(300, 'n').c_str()), "cannot be read: File name too long");
    EXPECT_EQ(refusal("/dev/null", FileUse::secret),
              "is not a regular file (a pipe, socket or device)");
    EXPECT_THROW(TrustedFile::openFolder(file, FileUse::state), FileRefusal);
    EXPECT_THROW(TrustedFile::open(file, FileUse::secret).read(3), FileRefusal);
}

TEST_F(TrustedFileTest, FollowsFortyLinksAndNoMore)
{
    fs::create_symlink("a/b/file", folder / "link1");
    for (int number = 2; number <= 41; ++number) {
        fs::create_symlink("link" + std::to_string(number - 1),
                           folder / ("link" + std::to_string(number)));
    }
    EXPECT_EQ(refusal(folder / "link40", FileUse::secret), "");
    EXPECT_THAT(refusal(folder / "link41", FileUse::secret), HasSubstr("symbolic links"));
}

// Each trouble for each kind of file, one at a time, against the table.

TEST_F(TrustedFileTest, AnswersAFolderOfAnotherUserByTheTable)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << whyNoSecondUser();
    }
    giveTo(kMeddlingUser, folder / "a");
    setMode(folder / "a/b", 0755);
    ASSERT_EQ(::lchown((folder / "a/b").c_str(), 0, 0), 0);
    ASSERT_EQ(::lchown(file.c_str(), 0, 0), 0);
    for (const auto use : kUses) {
        EXPECT_EQ(answer(file, use), answerTo(use, Trouble::foreign));
    }
    EXPECT_EQ(refusal(file, FileUse::plugin),
              "is not to be trusted: the folder " + (folder / "a").string() +
                  " belongs to uid 61002, mode 0755, who can change or exchange it; run: chown "
                  "root " +
                  (folder / "a").string() + ", or run this as its owner: sudo -u '#61002' …");
}

TEST_F(TrustedFileTest, AnswersAFileAndALinkOfAnotherUserByTheTable)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << whyNoSecondUser();
    }
    fs::create_symlink("a/b/file", folder / "link");
    giveTo(kMeddlingUser, folder / "link");
    for (const auto use : kUses) {
        EXPECT_EQ(answer(folder / "link", use), answerTo(use, Trouble::foreign));
        EXPECT_EQ(answer(file, use), Answer::fine);
    }
    EXPECT_THAT(
        refusal(folder / "link", FileUse::secret),
        AllOf(HasSubstr("the link"), HasSubstr("chown -h root " + (folder / "link").string())));
    giveTo(kMeddlingUser, file);
    for (const auto use : kUses) {
        EXPECT_EQ(answer(file, use), answerTo(use, Trouble::foreign));
    }
}

TEST_F(TrustedFileTest, AnswersAFolderThatOthersCanWriteByTheTable)
{
    setMode(folder / "a", 0757);
    for (const auto use : kUses) {
        EXPECT_EQ(answer(file, use), answerTo(use, Trouble::writable));
    }
    EXPECT_THAT(refusal(file, FileUse::configuration),
                AllOf(HasSubstr("mode 0757) can be written by everyone"),
                      HasSubstr("run: chmod go-w " + (folder / "a").string())));
    setMode(folder / "a", 01757);
    for (const auto use : kUses) {
        EXPECT_EQ(answer(file, use), answerTo(use, Trouble::sticky));
    }
    EXPECT_THAT(refusal(file, FileUse::templates),
                HasSubstr("mv " + (folder / "a/b").string() + " DIR"));
}

TEST_F(TrustedFileTest, AnswersAFileThatOthersCanWriteOrReadByTheTable)
{
    setMode(file, 0642);
    for (const auto use : kUses) {
        EXPECT_EQ(answer(file, use), answerTo(use, Trouble::writable));
    }
    setMode(file, 0644);
    for (const auto use : kUses) {
        EXPECT_EQ(answer(file, use), answerTo(use, Trouble::readable));
    }
    EXPECT_THAT(TrustedFile::open(file, FileUse::key).warnings(),
                ElementsAre(file.string() + " can be read by everyone on this machine: chmod o-r " +
                            file.string()));
}

TEST_F(TrustedFileTest, AnswersALinkOutOfItsFolderToAPrivateFileByTheTable)
{
    folder.write("site/text", "text");
    fs::create_symlink("../a/b/file", folder / "site/link");
    fs::create_symlink("text", folder / "site/inside");
    setMode(folder / "site/text", 0600);
    const auto opened = [&](FileUse use, const char* name) {
        try {
            TrustedFile::openFolder(folder / "site", use).openInside(name);
            return Answer::fine;
        } catch (const FileRefusal&) {
            return Answer::refuse;
        }
    };
    for (const auto use : kUses) {
        EXPECT_EQ(opened(use, "link"), answerTo(use, Trouble::leak));
        EXPECT_EQ(opened(use, "inside"), Answer::fine);
    }
    setMode(file, 0644);
    EXPECT_EQ(opened(FileUse::templates, "link"), Answer::fine);
}

TEST_F(TrustedFileTest, IsNoFolderToLookIntoWhereOthersCanAddToIt)
{
    setMode(folder / "a/b", 01777);
    EXPECT_EQ(refusal(file, FileUse::configuration), "");
    EXPECT_THROW(TrustedFile::openFolder(folder / "a/b", FileUse::configuration), FileRefusal);
}

TEST_F(TrustedFileTest, IsJudgedWhereALinkLeads)
{
    fs::create_directories(folder / "open");
    setMode(folder / "open", 0777);
    folder.write("open/file", "of others");
    fs::create_symlink("../../open/file", folder / "a/b/link");
    EXPECT_THAT(refusal(folder / "a/b/link", FileUse::templates),
                HasSubstr("the folder " + (folder / "open").string()));
    // There and back again: what lies between can be exchanged.
    fs::create_symlink("open/../a/b", folder / "round");
    EXPECT_THAT(refusal(folder / "round/file", FileUse::configuration),
                HasSubstr("the folder " + (folder / "open").string()));
    EXPECT_THAT(refusal(folder / "open/../a/b/file", FileUse::configuration),
                HasSubstr("the folder " + (folder / "open").string()));
}

TEST_F(TrustedFileTest, CountsAGroupThatHasNobodyElseAsItsOwner)
{
    if (!whyNoSecondUser().empty()) {
        GTEST_SKIP() << "only root's own group is known to be one on every host";
    }
    setMode(folder / "a", 0775);
    EXPECT_EQ(refusal(file, FileUse::plugin), "");
    ASSERT_EQ(::chown((folder / "a").c_str(), 0, 1), 0);
    EXPECT_THAT(refusal(file, FileUse::plugin),
                AllOf(HasSubstr("can be written by the group daemon (gid 1);"),
                      HasSubstr("chmod go-w " + (folder / "a").string())));
}

/// An access list in the kernel's own form, in which the other user may do everything.
std::string listForOther()
{
    std::string octets("\x02\0\0\0", 4);
    const auto add = [&](std::uint16_t tag, std::uint16_t rights, std::uint32_t who) {
        for (int byte = 0; byte < 2; ++byte) {
            octets += static_cast<char>(tag >> (8 * byte));
        }
        octets += static_cast<char>(rights);
        octets += '\0';
        for (int byte = 0; byte < 4; ++byte) {
            octets += static_cast<char>(who >> (8 * byte));
        }
    };
    constexpr std::uint32_t kNobody = 0xFFFFFFFF;
    add(0x01, 7, kNobody);       // the owner
    add(0x02, 7, kMeddlingUser); // a user by name
    add(0x04, 5, kNobody);       // the group
    add(0x10, 7, kNobody);       // the mask
    add(0x20, 5, kNobody);       // everyone else
    return octets;
}

TEST_F(TrustedFileTest, SeesAnAccessListThatLetsOthersWrite)
{
    const std::string list = listForOther();
    if (::setxattr((folder / "a").c_str(), "system.posix_acl_access", list.data(), list.size(),
                   0) != 0) {
        GTEST_SKIP() << "this file system has no access lists";
    }
    EXPECT_THAT(refusal(file, FileUse::plugin),
                AllOf(HasSubstr("by its access list"), HasSubstr("chmod go-w")));
    setMode(folder / "a", 0755); // the command that it names takes the right out of the mask
    EXPECT_EQ(refusal(file, FileUse::plugin), "");
}

TEST_F(TrustedFileTest, WritesPathsAsAShellReadsThem)
{
    const auto odd = folder.write("odd it's/file", "");
    setMode(odd.parent_path(), 0777);
    EXPECT_THAT(refusal(odd, FileUse::secret), HasSubstr("odd it'\\''s'"));
}

TEST_F(TrustedFileTest, KnowsWhetherEveryoneCanReadIt)
{
    setMode(file, 0644);
    setMode(folder.path(), 0700);
    EXPECT_FALSE(TrustedFile::open(file, FileUse::configuration).isPublic());
    setMode(folder.path(), 0711);
    const bool above = TrustedFile::open("/etc/passwd", FileUse::configuration).isPublic();
    EXPECT_TRUE(above);
    setMode(file, 0640);
    EXPECT_FALSE(TrustedFile::open(file, FileUse::configuration).isPublic());
}

TEST(TrustRules, AreTheTableOfTheDocument)
{
    const std::string page = test::readFile(std::string(SOURCE_ROOT) + "/docs/security.md");
    const char* words[] = {"", "warned of", "refused"};
    for (const auto& rule : trustRules()) {
        std::string line = std::string("| ") + rule.name;
        for (const auto answer : rule.answers) {
            line += std::string(" | ") + words[static_cast<std::size_t>(answer)];
        }
        line += " |\n";
        EXPECT_THAT(page, HasSubstr(line));
    }
}

} // namespace
} // namespace notifyhost
