#include "LedgerTesting.h"

#include <sstream>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct Column {
    std::string table;
    std::string name;
    std::string other; ///< an SQL value that it does not have
};

class LedgerChecksum : public LedgerTest {
protected:
    void SetUp() override
    {
        const auto ledger = open();
        key = compose(*ledger, "a1", "ada@example.org", claimTime());
        ledger->outcome(key, {outcome("ada@example.org", Delivery::deferred)});
        ledger::WatchRow watch{"b2", queue::TaskStatus::claimed, now, std::chrono::hours{1}, {},
                               false};
        ledger->setWatches({watch});
        ledger->recordTime();
        ledger->setSuspicion(ledger::Suspicion{"550 * no", "550 x no", 5, "ada@example.org", now});
    }

    /// Every column of every table, as the file itself tells them.
    std::vector<Column> columns() const
    {
        const auto listed = run({"sqlite3", "-separator", " ", file.string(),
                                 "SELECT m.name, c.name, c.type FROM sqlite_master m, "
                                 "pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name "
                                 "NOT LIKE 'sqlite_%'"});
        std::vector<Column> result;
        std::istringstream lines(listed.output);
        Column column;
        std::string type;
        while (lines >> column.table >> column.name >> type) {
            column.other = type == "INTEGER"
                               ? "-1 - ifnull(" + column.name + ", 0)"
                               : "CAST(ifnull(" + column.name + ", '') || 'x' AS " + type + ")";
            result.push_back(column);
        }
        return result;
    }

    /// Reads all there is, also where a row with a changed name now says it belongs.
    std::string damageAnywhere() const
    {
        for (const auto* pipeline : {"mails", "mailsx"}) {
            const auto said = damage([&] {
                const auto ledger = open("notifyhost", pipeline);
                ledger->recordTime();
                ledger->lookedBefore();
                ledger->watches();
                ledger->suspicion();
                ledger->tasks({Task::taken, Task::running, Task::done, Task::failed});
                for (const auto* task : {"a1", "a1x"}) {
                    ledger->task(task);
                    ledger->deliveries(task);
                    ledger->events(task);
                }
            });
            if (said != "well") {
                return said;
            }
        }
        return "well";
    }

    std::string key;
};

TEST_F(LedgerChecksum, RefusesAChangeInAnyColumnOfAnyTable)
{
    const auto good = folder / "good.sqlite";
    std::filesystem::copy_file(file, good);
    EXPECT_EQ(damageAnywhere(), "well");
    const auto all = columns();
    EXPECT_GT(all.size(), 50U);
    for (const auto& column : all) {
        std::filesystem::remove(file.string() + "-wal");
        std::filesystem::copy_file(good, file, std::filesystem::copy_options::overwrite_existing);
        sqlite("UPDATE " + column.table + " SET " + column.name + " = " + column.other);
        EXPECT_THAT(damageAnywhere(),
                    AllOf(StartsWith(file.string()), HasSubstr("does not fit its checksum"),
                          HasSubstr("Restore a backup")))
            << column.table << "." << column.name;
    }
}

TEST_F(LedgerChecksum, NamesTheRow)
{
    sqlite("UPDATE recipient SET state = 'accepted'");
    const auto ledger = open();
    EXPECT_THAT(damage([&] { ledger->deliveries("a1"); }),
                HasSubstr("recipient 0 of delivery " + key));
    EXPECT_THAT(damage([&] { ledger->sending(key, {"ada@example.org"}); }),
                HasSubstr("recipient 0 of delivery " + key));
    sqlite("UPDATE delivery SET bytes = 'other words'");
    sqlite("UPDATE task SET reason = 'another'");
    EXPECT_THAT(damage([&] { ledger->task("a1"); }), HasSubstr(": task a1 does not fit"));
    EXPECT_THAT(damage([&] { ledger->finished("a1", {Task::done, ""}); }), HasSubstr("task a1"));
    EXPECT_THAT(damage([&] { ledger->tasks({Task::running}); }), HasSubstr("task a1"));
    sqlite("UPDATE watch SET watched = 999999");
    EXPECT_THAT(damage([&] { ledger->watches(); }), HasSubstr("the watch of task b2"));
    sqlite("UPDATE pipeline SET high_water = high_water + 1000000000");
    EXPECT_THAT(damage([&] { ledger->recordTime(); }), HasSubstr("pipeline mails"));
    sqlite("UPDATE event SET who = 'somebody else' WHERE number = 2");
    EXPECT_THAT(damage([&] { ledger->events("a1"); }), HasSubstr("event 2 of task a1"));
}

