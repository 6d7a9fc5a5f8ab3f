#include "acceptance/Desk.h"
#include "support/SecondUser.h"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;

const std::string kNotifyhost = std::string(BUILD_ROOT) + "/bin/notifyhost";
const std::string kMiniporch = std::string(BUILD_ROOT) + "/bin/miniporch";

/// A site that a service works in as a user of its own, and root who gives a command by mistake.
class OthersFolder : public testing::Test {
protected:
    void SetUp() override
    {
        if (const auto why = whyNoSecondUser(); !why.empty()) {
            GTEST_SKIP() << why;
        }
        if (!mayRun(kServiceUser, kNotifyhost) || !mayRun(kServiceUser, kMiniporch)) {
            GTEST_SKIP() << "a second user cannot reach the programs of " << BUILD_ROOT;
        }
        giveTo(kServiceUser, desk.folder().path());
    }

    ProcessResult byService(const std::vector<std::string>& words, const std::string& input = "")
    {
        std::vector<std::string> command{kNotifyhost, "-c", configuration()};
        command.insert(command.end(), words.begin(), words.end());
        return run(asUser(kServiceUser, command), {input, {}, {}, std::chrono::seconds{120}});
    }

    std::string configuration() const { return (desk.folder() / "notifyhost.ini").string(); }

    static void expectRefusal(const ProcessResult& result, const std::string& what)
    {
        EXPECT_EQ(result.status, 78) << what << ": " << result.output << result.error;
        EXPECT_THAT(result.error, AllOf(HasSubstr("uid 61001"), HasSubstr("sudo -u '#61001' "),
                                        HasSubstr("setpriv --reuid 61001 --regid 61001 ")))
            << what;
    }

    Desk desk;
};

/// Every command that reads a configuration, as root gives it.
std::vector<std::vector<std::string>> commands()
{
    const std::string task(64, 'a');
    return {{"run", "mails"},
            {"status"},
            {"status", "mails"},
            {"list", "mails"},
            {"list", "mails", "--failed"},
            {"explain", "mails", task},
            {"check"},
            {"check", "--live"},
            {"add", "mails"},
            {"register", "mails"},
            {"token", "mails"},
            {"retry", "mails", task},
            {"approve", "mails", task},
            {"acknowledge", "mails", task},
            {"cancel", "mails", task},
            {"takeover", "mails", task},
            {"retell", "mails", task},
            {"adopt", "mails", "former"},
            {"preview", "mails"},
            {"plugins"},
            {"describe", "scripted_source"},
            {"test-transport", "peer"}};
}

} // namespace

TEST_F(OthersFolder, IsClosedToRootByEveryCommandAndNothingChanges)
{
    ASSERT_EQ(byService({"add", "mails"},
                        R"({"notifications":[{"key":"n","to":["a@example.org"]}]})"
                        "\n")
                  .status,
              0);
    ASSERT_EQ(byService({"run", "mails"}).status, 0);
    const auto before = lookOf(desk.folder().path());
    for (const auto& words : commands()) {
        const auto result = desk.notifyhost(words, "{}\n");
        expectRefusal(result, words.front());
        EXPECT_EQ(lookOf(desk.folder().path()), before) << words.front();
    }
    // Whose folder it is goes on as if nothing had been.
    ASSERT_EQ(byService({"add", "mails"},
                        R"({"notifications":[{"key":"n","to":["b@example.org"]}]})"
                        "\n")
                  .status,
              0);
    const auto run = byService({"run", "mails"});
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_THAT(desk.taken(), AllOf(HasSubstr("a@example.org "), HasSubstr("b@example.org ")));
}

TEST_F(OthersFolder, IsClosedToRootAlsoBeforeTheFirstRun)
{
    const auto before = lookOf(desk.folder().path());
    for (const auto& words : commands()) {
        expectRefusal(desk.notifyhost(words, "{}\n"), words.front());
        EXPECT_EQ(lookOf(desk.folder().path()), before) << words.front();
    }
}

/// What the owner has put at the names that root would write to.
TEST_F(OthersFolder, LeadsRootToNoFileOfItsOwnersChoice)
{
    const TemporaryFolder roots;
    const auto victim = roots.write("victim", "untouched");
    ASSERT_EQ(::chmod(victim.c_str(), 0644), 0);
    fs::create_directory(desk.folder() / "state");
    ASSERT_EQ(::chmod((desk.folder() / "state").c_str(), 0700), 0);
    for (const auto* name : {"state/ledger.sqlite", "state/ledger.sqlite-wal",
                             "state/ledger.sqlite-shm", "state/mails.lock", "state/mails.mark",
                             "queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"})
    {
        fs::create_symlink(victim, desk.folder() / name);
    }
    giveTo(kServiceUser, desk.folder().path());
    const auto before = lookOf(desk.folder().path()) + lookOf(roots.path());
    for (const auto& words : commands()) {
        expectRefusal(desk.notifyhost(words, "{}\n"), words.front());
        EXPECT_EQ(lookOf(desk.folder().path()) + lookOf(roots.path()), before) << words.front();
    }
}

