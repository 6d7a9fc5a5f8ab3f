#include "acceptance/Desk.h"
#include "support/SmallFileSystem.h"

#include <gmock/gmock.h>

#include <csignal>
#include <set>
#include <thread>

#include <sys/resource.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// What becomes of a run whose files are taken away, or whose disk is full.
class StateFilesTest : public testing::Test {
protected:
    StateFilesTest()
    {
        desk.folder().write("templates/scripted_source/text.mustache", "{{subject}}");
    }

    void addTasks(int count)
    {
        std::string lines;
        for (int number = 0; number < count; ++number) {
            lines += R"({"notifications":[{"key":"news","to":["p)" + std::to_string(_people++) +
                     "@example.org\"]}]}\n";
        }
        const auto added = desk.notifyhost({"add", "mails"}, lines);
        ASSERT_EQ(added.status, 0) << added.error;
    }

    std::vector<std::string> command(const std::vector<std::string>& words) const
    {
        std::vector<std::string> all{std::string(BUILD_ROOT) + "/bin/notifyhost", "-c",
                                     (desk.folder() / "notifyhost.ini").string()};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }

    int told() const
    {
        const auto taken = desk.taken();
        return static_cast<int>(std::count(taken.begin(), taken.end(), '\n'));
    }

    int in(const std::string& status)
    {
        const auto output = desk.notifyhost({"list", "mails", "--status", status}).output;
        return static_cast<int>(std::count(output.begin(), output.end(), '\n'));
    }

    /// A run that has told somebody and is stopped there.
    std::unique_ptr<BackgroundProcess> runInTheMiddle()
    {
        auto process = std::make_unique<BackgroundProcess>(command({"run", "mails"}),
                                                           desk.folder() / "first.log");
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (told() < 2 && std::chrono::steady_clock::now() < limit) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
        process->signal(SIGSTOP);
        EXPECT_GE(told(), 2);
        return process;
    }

    std::filesystem::path state() const { return desk.folder() / "state"; }

    Desk desk;

private:
    int _people{};
};

TEST_F(StateFilesTest, KeepsASecondRunOutAlsoWhereTheLockFileWasRemoved)
{
    addTasks(400);
    const auto first = runInTheMiddle();
    const auto before = told();
    ASSERT_LT(before, 400);
    std::filesystem::remove(state() / "mails.lock");
    const auto second = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(second.status, 0);
    EXPECT_THAT(second.error, AllOf(HasSubstr("is at work"), HasSubstr("mails.lock")));
    const auto retry = desk.notifyhost({"retry", "mails", desk.lastId()});
    EXPECT_EQ(retry.status, 75) << retry.error;
    EXPECT_EQ(told(), before);
    first->signal(SIGCONT);
    EXPECT_EQ(first->wait(std::chrono::minutes{2}), 0);
    const auto log = readFile(desk.folder() / "first.log");
    EXPECT_THAT(log, AllOf(HasSubstr("mails.lock was removed while this run was at work"),
                           Not(HasSubstr("fault"))));
    EXPECT_EQ(told(), 400);
    EXPECT_EQ(in("DONE"), 400);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
}

TEST_F(StateFilesTest, TellsNobodyMoreWhereTheLedgerIsTakenAwayInTheMiddle)
{
    addTasks(400);
    const auto first = runInTheMiddle();
    const auto before = told();
    for (const auto* name : {"ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"}) {
        std::filesystem::remove(state() / name);
    }
    // The lock file keeps another run out, which would begin with an empty ledger.
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).error, "");
    EXPECT_EQ(told(), before);
    first->signal(SIGCONT);
    EXPECT_EQ(first->wait(std::chrono::minutes{2}), 74);
    EXPECT_THAT(readFile(desk.folder() / "first.log"),
                AllOf(HasSubstr("ledger.sqlite"), HasSubstr("was removed or replaced")));
    EXPECT_LE(told(), before + 1) << "but for one whose commit point lay behind";
    const auto next = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(next.status, 75);
    EXPECT_THAT(next.error, HasSubstr("is not the one that this pipeline worked with"));
    std::set<std::string> addresses;
    std::istringstream lines(desk.taken());
    for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(addresses.insert(line.substr(0, line.find(' '))).second) << line;
    }
}

