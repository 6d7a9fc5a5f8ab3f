#include "storage/Database.h"

#include "support/TemporaryFolder.h"
#include "support/WatchedDisk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

using storage::Database;
using storage::StorageError;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr uid_t kNobody = 65534;

const storage::Schema kSchema{"notifyhost sample", 0x6e687a7a, {"CREATE TABLE item (name TEXT)"}};

void put(Database& database, const std::string& name)
{
    database.transaction(
        [&] { database.statement("INSERT INTO item (name) VALUES (?)").bind(1, name).step(); });
}

int count(Database& database)
{
    auto& statement = database.statement("SELECT count(*) FROM item");
    const int result = statement.step() ? static_cast<int>(statement.integer(0)) : -1;
    statement.reset();
    return result;
}

std::string kindWord(StorageError::Kind kind)
{
    return kind == StorageError::Kind::disk      ? "disk: "
           : kind == StorageError::Kind::damaged ? "damaged: "
                                                 : "configuration: ";
}

/// What a piece of work fails with, "KIND: message"; "well" where it does not.
std::string failureOf(const std::function<void()>& work)
{
    try {
        work();
        return "well";
    } catch (const StorageError& error) {
        return kindWord(error.kind()) + error.what();
    }
}

/// The same in a process of its own, which may give up rights and room first.
std::string failureInChild(const std::function<void()>& work)
{
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto said = failureOf(work);
        const bool written =
            ::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
        ::_exit(written ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
        said.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return said;
}

void becomeNobody()
{
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) {
        ::_exit(3);
    }
}

/// A small file system in memory, where this user may mount one.
class SmallFileSystem {
public:
    SmallFileSystem()
        : _mounted(::mount("tmpfs", _folder.path().c_str(), "tmpfs", 0, "size=256k") == 0)
    {
    }
    ~SmallFileSystem()
    {
        if (_mounted) {
            ::umount2(_folder.path().c_str(), MNT_DETACH);
        }
    }
    SmallFileSystem(const SmallFileSystem&) = delete;
    SmallFileSystem& operator=(const SmallFileSystem&) = delete;

    bool isMounted() const { return _mounted; }
    const TemporaryFolder& folder() const { return _folder; }

private:
    TemporaryFolder _folder;
    bool _mounted;
};

TEST(DatabaseDisk, SaysThatAFullFileSystemNeedsRoomAndLosesNothing)
{
    const SmallFileSystem small;
    if (!small.isMounted()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    const auto file = small.folder() / "sample.sqlite";
    int written = 0;
    {
        Database database(file, kSchema);
        const auto said = failureOf([&] {
            for (;;) {
                put(database, std::string(8000, 'x'));
                ++written;
            }
        });
        EXPECT_THAT(said, AllOf(StartsWith("disk: " + file.string()), HasSubstr("full"),
                                HasSubstr("Make room")));
        EXPECT_GT(written, 3);
        EXPECT_EQ(count(database), written);
    }
    Database database(file, kSchema);
    EXPECT_EQ(count(database), written);
    EXPECT_THAT(failureOf([&] { Database(small.folder() / "second.sqlite", kSchema); }),
                StartsWith("disk: " + (small.folder() / "second.sqlite").string()));
}

TEST(DatabaseDisk, NamesTheUsersLimitWhereThatIsWhatIsFull)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    const auto said = failureInChild([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        Database database(file, kSchema);
        const rlimit limit{64 * 1024, 64 * 1024};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        for (;;) {
            put(database, std::string(8000, 'x'));
        }
    });
    EXPECT_THAT(said, AllOf(StartsWith("disk: " + file.string()), HasSubstr("File too large"),
                            HasSubstr("raise the limit")));
    Database database(file, kSchema);
    EXPECT_GT(count(database), 1);
}

