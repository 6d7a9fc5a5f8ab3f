#include "storage/Database.h"

#include "support/SmallFileSystem.h"
#include "support/TemporaryFolder.h"
#include "support/WatchedDisk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <functional>

#include <fcntl.h>
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

constexpr const char* kNoMount = "this user may not mount a file system";
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

TEST(DatabaseDisk, SaysThatAFullFileSystemNeedsRoomAndLosesNothing)
{
    const TemporaryFolder folder;
    const SmallFileSystem small(folder.path(), "256k");
    if (!small.isMounted()) {
        GTEST_SKIP() << kNoMount;
    }
    const auto file = folder / "sample.sqlite";
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
    EXPECT_THAT(failureOf([&] { Database(folder / "second.sqlite", kSchema); }),
                StartsWith("disk: " + (folder / "second.sqlite").string()));
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
    ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
    EXPECT_THAT(failureInChild([&] {
                    becomeNobody();
                    Database(file, kSchema);
                }),
                AllOf(StartsWith("configuration: " + file.string()),
                      HasSubstr("belongs to root (uid 0)"), HasSubstr("(uid 65534)"),
                      HasSubstr("sudo -u root "), HasSubstr("chown")));
    // Root no less: what it leaves beside the file its owner could not write.
    ASSERT_EQ(::chown(file.c_str(), kNobody, kNobody), 0);
    EXPECT_THAT(failureInChild([&] { Database(file, kSchema); }),
                AllOf(StartsWith("configuration: " + file.string()), HasSubstr("(uid 65534)"),
                      HasSubstr("sudo -u nobody "), HasSubstr("setpriv --reuid nobody ")));
    EXPECT_FALSE(std::filesystem::exists(file.string() + "-wal"));
}

/// A log that can be made longer than the pages that are put into it.
constexpr std::int64_t kPages = 40;

/// One transaction of about so many pages.
void putPages(Database& database, std::int64_t pages)
{
    put(database, std::string(static_cast<std::size_t>(pages * 4000), 'x'));
}

TEST(DatabaseDisk, KeepsTheRoomThatWasSecuredWhateverElseFillsTheDisk)
{
    const TemporaryFolder folder;
    const SmallFileSystem small(folder.path(), "2m");
    if (!small.isMounted()) {
        GTEST_SKIP() << kNoMount;
    }
    const auto file = folder / "sample.sqlite";
    {
        Database database(file, kSchema, storage::kBusyLimit, storage::Durability::withSync);
        put(database, "before");
        database.secureRoom(kPages);
        small.fillBut(0);
        EXPECT_THAT(failureOf([&] { putPages(database, 4 * kPages); }), HasSubstr("Make room"));
        EXPECT_EQ(failureOf([&] { putPages(database, kPages - 5); }), "well");
        EXPECT_EQ(failureOf([&] { database.sync(); }), "well");
        EXPECT_EQ(count(database), 2);
    }
    // Without room in the file all stays in the log, where the next one finds it.
    Database database(file, kSchema);
    EXPECT_EQ(count(database), 2);
}

TEST(DatabaseDisk, SaysHowMuchRoomIsMissingAndTakesNoneOfIt)
{
    const TemporaryFolder folder;
    const SmallFileSystem small(folder.path(), "2m");
    if (!small.isMounted()) {
        GTEST_SKIP() << kNoMount;
    }
    const auto file = folder / "sample.sqlite";
    Database database(file, kSchema);
    put(database, "before");
    small.fillBut(64 * 1024);
    const auto free = small.free();
    EXPECT_THAT(failureOf([&] { database.secureRoom(kPages); }),
                AllOf(StartsWith("disk: " + file.string() + "-wal: it needs "),
                      HasSubstr(" KB are missing"), HasSubstr("Make room on its file system")));
    EXPECT_EQ(small.free(), free);
    put(database, "after");
    small.empty();
    EXPECT_EQ(failureOf([&] { database.secureRoom(kPages); }), "well");
    EXPECT_LT(small.free(), 2 * 1024 * 1024 - kPages * 4096);
    EXPECT_EQ(count(database), 2);
}

TEST(DatabaseDisk, FindsTheUsersLimitBeforeItIsReached)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    const auto said = failureInChild([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        Database database(file, kSchema);
        put(database, "before");
        const rlimit limit{128 * 1024, 128 * 1024};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        database.secureRoom(5);
        database.secureRoom(kPages);
    });
    EXPECT_THAT(said, AllOf(StartsWith("disk: " + file.string() + "-wal: it needs "),
                            HasSubstr("File too large"), HasSubstr("raise the limit")));
}

TEST(DatabaseDisk, NeedsNoMoreRoomForWhatTheLogHasAlready)
{
    const TemporaryFolder folder;
    const auto wal = folder / "sample.sqlite-wal";
    Database database(folder / "sample.sqlite", kSchema);
    put(database, "before");
    database.secureRoom(kPages);
    const auto size = std::filesystem::file_size(wal);
    database.secureRoom(kPages);
    EXPECT_EQ(std::filesystem::file_size(wal), size);
    // A log that begins anew has its old room: what is secured is bounded.
    for (int number = 0; number < 100; ++number) {
        database.secureRoom(kPages);
        putPages(database, kPages - 10);
    }
    EXPECT_LT(std::filesystem::file_size(wal), (1000 + 2 * kPages) * 4120);
}

