#include "storage/OwnFolder.h"

#include "storage/Database.h"
#include "support/SecondUser.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::storage {
namespace {

namespace fs = std::filesystem;

using test::kMeddlingUser;
using test::lookOf;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const Schema kSchema{"sample", 0x5A, {"CREATE TABLE sample (name TEXT)"}};

struct Refused {
    StorageError::Kind kind{};
    std::string text{"(accepted)"};
};

template<typename Work> Refused refusalOf(Work work)
{
    try {
        work();
    } catch (const StorageError& error) {
        return {error.kind(), error.what()};
    }
    return {};
}

mode_t modeOf(const fs::path& path)
{
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

TEST(OwnFolder, MakesItsFilesForItsOwnerAlone)
{
    const TemporaryFolder folder;
    const OwnFolder own(folder.path());
    EXPECT_FALSE(own.holds("lock"));
    const mode_t before = ::umask(0277);
    const int made = own.open("lock");
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::fstat(made, &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    ::close(made);
    ASSERT_EQ(::chmod((folder / "lock").c_str(), 0644), 0);
    EXPECT_TRUE(own.holds("lock"));
    ::close(own.open("lock"));
    EXPECT_EQ(modeOf(folder / "lock"), 0600U);
    ASSERT_EQ(::chmod((folder / "lock").c_str(), 0640), 0);
    own.makePrivate("lock");
    own.makePrivate("absent");
    EXPECT_EQ(modeOf(folder / "lock"), 0600U);
    EXPECT_FALSE(fs::exists(folder / "absent"));
}

TEST(OwnFolder, MayBeReachedByALinkOfOnesOwn)
{
    const TemporaryFolder folder;
    fs::create_directory(folder / "there");
    fs::create_symlink("there", folder / "here");
    EXPECT_EQ(OwnFolder(folder / "here").place(), fs::canonical(folder / "there"));
    EXPECT_EQ(OwnFolder::objection(folder / "here"), "");
}

TEST(OwnFolder, IsRefusedWhereOthersMayWriteInItOrAboveIt)
{
    for (const mode_t mode : {0770U, 0777U, 0707U, 01777U}) {
        const TemporaryFolder folder;
        fs::create_directories(folder / "above/own");
        // A group whose only member is the owner counts as the owner, so another's is wanted.
        if (mode == 0770U && ::chown((folder / "above/own").c_str(), 0, test::kMeddlingUser) != 0) {
            continue;
        }
        ASSERT_EQ(::chmod((folder / "above/own").c_str(), mode), 0);
        const auto in = refusalOf([&] { OwnFolder(folder / "above/own"); });
        EXPECT_EQ(in.kind, StorageError::Kind::configuration) << std::oct << mode;
        EXPECT_THAT(in.text, HasSubstr("can be written by")) << std::oct << mode;
        EXPECT_EQ(OwnFolder::objection(folder / "above/own"), in.text);

        const bool isSticky = (mode & 01000U) != 0;
        fs::create_directories(folder / "above/own/state");
        const auto above = refusalOf([&] { OwnFolder(folder / "above/own/state"); });
        EXPECT_EQ(above.text == "(accepted)", isSticky) << std::oct << mode << above.text;
        const auto making =
            refusalOf([&] { OwnFolder(folder / "above/own/new/state", OwnFolder::Missing::made); });
        EXPECT_EQ(making.text == "(accepted)", isSticky) << std::oct << mode << making.text;
        EXPECT_EQ(fs::exists(folder / "above/own/new"), isSticky) << "nothing is made";
    }
}

TEST(OwnFolder, OfSomebodyElseIsRefusedWithTheCommandToUse)
{
    if (const auto why = test::whyNoSecondUser(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    const TemporaryFolder folder;
    fs::create_directories(folder / "home/state");
    test::giveTo(test::kServiceUser, folder / "home");
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    for (const auto* name : {"home/state", "home/absent/state", "home"}) {
        const auto refused = refusalOf([&] { OwnFolder(folder / name, OwnFolder::Missing::made); });
        EXPECT_EQ(refused.kind, StorageError::Kind::configuration) << name;
        EXPECT_THAT(refused.text,
                    AllOf(StartsWith((folder / name).string() + ": "),
                          HasSubstr("sudo -u '#61001' "), HasSubstr("setpriv --reuid 61001 ")))
            << name;
        EXPECT_EQ(OwnFolder::objection(folder / name), refused.text);
    }
    EXPECT_FALSE(fs::exists(folder / "home/absent"));
    // Root's own folder below one of somebody else, who could exchange it.
    fs::create_directory(folder / "home/roots");
    EXPECT_THAT(refusalOf([&] { OwnFolder(folder / "home/roots"); }).text,
                HasSubstr((folder / "home").string()));
}

TEST(OwnFolder, WritesThroughNoLinkAndIntoNoFileWithAnotherName)
{
    const TemporaryFolder folder;
    const auto victim = folder.write("victim", "untouched");
    ASSERT_EQ(::chmod(victim.c_str(), 0644), 0);
    fs::create_directory(folder / "own");
    const OwnFolder own(folder / "own");
    fs::create_symlink(victim, folder / "own/link");
    fs::create_symlink(folder / "absent", folder / "own/nowhere");
    fs::create_hard_link(victim, folder / "own/second");
    fs::create_directory(folder / "own/folder");
    const auto before = lookOf(folder.path());
    for (const auto* name : {"link", "nowhere", "second"}) {
        const auto refused = refusalOf([&] { own.open(name); });
        EXPECT_EQ(refused.kind, StorageError::Kind::configuration) << name;
        EXPECT_THAT(refused.text, HasSubstr((folder / "own" / name).string()));
        EXPECT_NE(refusalOf([&] { own.holds(name); }).text, "(accepted)") << name;
        EXPECT_NE(refusalOf([&] { own.makePrivate(name); }).text, "(accepted)") << name;
    }
    EXPECT_EQ(refusalOf([&] { own.open("folder"); }).kind, StorageError::Kind::disk);
    EXPECT_EQ(lookOf(folder.path()), before);
}

TEST(OwnFolder, KeepsADatabaseFromLinksAtEachOfItsNames)
{
    for (const std::string suffix : {"", "-wal", "-shm", "-journal"}) {
        for (const std::string kind : {"link", "dangling", "hard", "another's"}) {
            if (kind == "another's" && !test::whyNoSecondUser().empty()) {
                continue;
            }
            const TemporaryFolder folder;
            fs::create_directory(folder / "own");
            const auto victim = folder.write("victim", "");
            ASSERT_EQ(::chmod(victim.c_str(), 0644), 0);
            const auto trap = folder / "own/sample.sqlite" += suffix;
            if (kind == "hard") {
                fs::create_hard_link(victim, trap);
            } else if (kind == "another's") {
                folder.write("own/sample.sqlite" + suffix, "");
                ASSERT_EQ(::chown(trap.c_str(), kMeddlingUser, kMeddlingUser), 0);
            } else {
                fs::create_symlink(kind == "link" ? victim : folder / "absent", trap);
            }
            const auto before = lookOf(folder.path());
            const auto refused =
                refusalOf([&] { Database(folder / "own/sample.sqlite", kSchema); });
            EXPECT_EQ(refused.kind, StorageError::Kind::configuration) << kind << suffix;
            EXPECT_THAT(refused.text, HasSubstr(trap.string())) << kind;
            EXPECT_EQ(lookOf(folder.path()), before) << kind << suffix;
        }
    }
}

/// Somebody puts links and folders of his own where a state folder is about to be made.
TEST(OwnFolder, IsMadeOrRefusedButNeverLedElsewhereInAThousandRaces)
{
    if (const auto why = test::whyNoSecondUser(); !why.empty()) {
        GTEST_SKIP() << why;
    }
    const TemporaryFolder folder;
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    const fs::path shared = folder / "shared";
    fs::create_directory(shared);
    ASSERT_EQ(::chmod(shared.c_str(), 01777), 0);
    // What he would like to see changed, and what he would like to get.
    const fs::path victim = folder / "victim";
    folder.write("victim/sample.sqlite", "");
    folder.write("victim/sample.sqlite-shm", "");
    ASSERT_EQ(::chmod((victim / "sample.sqlite-shm").c_str(), 0644), 0);
    fs::create_directory(folder / "his");
    test::giveTo(kMeddlingUser, folder / "his");
    ASSERT_EQ(::chmod((folder / "his").c_str(), 0777), 0);
    const auto before = lookOf(victim);
    const auto state = shared / "state";
    const auto aside = shared / "aside";
    const test::Meddler meddler(kMeddlingUser, [&] {
        static_cast<void>(!::symlink(victim.c_str(), state.c_str()));
        ::unlink(state.c_str());
        static_cast<void>(!::symlink((folder / "his").c_str(), aside.c_str()));
        static_cast<void>(!::rename(aside.c_str(), state.c_str()));
        ::unlink(state.c_str());
        ::unlink(aside.c_str());
        static_cast<void>(!::mkdir(state.c_str(), 0777));
        ::rmdir(state.c_str());
    });
    int accepted = 0;
    int refused = 0;
    for (int round = 0; round < 1000; ++round) {
        const auto outcome = refusalOf([&] {
            const OwnFolder own(state, OwnFolder::Missing::made);
            ::close(own.open("lock"));
            if (round % 10 == 0) { // each makes several files and syncs them
                Database(state / "sample.sqlite", kSchema);
            }
        });
        const bool isOurs = outcome.text == "(accepted)";
        ++(isOurs ? accepted : refused);
        if (isOurs) {
            struct stat status {};
            ASSERT_EQ(::lstat(state.c_str(), &status), 0);
            ASSERT_TRUE(S_ISDIR(status.st_mode) && status.st_uid == 0);
            ASSERT_EQ(modeOf(state), 0700U);
            fs::remove_all(state);
        }
    }
    EXPECT_GT(accepted, 0);
    EXPECT_GT(refused, 0);
    EXPECT_GT(meddler.deeds(), 1000);
    EXPECT_EQ(lookOf(victim), before);
    EXPECT_TRUE(fs::is_empty(folder / "his"));
}

} // namespace
} // namespace notifyhost::storage