TEST_F(LedgerChecksum, MissesRowsThatAreGone)
{
    {
        const auto ledger = open();
        ledger->composed("a1", {delivery("a1", "study 2", {"bo@x.org", "cy@x.org"})}, {});
    }
    sqlite("DELETE FROM recipient WHERE address = 'cy@x.org'");
    EXPECT_THAT(damage([&] { open()->deliveries("a1"); }), HasSubstr("of task a1"));
    sqlite("DELETE FROM delivery WHERE notification_key = 'study 2'");
    EXPECT_THAT(damage([&] { open()->deliveries("a1"); }),
                HasSubstr("task a1, of which deliveries are gone"));
    sqlite("DELETE FROM task");
    EXPECT_THAT(damage([&] { open()->deliveries("a1"); }), HasSubstr("task a1"));
}

TEST_F(LedgerChecksum, GoesOnWithOtherRowsAfterADamagedOne)
{
    {
        const auto ledger = open();
        compose(*ledger, "c3", "cy@example.org", claimTime());
    }
    sqlite("UPDATE task SET reason = 'another' WHERE id = 'a1'");
    const auto ledger = open();
    EXPECT_NE(damage([&] { ledger->task("a1"); }), "well");
    EXPECT_NE(damage([&] { ledger->tasks({Task::running}); }), "well");
    ledger->note("c3", "still writable");
    EXPECT_EQ(ledger->events("c3").back().what, "still writable");
}

TEST_F(LedgerTest, OfTheFirstVersionIsBroughtToThisOneWithAllThatIsInIt)
{
    {
        const auto ledger = open();
        const auto key = compose(*ledger, "a1", "ada@example.org", claimTime());
        ledger->sending(key, {"ada@example.org"});
        ledger->outcome(key, {outcome("ada@example.org", Delivery::accepted)});
    }
    sqlite(
        "DROP INDEX recipient_told; CREATE INDEX recipient_address ON recipient (address, "
        "settled); DROP INDEX recipient_marked; DROP INDEX delivery_bytes; DROP INDEX "
        "task_put_back; DROP INDEX task_ended; "
        "DROP INDEX recipient_copies; ALTER TABLE recipient DROP COLUMN doubts; ALTER "
        "TABLE recipient DROP COLUMN "
        "copies; ALTER TABLE task DROP COLUMN stopped_run; DROP TABLE suspicion; ALTER TABLE "
        "pipeline DROP COLUMN since_boot; ALTER TABLE pipeline DROP COLUMN boot_id; ALTER TABLE "
        "pipeline DROP COLUMN ahead; ALTER TABLE task DROP COLUMN acknowledged; ALTER TABLE task "
        "DROP COLUMN put_back; ALTER TABLE task DROP COLUMN porch_name; DROP INDEX "
        "delivery_about; ALTER TABLE delivery DROP COLUMN about; ALTER TABLE delivery DROP COLUMN "
        "as_of; ALTER TABLE delivery DROP COLUMN facts; ALTER TABLE delivery DROP COLUMN replaces; "
        "ALTER TABLE delivery DROP COLUMN retold; "
        "PRAGMA user_version = 1");
    const auto ledger = open();
    EXPECT_EQ(stateOf(*ledger, "a1"), Delivery::accepted);
    EXPECT_EQ(ledger->deliveredInDay("ada@example.org", now), 1);
    EXPECT_EQ(test::run({"sqlite3", file.string(), "PRAGMA user_version"}).output, "3\n");
}

TEST_F(LedgerTest, IsLeftUntouchedWhereANewerProgramMadeIt)
{
    {
        open();
    }
    sqlite("PRAGMA user_version = 9");
    const auto before = readFile(file);
    try {
        open();
        FAIL() << "opened a newer ledger";
    } catch (const storage::StorageError& error) {
        EXPECT_EQ(error.kind(), storage::StorageError::Kind::configuration);
        EXPECT_THAT(error.what(),
                    AllOf(StartsWith(file.string()), HasSubstr("notifyhost ledger of version 9"),
                          HasSubstr("untouched")));
    }
    EXPECT_TRUE(readFile(file) == before);
}

TEST_F(LedgerTest, IsNotTakenFromAnotherProgramsFile)
{
    sqlite("PRAGMA application_id = 1; CREATE TABLE t (x)");
    try {
        open();
        FAIL() << "opened another program's file";
    } catch (const storage::StorageError& error) {
        EXPECT_EQ(error.kind(), storage::StorageError::Kind::configuration);
        EXPECT_THAT(error.what(), HasSubstr("is not a notifyhost ledger"));
    }
}

} // namespace
} // namespace notifyhost::test
