#include "storage/Database.h"

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>

namespace notifyhost::test {
namespace {

using storage::Database;
using storage::StorageError;
using testing::AllOf;
using testing::HasSubstr;

const storage::Schema kOne{"notifyhost sample", 0x6e687a7a, {"CREATE TABLE item (name TEXT)"}};
const storage::Schema kTwo{
    "notifyhost sample",
    0x6e687a7a,
    {"CREATE TABLE item (name TEXT)",
     "ALTER TABLE item ADD COLUMN size INTEGER; UPDATE item SET size = length(name)"}};

mode_t modeOf(const std::filesystem::path& path)
{
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

void put(Database& database, const std::string& name)
{
    database.transaction(
        [&] { database.statement("INSERT INTO item (name) VALUES (?)").bind(1, name).step(); });
}

std::vector<std::string> names(Database& database)
{
    std::vector<std::string> result;
    auto& statement = database.statement("SELECT name FROM item ORDER BY rowid");
    while (statement.step()) {
        result.push_back(statement.text(0));
    }
    return result;
}

/// Runs a statement by SQLite's own program, as another hand would.
void sqlite(const std::filesystem::path& file, const std::string& sql)
{
    const auto result = run({"sqlite3", "-bail", file.string(), sql});
    ASSERT_EQ(result.status, 0) << result.error;
}

/// What opening a file says, which must be a refusal.
std::string refusal(const std::filesystem::path& file, StorageError::Kind kind,
                    const storage::Schema& schema = kOne,
                    std::chrono::milliseconds busyLimit = storage::kBusyLimit)
{
    try {
        const Database database(file, schema, busyLimit);
    } catch (const StorageError& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.what();
    }
    return "(opened)";
}

TEST(Database, MakesAFileForItsOwnerAloneInWal)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    const auto before = ::umask(0);
    Database database(file, kOne);
    put(database, "one");
    ::umask(before);
    EXPECT_EQ(modeOf(file), 0600U);
    EXPECT_EQ(modeOf(file.string() + "-wal"), 0600U);
    EXPECT_EQ(modeOf(file.string() + "-shm"), 0600U);
    auto& synchronous = database.statement("PRAGMA synchronous");
    ASSERT_TRUE(synchronous.step());
    EXPECT_EQ(synchronous.integer(0), 2);
}

TEST(Database, TakesOthersOutOfAFileThatTheyCouldRead)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    {
        const Database database(file, kOne);
    }
    ASSERT_EQ(::chmod(file.c_str(), 0664), 0);
    Database database(file, kOne);
    put(database, "one");
    EXPECT_EQ(modeOf(file), 0600U);
    EXPECT_EQ(modeOf(file.string() + "-wal"), 0600U);
}

TEST(Database, KeepsWhatWasCommittedAndNothingOfWhatFailed)
{
    const TemporaryFolder folder;
    {
        Database database(folder / "sample.sqlite", kOne);
        put(database, std::string("with a \0 in it", 14));
        EXPECT_THROW(database.transaction([&] {
            database.statement("INSERT INTO item (name) VALUES (?)").bind(1, "never").step();
            throw std::runtime_error("halfway");
        }),
                     std::runtime_error);
        put(database, "");
    }
    Database database(folder / "sample.sqlite", kOne);
    EXPECT_EQ(names(database), (std::vector<std::string>{std::string("with a \0 in it", 14), ""}));
}

TEST(Database, BringsAnOlderFileToTheNewestSchema)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    {
        Database database(file, kOne);
        put(database, "four");
    }
    {
        Database database(file, kTwo);
        auto& statement = database.statement("SELECT size FROM item");
        ASSERT_TRUE(statement.step());
        EXPECT_EQ(statement.integer(0), 4);
    }
    EXPECT_THAT(refusal(file, StorageError::Kind::configuration),
                AllOf(HasSubstr(file.string()), HasSubstr("notifyhost sample of version 2"),
                      HasSubstr("knows up to 1"), HasSubstr("untouched"),
                      HasSubstr("Run the newer program")));
}

TEST(Database, LeavesAMigrationThatFailsWithTheOldVersion)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    {
        Database database(file, kOne);
        put(database, "one");
    }
    auto broken = kTwo;
    broken.migrations[1] += "; UPDATE nothing SET size = 1";
    EXPECT_THAT(refusal(file, StorageError::Kind::disk, broken),
                AllOf(HasSubstr(file.string()), HasSubstr("bringing it to version 2")));
    Database database(file, kOne);
    EXPECT_EQ(names(database), std::vector<std::string>{"one"});
}

TEST(Database, LeavesANewerFileUntouchedWithWhatItsLastUserLeftInTheWal)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    std::string wal;
    {
        // Copied while in use: as a killed process leaves it.
        Database database(folder / "used.sqlite", kTwo);
        put(database, "only in the WAL");
        for (const auto* suffix : {"", "-wal"}) {
            std::filesystem::copy_file((folder / "used.sqlite").string() + suffix,
                                       file.string() + suffix);
        }
    }
    ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
    const auto main = readFile(file);
    wal = readFile(file.string() + "-wal");
    ASSERT_FALSE(wal.empty());
    EXPECT_THAT(refusal(file, StorageError::Kind::configuration), HasSubstr("version 2"));
    EXPECT_TRUE(readFile(file) == main);
    EXPECT_TRUE(readFile(file.string() + "-wal") == wal);
    EXPECT_EQ(modeOf(file), 0640U);
    Database database(file, kTwo);
    EXPECT_EQ(names(database), std::vector<std::string>{"only in the WAL"});
}

