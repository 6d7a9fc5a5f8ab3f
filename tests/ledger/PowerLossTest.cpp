#include "LedgerTesting.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <random>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t kWalHeader = 32;    // SQLite's file format, section 4.1
constexpr std::size_t kFrame = 24 + 4096; // a frame's header and its page

void writeWhole(const std::filesystem::path& path, const std::string& content)
{
    std::ofstream(path, std::ios::binary)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// A log without the room that is allocated behind its last frame. Source:
/// https://sqlite.org/walformat.html: a frame has the salt of the log's header.
std::string written(const std::string& wal)
{
    const auto salt = wal.substr(16, 8);
    std::size_t end = kWalHeader;
    while (end + kFrame <= wal.size() && wal.compare(end + 8, salt.size(), salt) == 0) {
        end += kFrame;
    }
    return wal.substr(0, end);
}

/// A ledger whose files are copied after each durable step, as a camera would see a disk, and what
/// it said at that moment.
class PowerLoss : public LedgerTest {
protected:
    void SetUp() override
    {
        const auto ledger = open();
        step(*ledger);
        std::vector<std::string> keys;
        for (const auto* task : kTasks) {
            ledger->taken({queued(task)}, claimTime());
            step(*ledger);
            ledger->attemptBegun(task);
            step(*ledger);
            ledger->running(task);
            step(*ledger);
            const auto row = delivery(task, "study 1", {kAddress}, std::string(9000, 'm'));
            ledger->composed(task, {row}, {});
            step(*ledger);
            keys.push_back(row.key);
        }
        for (const auto& key : keys) {
            ledger->sending(key, {kAddress});
            step(*ledger);
            // Of the last one the answer never comes.
            if (key != keys.back()) {
                ledger->outcome(key, {outcome(kAddress, Delivery::accepted)});
                step(*ledger);
            }
        }
        ledger->finished("a1", {Task::done, ""});
        step(*ledger);
        main = readFile(file);
        wal = written(readFile(file.string() + "-wal"));
    }

    void step(ledger::Ledger& ledger)
    {
        walEnds[written(readFile(file.string() + "-wal")).size()] = look(ledger);
    }

    /// How everything stands, as one text.
    static std::string states(const ledger::Ledger& ledger)
    {
        std::string text;
        for (const auto& row : ledger.tasks({Task::taken, Task::running, Task::done, Task::failed}))
        {
            text += row.task.id + " " + std::string(toText(row.state)) + " " +
                    std::to_string(row.begun) + "\n";
        }
        for (const auto* task : kTasks) {
            for (const auto& found : ledger.deliveries(task)) {
                text += "  " + std::string(toText(found.recipients.front().state)) + " " +
                        found.recipients.front().reason + " " +
                        std::to_string(std::hash<std::string>{}(found.bytes)) + "\n";
            }
        }
        return text;
    }

    /// That, and how it came to stand so.
    static std::string look(const ledger::Ledger& ledger)
    {
        auto text = states(ledger);
        for (const auto* task : kTasks) {
            for (const auto& event : ledger.events(task)) {
                text += "  " + event.what + "\n";
            }
        }
        return text;
    }

    /// What the last step said that ends at or before this size of the WAL.
    const std::string& truthAt(std::size_t walSize) const
    {
        return std::prev(walEnds.upper_bound(walSize))->second;
    }

    /// What a ledger says that has these files, "damaged: …" or "disk: …" where it is refused.
    std::string lookAt(const std::string& mainContent, const std::string& walContent,
                       std::string (*said)(const ledger::Ledger&) = look) const
    {
        const auto lost = folder / "lost.sqlite";
        std::filesystem::remove(lost.string() + "-shm");
        writeWhole(lost, mainContent);
        writeWhole(lost.string() + "-wal", walContent);
        try {
            const ledger::Ledger ledger(lost, "mails", "test", [this] { return moment(); });
            return said(ledger);
        } catch (const storage::StorageError& error) {
            EXPECT_THAT(error.what(), HasSubstr(lost.string()));
            const bool isDisk = error.kind() == storage::StorageError::Kind::disk;
            return std::string(isDisk ? "disk: " : "damaged: ") + error.what();
        }
    }

    static constexpr std::array kTasks{"a1", "b2", "c3"};
    static constexpr const char* kAddress = "ada@example.org";
    std::string main;
    std::string wal;
    std::map<std::size_t, std::string>
        walEnds; ///< size of the WAL after a step, and the truth then
};

TEST_F(PowerLoss, LeavesTheLastWholeCommitWhereTheWalIsCut)
{
    ASSERT_EQ(wal.size() % kFrame, kWalHeader);
    ASSERT_GT(walEnds.size(), 15U);
    ASSERT_EQ(lookAt(main, wal), walEnds.rbegin()->second);
    const auto first = walEnds.begin()->first;
    for (std::size_t end = first; end <= wal.size(); end += kFrame) {
        EXPECT_EQ(lookAt(main, wal.substr(0, end)), truthAt(end)) << "cut at " << end;
    }
    std::mt19937 random(1);
    for (int time = 0; time < 60; ++time) {
        const auto end = std::uniform_int_distribution<std::size_t>(first, wal.size())(random);
        EXPECT_EQ(lookAt(main, wal.substr(0, end)), truthAt(end)) << "cut at " << end;
    }
}

TEST_F(PowerLoss, LeavesTheLastWholeCommitWhereTheWalIsTorn)
{
    const auto first = walEnds.begin()->first;
    std::mt19937 random(2);
    for (int time = 0; time < 80; ++time) {
        const auto at = std::uniform_int_distribution<std::size_t>(first, wal.size() - 1)(random);
        auto torn = wal;
        if (time % 2 == 0) {
            torn[at] = static_cast<char>(torn[at] ^ (1 << (time % 8)));
        } else {
            // A sector that was never written keeps what the disk held before.
            const auto sector = at / 512 * 512;
            std::fill_n(torn.begin() + static_cast<std::ptrdiff_t>(std::max(sector, first)),
                        std::min<std::size_t>(512, torn.size() - std::max(sector, first)), '\0');
        }
        auto unchanged = static_cast<std::size_t>(
            std::mismatch(torn.begin(), torn.end(), wal.begin()).first - torn.begin());
        EXPECT_EQ(lookAt(main, torn), truthAt(unchanged)) << "torn at " << at;
    }
}

TEST_F(PowerLoss, StartsFromTheMainFileWhereTheWalsHeadIsGone)
{
    auto torn = wal;
    torn[4] = static_cast<char>(torn[4] ^ 1);
    const auto said = lookAt(main, torn);
    EXPECT_TRUE(said.empty()) << "nothing was moved into the main file yet: " << said;
}

TEST_F(PowerLoss, NeverTakesADamagedMainFileForTheTruth)
{
    // The WAL moved into the main file, as at the end of a run.
    const auto closed = folder / "closed.sqlite";
    writeWhole(closed, main);
    writeWhole(closed.string() + "-wal", wal);
    {
        const ledger::Ledger ledger(closed, "mails", "test", [this] { return moment(); });
    }
    const auto whole = readFile(closed);
    ASSERT_EQ(lookAt(whole, ""), walEnds.rbegin()->second);
    // A damaged index may hide a line of a task's history, but never how anything stands.
    const auto truth = lookAt(whole, "", states);
    std::mt19937 random(3);
    int refused = 0;
    for (int time = 0; time < 600; ++time) {
        auto damaged = whole;
        const auto at = std::uniform_int_distribution<std::size_t>(0, damaged.size() - 1)(random);
        const std::size_t length =
            time % 3 == 0 ? std::min<std::size_t>(512, damaged.size() - at) : 1;
        for (std::size_t octet = at; octet < at + length; ++octet) {
            damaged[octet] = static_cast<char>(damaged[octet] ^ (1 + random() % 255));
        }
        const auto said = lookAt(damaged, "", states);
        const bool isRefusal = said.starts_with("damaged: ") || said.starts_with("disk: ");
        refused += isRefusal ? 1 : 0;
        EXPECT_TRUE(isRefusal || said == truth) << length << " octets at " << at << ":\n" << said;
    }
    EXPECT_GT(refused, 100);
}

} // namespace
} // namespace notifyhost::test
