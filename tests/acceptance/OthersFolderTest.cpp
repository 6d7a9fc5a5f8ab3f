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
        // Root keeps the configuration, and the service its data.
        auto text = readFile(configuration());
        for (const std::string name : {"state = ", "sqlite:", "file = "}) {
            text.insert(text.find(name) + name.size(), "home/");
        }
        write(text);
        ASSERT_EQ(::chmod(desk.folder().path().c_str(), 0755), 0);
        fs::create_directory(home);
        giveTo(kServiceUser, home);
    }

    void write(const std::string& text) const
    {
        const auto file = desk.folder().write("notifyhost.ini", text);
        ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
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
    const fs::path home = desk.folder() / "home";
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
    const auto before = lookOf(home);
    for (const auto& words : commands()) {
        const auto result = desk.notifyhost(words, "{}\n");
        expectRefusal(result, words.front());
        EXPECT_EQ(lookOf(home), before) << words.front();
    }
    // Whose folder it is goes on as if nothing had been.
    ASSERT_EQ(byService({"add", "mails"},
                        R"({"notifications":[{"key":"n","to":["b@example.org"]}]})"
                        "\n")
                  .status,
              0);
    const auto run = byService({"run", "mails"});
    EXPECT_EQ(run.status, 0) << run.error;
    EXPECT_THAT(readFile(home / "peer.txt"),
                AllOf(HasSubstr("a@example.org "), HasSubstr("b@example.org ")));
}

TEST_F(OthersFolder, IsClosedToRootAlsoBeforeTheFirstRun)
{
    const auto before = lookOf(home);
    for (const auto& words : commands()) {
        expectRefusal(desk.notifyhost(words, "{}\n"), words.front());
        EXPECT_EQ(lookOf(home), before) << words.front();
    }
}

/// What the owner has put at the names that root would write to.
TEST_F(OthersFolder, LeadsRootToNoFileOfItsOwnersChoice)
{
    const TemporaryFolder roots;
    const auto victim = roots.write("victim", "untouched");
    ASSERT_EQ(::chmod(victim.c_str(), 0644), 0);
    fs::create_directory(home / "state");
    ASSERT_EQ(::chmod((home / "state").c_str(), 0700), 0);
    for (const auto* name : {"state/ledger.sqlite", "state/ledger.sqlite-wal",
                             "state/ledger.sqlite-shm", "state/mails.lock", "state/mails.mark",
                             "queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"})
    {
        fs::create_symlink(victim, home / name);
    }
    giveTo(kServiceUser, home);
    const auto before = lookOf(home) + lookOf(roots.path());
    for (const auto& words : commands()) {
        expectRefusal(desk.notifyhost(words, "{}\n"), words.front());
        EXPECT_EQ(lookOf(home) + lookOf(roots.path()), before) << words.front();
    }
}

TEST_F(OthersFolder, IsRefusedByTheQueueWhereTheStateIsRootsOwn)
{
    auto text = readFile(configuration());
    text.replace(text.find("home/state"), 10, "roots");
    write(text);
    for (const std::string command : {"add", "list", "run", "status"}) {
        const auto result = desk.notifyhost({command, "mails"}, "{}\n");
        expectRefusal(result, command);
        EXPECT_TRUE(fs::is_empty(home)) << command;
    }
}

TEST_F(OthersFolder, OfMiniporchIsClosedToRoot)
{
    const auto folder = home / "porch";
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
    // And to one who is neither its owner nor root.
    const std::vector<std::string> list{kMiniporch, "--db", file, "list-tokens"};
    expectRefusal(run(asUser(kMeddlingUser, list)), "another user");
}

TEST_F(OthersFolder, GetsNoLogFileOfRoots)
{
    ASSERT_EQ(::mkdir((home / "logs").c_str(), 0755), 0);
    const TemporaryFolder roots;
    const auto victim = roots.write("victim", "untouched");
    const auto dictionary = [&](const std::string& name) {
        const auto file = desk.folder().write(
            "log.json", R"({"version":1,"root":{"handlers":["f"],"level":"DEBUG"},"handlers":)"
                        R"({"f":{"class":"logging.FileHandler","filename":")" +
                            (home / name).string() + "\"}}}");
        EXPECT_EQ(::chmod(file.c_str(), 0644), 0);
        return file.string();
    };
    giveTo(kServiceUser, home);
    const auto refused = desk.notifyhost({"--log-config", dictionary("logs/new.log"), "status"});
    EXPECT_EQ(refused.status, 78);
    EXPECT_THAT(refused.error,
                AllOf(HasSubstr("logs/new.log cannot be opened"), HasSubstr("sudo -u '#61001' ")));
    EXPECT_TRUE(fs::is_empty(home / "logs"));
    // Nor is a link followed, whoever runs it.
    fs::create_symlink(victim, home / "logs/link.log");
    giveTo(kServiceUser, home);
    const auto linked = byService({"--log-config", dictionary("logs/link.log"), "status"});
    EXPECT_EQ(linked.status, 78);
    EXPECT_THAT(linked.error, HasSubstr("it is a link, which is not followed"));
    EXPECT_EQ(readFile(victim), "untouched");
}

} // namespace notifyhost::test