TEST_F(OthersFolder, IsRefusedByTheQueueWhereTheStateIsRootsOwn)
{
    const TemporaryFolder roots;
    auto text = readFile(configuration());
    const std::string state = "state = state\n";
    text.replace(text.find(state), state.size(), "state = " + roots.path().string() + "\n");
    desk.folder().write("notifyhost.ini", text);
    ASSERT_EQ(::chmod(roots.path().c_str(), 0700), 0);
    giveTo(0, desk.folder() / "templates");
    fs::create_directory(desk.folder() / "queue");
    giveTo(kServiceUser, desk.folder() / "queue");
    text.replace(text.find("sqlite:queue.sqlite"), 19, "sqlite:queue/queue.sqlite");
    ASSERT_EQ(::chown(desk.folder().path().c_str(), 0, 0), 0);
    const auto file = desk.folder().write("notifyhost.ini", text);
    ASSERT_EQ(::chown(file.c_str(), 0, 0), 0);
    for (const std::string command : {"add", "list", "run", "status"}) {
        const auto result = desk.notifyhost({command, "mails"}, "{}\n");
        expectRefusal(result, command);
        EXPECT_TRUE(fs::is_empty(desk.folder() / "queue")) << command;
    }
}

TEST_F(OthersFolder, OfMiniporchIsClosedToRoot)
{
    const auto folder = desk.folder() / "porch";
    fs::create_directory(folder);
    giveTo(kServiceUser, folder);
    const auto file = (folder / "queue.sqlite").string();
    const std::vector<std::vector<std::string>> all{{"issue-token", "--admin"},
                                                    {"list-tokens"},
                                                    {"revoke-token", "1"},
                                                    {"--listen", "127.0.0.1:0"}};
    const auto refuseAll = [&] {
        const auto before = lookOf(folder);
        for (const auto& words : all) {
            std::vector<std::string> command{kMiniporch, "--db", file};
            command.insert(command.end(), words.begin(), words.end());
            expectRefusal(run(command), words.front());
            EXPECT_EQ(lookOf(folder), before) << words.front();
        }
    };
    refuseAll();
    const auto issue = asUser(kServiceUser, {kMiniporch, "--db", file, "issue-token", "--admin"});
    ASSERT_EQ(run(issue).status, 0);
    refuseAll();
    EXPECT_EQ(run(issue).status, 0);
    // And one who is not its owner nor root.
    const auto theirs = run(asUser(kMeddlingUser, {kMiniporch, "--db", file, "list-tokens"}));
    EXPECT_EQ(theirs.status, 74) << theirs.error;
}

TEST_F(OthersFolder, GetsNoLogFileOfRoots)
{
    ASSERT_EQ(::mkdir((desk.folder() / "logs").c_str(), 0755), 0);
    const TemporaryFolder roots;
    const auto victim = roots.write("victim", "untouched");
    const auto dictionary = [&](const std::string& file) {
        return desk.folder()
            .write("log.json", R"({"version":1,"root":{"handlers":["f"],"level":"DEBUG"},)"
                               R"("handlers":{"f":{"class":"logging.FileHandler","filename":")" +
                                   (desk.folder() / file).string() + "\"}}}")
            .string();
    };
    giveTo(kServiceUser, desk.folder().path());
    const auto refused = desk.notifyhost({"--log-config", dictionary("logs/new.log"), "status"});
    EXPECT_EQ(refused.status, 78);
    EXPECT_THAT(refused.error,
                AllOf(HasSubstr("logs/new.log cannot be opened"), HasSubstr("sudo -u '#61001' ")));
    EXPECT_TRUE(fs::is_empty(desk.folder() / "logs"));
    // Nor is a link followed, whoever runs it.
    fs::create_symlink(victim, desk.folder() / "logs/link.log");
    giveTo(kServiceUser, desk.folder().path());
    const auto linked = byService({"--log-config", dictionary("logs/link.log"), "status"});
    EXPECT_EQ(linked.status, 78);
    EXPECT_THAT(linked.error, HasSubstr("it is a link, which is not followed"));
    EXPECT_EQ(readFile(victim), "untouched");
}

} // namespace notifyhost::test