TEST(DatabaseDisk, HoldsAWholeTransactionOrNoneWhereverWritingFails)
{
    const TemporaryFolder folder;
    int wellAfter = -1;
    for (const auto failure : {WatchedDisk::Failure::full, WatchedDisk::Failure::error}) {
        for (int calls = 0; wellAfter != calls && calls < 40; ++calls) {
            const auto file =
                folder / (std::to_string(static_cast<int>(failure)) + "-" + std::to_string(calls));
            WatchedDisk disk;
            std::string said;
            {
                Database database(file, kSchema);
                put(database, "before");
                disk.failAfter(calls, failure);
                said = failureOf([&] {
                    database.transaction([&] {
                        for (const auto* name : {"one", "two", "three"}) {
                            auto& insert = database.statement("INSERT INTO item (name) VALUES (?)");
                            insert.bind(1, name + std::string(5000, 'x')).step();
                        }
                    });
                });
                EXPECT_EQ(count(database), said == "well" ? 4 : 1) << said;
                disk.mend();
            }
            Database database(file, kSchema);
            EXPECT_EQ(count(database), said == "well" ? 4 : 1) << calls << ": " << said;
            if (said == "well") {
                EXPECT_GT(calls, 3);
                break;
            }
            EXPECT_THAT(
                said, AllOf(StartsWith("disk: " + file.string()),
                            HasSubstr(failure == WatchedDisk::Failure::full ? "Make room"
                                                                            : "reports an error")));
            EXPECT_LT(calls, 39) << "it never went well";
        }
    }
}

TEST(DatabaseDisk, SyncsBeforeATransactionReturns)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    const WatchedDisk disk;
    Database database(file, kSchema);
    put(database, "this is on the disk");
    EXPECT_THAT(disk.durable(file.string() + "-wal"), HasSubstr("this is on the disk"));
}

TEST(DatabaseDisk, SyncsWhenAskedWhereThatWasAgreed)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    WatchedDisk disk;
    Database database(file, kSchema, storage::kBusyLimit, storage::Durability::withSync);
    put(database, "this is on its way");
    EXPECT_THAT(disk.durable(file.string() + "-wal"), Not(HasSubstr("this is on its way")));
    database.sync();
    EXPECT_THAT(disk.durable(file.string() + "-wal"), HasSubstr("this is on its way"));
    disk.failAfter(0, WatchedDisk::Failure::error);
    try {
        database.sync();
        FAIL() << "a sync that failed went unnoticed";
    } catch (const StorageError& error) {
        EXPECT_EQ(error.kind(), StorageError::Kind::disk);
        EXPECT_THAT(error.what(),
                    AllOf(StartsWith(file.string() + ": syncing"), HasSubstr("reports an error")));
    }
}

TEST(DatabaseDisk, SaysThatAReadOnlyFolderMustBeWritable)
{
    const TemporaryFolder folder;
    const auto place = folder / "state";
    std::filesystem::create_directory(place);
    const auto file = place / "sample.sqlite";
    {
        Database(file, kSchema);
    }
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can try this as another user";
    }
    ASSERT_EQ(::chown(file.c_str(), kNobody, kNobody), 0);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    ASSERT_EQ(::chmod(place.c_str(), 0555), 0);
    const auto open = [&](const std::filesystem::path& wanted) {
        return failureInChild([&] {
            becomeNobody();
            Database database(wanted, kSchema);
            put(database, "one");
        });
    };
    EXPECT_THAT(open(file), AllOf(StartsWith("disk: " + file.string()),
                                  HasSubstr("must exist and be writable")));
    const auto absent = place / "other.sqlite";
    EXPECT_THAT(open(absent),
                AllOf(StartsWith("disk: " + absent.string()), HasSubstr("Permission denied"),
                      HasSubstr("must be writable by the user who runs this")));
}

TEST(DatabaseDisk, RefusesAnotherUsersFileAndNamesBoth)
{
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can try this as another user";
    }
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    {
        Database(file, kSchema);
    }
    ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
    EXPECT_THAT(failureInChild([&] {
                    becomeNobody();
                    Database(file, kSchema);
                }),
                AllOf(StartsWith("configuration: " + file.string()),
                      HasSubstr("belongs to root (0)"), HasSubstr("(65534)"), HasSubstr("chown")));
    // The administrator looks into a service's file, which stays the service's.
    ASSERT_EQ(::chown(file.c_str(), kNobody, kNobody), 0);
    Database database(file, kSchema);
    put(database, "one");
    struct stat status {};
    ASSERT_EQ(::stat((file.string() + "-wal").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, kNobody);
}

} // namespace
} // namespace notifyhost::test
