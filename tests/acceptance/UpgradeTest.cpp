#include "acceptance/Desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>
#include <sstream>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Makes a database of what was dumped from another one.
void load(const std::filesystem::path& file, const std::string& dump)
{
    std::filesystem::create_directories(file.parent_path());
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    char* trouble = nullptr;
    sqlite3_exec(database, readFile(TEST_DATA "/ledgers/" + dump).c_str(), nullptr, nullptr,
                 &trouble);
    EXPECT_EQ(std::string(trouble == nullptr ? "" : trouble), "");
    sqlite3_free(trouble);
    sqlite3_close(database);
}

/// The state and queue that the version before has left, with a task in every state, named by its
/// notification; its last run was killed. Its peer had taken what it sent to ada, bea, cy and hal,
/// and, with the answer lost, to doubt and crash.
class VersionBefore : public Desk {
public:
    VersionBefore()
    {
        // Whenever this runs: a few hours after the data were written, after a start of the
        // machine.
        setAhead(std::chrono::duration_cast<std::chrono::seconds>(
            std::chrono::system_clock::time_point{kWritten + std::chrono::hours{5}} -
            std::chrono::system_clock::now()));
        load(folder() / "queue.sqlite", "version-2-queue.sql");
        load(folder() / "state/ledger.sqlite", "version-2.sql");
        std::filesystem::permissions(folder() / "state", std::filesystem::perms::owner_all);
    }

    /// Statuses in the queue by the key of the task's notification, and ids.
    std::map<std::string, std::string> statuses()
    {
        std::map<std::string, std::string> result;
        std::istringstream lines(notifyhost({"list", "mails"}).output);
        for (std::string line; std::getline(lines, line);) {
            const auto tab = line.find('\t');
            const std::string begin = R"("key":")";
            const auto key = line.find(begin) + begin.size();
            const auto name = line.substr(key, line.find('"', key) - key);
            result[name] = line.substr(0, tab);
            ids[name] = line.substr(tab + 1, 64);
        }
        return result;
    }

    /// Lines of the peer's record that are for this address.
    int takenBy(const std::string& address) const
    {
        std::istringstream lines(taken());
        int count = 0;
        for (std::string line; std::getline(lines, line);) {
            count += line.starts_with(address + "@example.org ") ? 1 : 0;
        }
        return count;
    }

    std::map<std::string, std::string> ids;

private:
    /// When the last of the data were written.
    static constexpr std::chrono::seconds kWritten{1'795'640'720};
};

TEST(Upgrade, TakesOverALedgerOfTheVersionBeforeWithTasksInEveryState)
{
    VersionBefore desk;
    desk.folder().write("peer.mended", "");
    desk.folder().write("source.mended", "");
    auto before = desk.statuses();
    ASSERT_EQ(before.size(), 16U);
    for (const auto& [name, id] : desk.ids) {
        EXPECT_THAT(desk.explained(id), HasSubstr("what to do")) << name;
    }
    EXPECT_THAT(desk.status(), AllOf(HasSubstr("messages held back"), HasSubstr("FAILED"),
                                     HasSubstr("DONE with somebody not told")));

    EXPECT_EQ(desk.notifyhost({"approve", "mails", desk.ids["held"]}).status, 0);
    const auto first = desk.notifyhost({"run", "mails"});
    // Its claim is not young any more: the stale watch gives it back, later.
    ASSERT_EQ(desk.statuses()["taken"], "CLAIMED");
    EXPECT_THAT(first.error, HasSubstr("let go: its claim is older than an hour"));
    desk.put(desk.ids["taken"], queue::TaskStatus::pending);
    const auto second = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(second.status, 0) << second.error;

    auto after = desk.statuses();
    for (const auto* name : {"done", "part", "nobody", "held", "partly", "deferred", "unknown",
                             "composing", "dies", "released", "composed", "sending", "taken"})
    {
        EXPECT_EQ(after[name], "DONE") << name;
    }
    for (const auto* name : {"expired", "failed", "cancelled"}) {
        EXPECT_EQ(after[name], "FAILED") << name;
    }
    for (const auto* address : {"ada", "bea", "cy", "hal"}) {
        EXPECT_EQ(desk.takenBy(address), 0) << address << " was told before";
    }
    for (const auto* address : {"hope", "doubt", "dan", "die", "eve", "down", "crash", "fay"}) {
        EXPECT_EQ(desk.takenBy(address), 1) << address;
    }
    EXPECT_EQ(desk.takenBy("later"), 2) << "of the tasks partly and deferred";
    EXPECT_EQ(desk.takenBy("never"), 0);
    for (const auto& [name, id] : desk.ids) {
        EXPECT_THAT(desk.explained(id), AllOf(HasSubstr("what to do"), HasSubstr("ledger: ")))
            << name;
    }
    EXPECT_THAT(desk.explained(desk.ids["sending"]), HasSubstr("accepted, 2 attempts"));

    EXPECT_EQ(desk.notifyhost({"retry", "mails", desk.ids["expired"]}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.statuses()["expired"], "DONE");
    EXPECT_EQ(desk.takenBy("later"), 3);
}

TEST(Upgrade, NamesWhatAnOlderLedgerHoldsForNobodyBeforeAnyRunHasMadeItNew)
{
    VersionBefore desk;
    const auto ini = readFile(desk.folder() / "notifyhost.ini");
    const std::string old = "porch_name = mails\n";
    desk.folder().write("notifyhost.ini", std::string(ini).replace(ini.find(old), old.size(),
                                                                   "porch_name = letters\n"));
    const auto checked = desk.notifyhost({"check"});
    EXPECT_EQ(checked.status, 0) << checked.error;
    // Cancelled as the operator wished is nobody's concern, failed otherwise is.
    EXPECT_THAT(checked.error, HasSubstr("11 tasks (1 taken, 8 running, 2 failed) of pipeline "
                                         "mails"));
}

} // namespace
} // namespace notifyhost::test