TEST(DatabaseDisk, ReadsALogWithRoomAtItsEndAfterTheProcessWasKilled)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    const pid_t child = ::fork();
    if (child == 0) {
        Database database(file, kSchema, storage::kBusyLimit, storage::Durability::withSync);
        database.secureRoom(kPages);
        put(database, "one");
        database.secureRoom(kPages);
        std::raise(SIGKILL);
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    Database database(file, kSchema);
    EXPECT_EQ(count(database), 1);
}

/// More pages than a log holds before it is moved into the file.
constexpr std::int64_t kCheckpoint = 1100;

TEST(DatabaseDisk, DoesNothingMoreAfterASyncThatFailedInsideACheckpoint)
{
    for (const auto durability : {storage::Durability::withSync, storage::Durability::withCommit}) {
        const TemporaryFolder folder;
        const auto file = folder / "sample.sqlite";
        // With a commit's own sync first, then of the log, then of the file.
        const int own = durability == storage::Durability::withCommit ? 1 : 0;
        for (const int number : {own + 1, own + 2}) {
            WatchedDisk disk;
            {
                Database database(file, kSchema, storage::kBusyLimit, durability);
                put(database, "before");
                database.sync();
                disk.failSync(number);
                putPages(database, kCheckpoint);
                ASSERT_TRUE(disk.syncFailed());
                const auto* said = "moving its write-ahead log into it";
                EXPECT_THAT(failureOf([&] { database.sync(); }),
                            AllOf(StartsWith("disk: " + file.string()), HasSubstr(said)));
                EXPECT_THAT(failureOf([&] { put(database, "after"); }), HasSubstr(said));
                EXPECT_THAT(failureOf([&] { database.secureRoom(1); }), HasSubstr(said));
                EXPECT_THAT(failureOf([&] { database.checkpoint(); }), HasSubstr(said));
            }
            EXPECT_TRUE(std::filesystem::exists(file.string() + "-wal")) << "the next one recovers";
        }
        Database database(file, kSchema);
        EXPECT_EQ(count(database), 4) << "nothing after the failure, all before it";
    }
}

TEST(DatabaseDisk, SaysWhatSqliteKeepsToItselfWhenItClosesAFile)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    WatchedDisk disk;
    {
        Database database(file, kSchema, storage::kBusyLimit, storage::Durability::withSync);
        put(database, "before");
        disk.failAfter(0, WatchedDisk::Failure::full);
        EXPECT_EQ(failureOf([&] { database.checkpoint(); }), "well") << "it stays in the log";
        disk.failAfter(0, WatchedDisk::Failure::error);
        EXPECT_THAT(failureOf([&] { database.checkpoint(); }), HasSubstr("reports an error"));
        disk.mend();
    }
    Database database(file, kSchema);
    EXPECT_EQ(count(database), 1);
}

TEST(DatabaseDisk, NoticesThatAFileWasRemovedOrReplacedWhileItWasInUse)
{
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        for (const bool replaced : {false, true}) {
            for (const auto durability :
                 {storage::Durability::withSync, storage::Durability::withCommit}) {
                const TemporaryFolder folder;
                const auto file = folder / "sample.sqlite";
                Database database(file, kSchema, storage::kBusyLimit, durability);
                put(database, "before");
                EXPECT_EQ(failureOf([&] { database.requireInPlace(); }), "well");
                const auto gone = file.string() + suffix;
                // Kept under another name, so that its number is not given to the new one.
                std::filesystem::rename(gone, folder / "elsewhere");
                if (replaced) {
                    std::filesystem::copy_file(folder / "elsewhere", gone);
                }
                const auto said = failureOf([&] {
                    put(database, "after");
                    database.sync();
                });
                EXPECT_THAT(said, AllOf(StartsWith("disk: " + gone + ": was removed or replaced"),
                                        HasSubstr("nothing more is written")));
                EXPECT_EQ(failureOf([&] { database.requireInPlace(); }), said);
                EXPECT_EQ(failureOf([&] { put(database, "once more"); }), said);
            }
        }
    }
}

TEST(DatabaseDisk, SaysThatAFileSystemIsReadOnly)
{
    const TemporaryFolder folder;
    const SmallFileSystem small(folder.path(), "1m");
    if (!small.isMounted()) {
        GTEST_SKIP() << kNoMount;
    }
    const auto file = folder / "sample.sqlite";
    {
        Database database(file, kSchema);
        put(database, "before");
    }
    small.becomeReadOnly();
    EXPECT_THAT(failureOf([&] { Database(file, kSchema); }),
                AllOf(StartsWith("disk: " + file.string()), HasSubstr("writable")));
}

TEST(DatabaseDisk, SaysThatTheIndexOfItsLogCannotBeMade)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    std::filesystem::create_directory(file.string() + "-shm");
    EXPECT_THAT(failureOf([&] {
                    Database database(file, kSchema);
                    put(database, "one");
                }),
                StartsWith("disk: " + file.string()));
}

} // namespace
} // namespace notifyhost::test