TEST_F(StateFilesTest, SaysWhatIsWrongWithAStateFolderThatBecameUnusable)
{
    desk.tell(R"("one@example.org")");
    ASSERT_EQ(desk.run.status, 0) << desk.run.error;
    addTasks(1);
    for (const auto* name : {"ledger.sqlite-wal", "mails.lock", "ledger.sqlite-shm"}) {
        // An index that the attempt before has left is made anew by whoever opens the file.
        std::filesystem::remove(state() / "ledger.sqlite-shm");
        std::filesystem::rename(state() / "mails.lock", desk.folder() / "kept");
        std::filesystem::create_directory(state() / name);
        const auto result = desk.notifyhost({"run", "mails"});
        EXPECT_EQ(result.status, 74) << name << ": " << result.error;
        EXPECT_THAT(result.error, HasSubstr(state().string())) << name;
        std::filesystem::remove_all(state() / name);
        std::filesystem::remove(state() / "mails.lock");
        std::filesystem::rename(desk.folder() / "kept", state() / "mails.lock");
    }
    EXPECT_EQ(in("PENDING"), 1);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(told(), 2);
}

TEST_F(StateFilesTest, SaysThatTheStateFolderIsReadOnlyAndClaimsNothing)
{
    std::filesystem::create_directory(state());
    const SmallFileSystem disk(state(), "6m");
    if (!disk.isMounted()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    desk.tell(R"("one@example.org")");
    addTasks(1);
    disk.becomeReadOnly();
    const auto result = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(result.status, 74);
    EXPECT_THAT(result.error,
                AllOf(HasSubstr("Read-only file system"), HasSubstr(state().string())));
    EXPECT_EQ(in("PENDING"), 1);
}

TEST_F(StateFilesTest, AddsAllOrSaysThatTheQueuesDiskIsFull)
{
    const TemporaryFolder& folder = desk.folder();
    std::filesystem::create_directory(folder / "full");
    const SmallFileSystem disk(folder / "full", "2m");
    if (!disk.isMounted()) {
        GTEST_SKIP() << "this user may not mount a file system";
    }
    auto configuration = readFile(folder / "notifyhost.ini");
    const std::string url = "sqlite:queue.sqlite";
    configuration.replace(configuration.find(url), url.size(), "sqlite:full/queue.sqlite");
    folder.write("notifyhost.ini", configuration);
    addTasks(1);
    disk.fillBut(16 * 1024);
    std::string lines;
    for (int number = 0; number < 200; ++number) {
        lines += R"({"notifications":[{"key":"full","to":["q)" + std::to_string(number) +
                 "@example.org\"]}]}\n";
    }
    const auto added = desk.notifyhost({"add", "mails"}, lines);
    EXPECT_EQ(added.status, 74) << added.error;
    EXPECT_THAT(added.error, AllOf(HasSubstr("queue.sqlite"), HasSubstr("Make room")));
    disk.empty();
    EXPECT_EQ(in("PENDING"),
              1 + static_cast<int>(std::count(added.output.begin(), added.output.end(), '\n')));
}

TEST_F(StateFilesTest, EndsWithAWordWhereItsFilesMayNotGrow)
{
    addTasks(100);
    const auto limited = [&](int blocks) {
        return run({"bash", "-c", "ulimit -f " + std::to_string(blocks) + "; exec \"$@\"", "bash",
                    std::string(BUILD_ROOT) + "/bin/notifyhost", "-c",
                    (desk.folder() / "notifyhost.ini").string(), "run", "mails"});
    };
    ASSERT_EQ(desk.notifyhost({"status", "mails"}).status, 0);
    const auto result = limited(300);
    EXPECT_EQ(result.status, 74) << result.error;
    EXPECT_THAT(result.error, AllOf(HasSubstr("File too large"), HasSubstr("raise the limit")));
    EXPECT_EQ(in("PENDING"), 100);
    EXPECT_THAT(desk.taken(), IsEmpty());
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(told(), 100);
}

} // namespace
} // namespace notifyhost::test