TEST(Database, LeavesAnotherProgramsFileAlone)
{
    const TemporaryFolder folder;
    const auto file = folder / "plates.sqlite";
    sqlite(file, "CREATE TABLE plate (name TEXT)");
    ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
    const auto before = readFile(file);
    EXPECT_THAT(refusal(file, StorageError::Kind::configuration),
                AllOf(HasSubstr(file.string()), HasSubstr("is not a notifyhost sample"),
                      HasSubstr("Name another file")));
    EXPECT_TRUE(readFile(file) == before);
    EXPECT_EQ(modeOf(file), 0644U);
}

TEST(Database, SaysThatATextIsNoDatabase)
{
    const TemporaryFolder folder;
    const auto file = folder.write("notes.txt", "Remember to buy more flow cells.\n");
    EXPECT_THAT(refusal(file, StorageError::Kind::damaged),
                AllOf(HasSubstr(file.string()), HasSubstr("not a database"),
                      HasSubstr("restore a backup")));
    EXPECT_EQ(readFile(file), "Remember to buy more flow cells.\n");
}

TEST(Database, SaysThatATornFileIsDamaged)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    {
        Database database(file, kOne);
        database.transaction([&] {
            for (int item = 0; item < 2000; ++item) {
                auto& insert = database.statement("INSERT INTO item (name) VALUES (?)");
                insert.bind(1, "item " + std::to_string(item)).step();
            }
        });
    }
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 8192);
    try {
        Database database(file, kOne);
        names(database);
        FAIL() << "read a file that lacks its end";
    } catch (const StorageError& error) {
        EXPECT_EQ(error.kind(), StorageError::Kind::damaged);
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr(file.string()), HasSubstr("reading"), HasSubstr("damaged")));
    }
}

TEST(Database, TakesAnEmptyFileForANewOne)
{
    const TemporaryFolder folder;
    Database database(folder.write("sample.sqlite", ""), kOne);
    put(database, "one");
    EXPECT_EQ(names(database), std::vector<std::string>{"one"});
}

TEST(Database, SaysWhatIsWrongWithThePlace)
{
    const TemporaryFolder folder;
    EXPECT_THAT(refusal(folder / "no/such/sample.sqlite", StorageError::Kind::disk),
                AllOf(HasSubstr("/no/such does not exist"), HasSubstr("Make it")));
    EXPECT_THAT(refusal(folder.path(), StorageError::Kind::configuration),
                AllOf(HasSubstr(folder.path().string()), HasSubstr("Name a file")));
    EXPECT_THAT(refusal("/proc/sample.sqlite", StorageError::Kind::disk),
                AllOf(HasSubstr("/proc/sample.sqlite"), HasSubstr("cannot be made")));
}

TEST(Database, SaysWhoKeepsItLocked)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    Database one(file, kOne);
    Database other(file, kOne, std::chrono::milliseconds{1});
    one.transaction([&] {
        try {
            put(other, "two");
            ADD_FAILURE() << "two wrote at once";
        } catch (const StorageError& error) {
            EXPECT_EQ(error.kind(), StorageError::Kind::disk);
            EXPECT_THAT(error.what(), AllOf(HasSubstr(file.string()), HasSubstr("Another process"),
                                            HasSubstr("fuser '" + file.string() + "'")));
        }
    });
    put(other, "two");
    EXPECT_EQ(names(one), std::vector<std::string>{"two"});
}

TEST(Database, WaitsForAnotherWriterToFinish)
{
    const TemporaryFolder folder;
    const auto file = folder / "sample.sqlite";
    Database one(file, kOne);
    std::thread other;
    one.transaction([&] {
        other = std::thread([&] {
            Database second(file, kOne);
            put(second, "second");
        });
        one.statement("INSERT INTO item (name) VALUES ('first')").step();
    });
    other.join();
    EXPECT_EQ(names(one), (std::vector<std::string>{"first", "second"}));
}

TEST(Database, IsMadeOnceByManyThatComeTogether)
{
    const TemporaryFolder folder;
    std::vector<std::thread> threads;
    std::atomic<int> waiting{0};
    constexpr int kThreads = 8;
    for (int number = 0; number < kThreads; ++number) {
        threads.emplace_back([&, number] {
            ++waiting;
            while (waiting < kThreads) {
                std::this_thread::yield();
            }
            try {
                Database database(folder / "sample.sqlite", kTwo);
                put(database, std::to_string(number));
            } catch (const StorageError& error) {
                ADD_FAILURE() << error.what();
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    Database database(folder / "sample.sqlite", kTwo);
    EXPECT_EQ(names(database).size(), 8U);
}

} // namespace
} // namespace notifyhost::test
