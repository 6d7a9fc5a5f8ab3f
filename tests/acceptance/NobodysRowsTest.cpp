#include "acceptance/Desk.h"
#include "support/MiniporchServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A desk whose configuration is changed while tasks are in hand.
class Renaming : public Desk {
public:
    using Desk::Desk;

    void change(const std::string& from, const std::string& to)
    {
        auto text = readFile(folder() / "notifyhost.ini");
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        folder().write("notifyhost.ini", text.replace(at, from.size(), to));
    }
    void rename(const std::string& name = "letters", const std::string& from = "mails")
    {
        change("porch_name = " + from + "\n", "porch_name = " + name + "\n");
    }
    void mend() const { folder().write("peer.mended", ""); }

    std::set<std::string> files() const
    {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder() / "state")) {
            names.insert(entry.path().filename());
        }
        return names;
    }
    /// How the queue shows a task of a pipeline of this name.
    std::string shown(const std::string& id, const std::string& name = "mails") const
    {
        queue::EmbeddedQueue queue(folder() / "queue.sqlite");
        for (const auto& task : queue.list({name, "https://example.org/mails", "1"}, {})) {
            if (task.id == id) {
                return std::string(queue::toText(task.status));
            }
        }
        return "";
    }
    std::ptrdiff_t takenLines() const
    {
        const auto text = taken();
        return std::count(text.begin(), text.end(), '\n');
    }
};

TEST(NobodysRows, AreNamedByCheckAndStatusWithTheCommandAndTheKey)
{
    Renaming desk;
    desk.tell(R"("ada@example.org","down@example.org")");
    EXPECT_THAT(desk.status(), Not(HasSubstr("in no pipeline")));
    desk.rename();
    const auto files = desk.files();
    for (const auto& words : {std::vector<std::string>{"check"}, {"check", "--live"}}) {
        const auto checked = desk.notifyhost(words);
        EXPECT_EQ(checked.status, 0) << checked.error;
        EXPECT_THAT(checked.error,
                    AllOf(HasSubstr("notifyhost.ini:"), HasSubstr("[pipeline.mails] porch_name: "),
                          HasSubstr("1 task (1 running) of pipeline mails, which no section"),
                          HasSubstr("`notifyhost adopt mails mails`"),
                          HasSubstr("set porch_name back to mails")));
    }
    EXPECT_EQ(desk.files(), files) << "a look leaves nothing behind";
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("in no pipeline: the ledger "),
                      HasSubstr("1 task (1 running) of pipeline mails"),
                      HasSubstr("state folder: " + (desk.folder() / "state").string())));
    desk.rename("mails", "letters");
    EXPECT_THAT(desk.notifyhost({"check"}).error, Not(HasSubstr("no section")));
}

TEST(NobodysRows, AreNotThoseThatEndedNorThoseThatWereSeen)
{
    Renaming desk;
    desk.tell(R"("ada@example.org")");
    const auto failed = desk.tell(R"("never@example.org")");
    desk.rename();
    EXPECT_THAT(desk.notifyhost({"check"}).error, HasSubstr("1 task (1 failed) of pipeline mails"));
    desk.rename("mails", "letters");
    EXPECT_EQ(desk.notifyhost({"acknowledge", "mails", failed}).status, 0);
    desk.rename();
    EXPECT_THAT(desk.notifyhost({"check"}).error, Not(HasSubstr("no section")));
}

TEST(NobodysRows, AreSaidWhileARunIsAtWorkAndWithoutASectionThatIsLikelyMeant)
{
    Renaming desk;
    desk.tell(R"("down@example.org")");
    desk.rename();
    desk.change("[pipeline.mails]\n", "[pipeline.more]\nporch_name = more\n"
                                      "porch_uri = https://example.org/mails\nporch_version = 1\n"
                                      "source = script\ntransport = peer\n[pipeline.mails]\n");
    // As a run has it open: the log lies beside the ledger.
    ledger::Ledger ledger(desk.folder() / "state/ledger.sqlite", "letters", "a test", [] {
        return ledger::ClaimTime{std::chrono::system_clock::now(), {}, "a boot"};
    });
    ASSERT_TRUE(ledger.lock());
    ledger.recordTime();
    const auto checked = desk.notifyhost({"check"});
    EXPECT_THAT(checked.error, AllOf(HasSubstr("[host] state: "), HasSubstr("1 task (1 running)"),
                                     HasSubstr("`notifyhost adopt PIPELINE mails`")));
}

TEST(Adopt, TakesThemInWhereTheyEndUnderTheirOwnNameAndNobodyIsToldTwice)
{
    Renaming desk;
    const auto id = desk.tell(R"("ada@example.org","down@example.org")");
    const auto ended = desk.work(R"({"notifications":[{"key":"two","to":["bo@example.org"]}]})");
    ASSERT_EQ(desk.takenLines(), 2);
    desk.rename();
    const auto asked = desk.notifyhost({"adopt", "mails", "mails"});
    EXPECT_EQ(asked.status, 0) << asked.error;
    EXPECT_THAT(asked.output, AllOf(HasSubstr("2 tasks of pipeline mails (1 running, 1 done)"),
                                    HasSubstr("Nothing was changed"), HasSubstr("--yes")));
    EXPECT_THAT(desk.status(), HasSubstr("in no pipeline"));

    const auto adopted = desk.notifyhost({"adopt", "mails", "mails", "--yes"});
    EXPECT_EQ(adopted.status, 0) << adopted.error;
    EXPECT_THAT(adopted.output, HasSubstr("2 tasks of pipeline mails taken into"));
    EXPECT_THAT(desk.status(), Not(HasSubstr("in no pipeline")));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("adopt: taken from pipeline mails into letters"),
                      HasSubstr("queue: under the name mails, RUNNING"),
                      HasSubstr("RUNNING: this ledger answers for it")));
    EXPECT_THAT(desk.explained(ended), HasSubstr("adopt: taken from"));
    EXPECT_THAT(desk.notifyhost({"list", "mails"}).output,
                AllOf(HasSubstr("RUNNING\t" + id), HasSubstr("DONE\t" + ended)));
    EXPECT_THAT(desk.notifyhost({"list", "mails", "--status", "RUNNING"}).output,
                AllOf(testing::StartsWith("RUNNING\t" + id), Not(HasSubstr(ended))));
    EXPECT_THAT(desk.status(), HasSubstr("mails: 1 RUNNING, 1 DONE"));

    desk.mend();
    const auto ran = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(ran.status, 0) << ran.error;
    EXPECT_EQ(desk.shown(id), "DONE");
    EXPECT_EQ(desk.takenLines(), 3);
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id, "--to", "ada@example.org", "--yes"}).status,
              0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.shown(id), "DONE");
    EXPECT_EQ(desk.takenLines(), 4);
    const auto again = desk.notifyhost({"adopt", "mails", "mails", "--yes"});
    EXPECT_EQ(again.status, 64);
    EXPECT_THAT(again.error, AllOf(HasSubstr("has no tasks of pipeline mails; it has: letters")));
}

TEST(Adopt, GoesOnWithWhatADeadRunLeftAndWithASecondNewName)
{
    Renaming desk;
    const auto id = desk.tell(R"("crash@example.org")");
    ASSERT_EQ(desk.takenLines(), 1);
    desk.rename();
    EXPECT_EQ(desk.notifyhost({"adopt", "mails", "mails", "--yes"}).status, 0);
    desk.rename("third", "letters");
    EXPECT_EQ(desk.notifyhost({"adopt", "mails", "letters", "--yes"}).status, 0);
    desk.mend();
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.shown(id), "DONE");
    EXPECT_EQ(desk.takenLines(), 2) << "in doubt, so a second copy, and no more";
}

TEST(Adopt, TellsOnceWhatIsInTheQueueUnderBothNames)
{
    Renaming desk;
    const std::string open = R"({"notifications":[{"key":"one","to":["down@example.org"]}]})";
    const std::string ended = R"({"notifications":[{"key":"two","to":["ada@example.org"]}]})";
    const auto second = desk.work(ended);
    const auto first = desk.work(open);
    desk.rename();
    desk.add(open);
    desk.add(ended);
    EXPECT_EQ(desk.notifyhost({"adopt", "mails", "mails", "--yes"}).status, 0);
    const auto listed = desk.notifyhost({"list", "mails"}).output;
    EXPECT_EQ(std::count(listed.begin(), listed.end(), '\n'), 2) << "each once: " << listed;
    EXPECT_THAT(listed, AllOf(HasSubstr("RUNNING\t" + first), HasSubstr("DONE\t" + second)))
        << "as under the name by which the ledger holds it";
    EXPECT_EQ(desk.notifyhost({"list", "mails", "--status", "PENDING"}).output, "");
    desk.mend();
    for (int turn = 0; turn < 3; ++turn) {
        desk.notifyhost({"run", "mails"});
    }
    EXPECT_EQ(desk.takenLines(), 2);
    for (const auto& id : {first, second}) {
        EXPECT_EQ(desk.shown(id), "DONE");
        EXPECT_EQ(desk.shown(id, "letters"), "DONE");
    }
}

TEST(Adopt, IsRefusedWhereItCouldNotBeRight)
{
    Renaming desk;
    const std::string input = R"({"notifications":[{"key":"one","to":["down@example.org"]}]})";
    const auto id = desk.work(input);
    const auto refusal = [&](const std::string& former) {
        const auto result = desk.notifyhost({"adopt", "mails", former, "--yes"});
        EXPECT_NE(result.status, 0);
        EXPECT_THAT(result.error, HasSubstr("othing was changed"));
        return result.error;
    };
    EXPECT_THAT(refusal("mails"), HasSubstr("[pipeline.mails] reads mails"));
    EXPECT_THAT(refusal("males"), HasSubstr("no tasks of pipeline males; it has: mails"));
    desk.rename();
    // The same task again, in hand under the new name too.
    desk.work(input);
    EXPECT_THAT(refusal("mails"), AllOf(HasSubstr("under both names"), HasSubstr(id)));
    EXPECT_THAT(desk.status(), HasSubstr("in no pipeline"));
    desk.rename("mails", "letters");
    desk.mend();
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.shown(id), "DONE");
}

TEST(Adopt, WaitsForARunOfTheFormerNameAndThenChangesNothing)
{
    Renaming desk;
    desk.tell(R"("down@example.org")");
    desk.rename();
    ledger::Ledger former(desk.folder() / "state/ledger.sqlite", "mails", "a test", [] {
        return ledger::ClaimTime{std::chrono::system_clock::now(), {}, "a boot"};
    });
    ASSERT_TRUE(former.lock());
    const auto result = desk.notifyhost({"adopt", "mails", "mails", "--yes"});
    EXPECT_EQ(result.status, 75);
    EXPECT_THAT(result.error, HasSubstr("a run of mails is still at work; nothing was changed"));
    EXPECT_EQ(former.tasks({ledger::TaskState::running}).size(), 1U);
}

/// The same with a porch, and what it keeps by name and version.
class AtPorch {
public:
    explicit AtPorch(const std::string& generation = "3") : porch({"--generation", generation})
    {
        desk.change("url = sqlite:queue.sqlite\n",
                    "url = http://127.0.0.1:" + std::to_string(porch.port()) +
                        "/\nadmin_token = " + porch.administratorToken() + "\n");
        settle();
    }

    /// Makes the pipeline known as it is configured, with a token of its own.
    void settle()
    {
        auto text = readFile(desk.folder() / "notifyhost.ini");
        if (const auto at = text.find("porch_token = "); at != std::string::npos) {
            text.erase(at, text.find('\n', at) + 1 - at);
        }
        desk.folder().write("notifyhost.ini", text);
        EXPECT_EQ(desk.notifyhost({"register", "mails"}).status, 0);
        const auto made = desk.notifyhost({"token", "mails"});
        EXPECT_EQ(made.status, 0) << made.error;
        const std::string section = "[pipeline.mails]\n";
        const auto at = text.find(section) + section.size();
        desk.folder().write("notifyhost.ini", text.insert(at, "porch_token = " + made.output));
    }

    MiniporchServer porch;
    Renaming desk;
};

TEST(Adopt, IsRefusedWhereThePorchRefusesTheTokenForTheFormerName)
{
    AtPorch site;
    auto& desk = site.desk;
    desk.tell(R"("down@example.org")");
    desk.rename();
    site.settle();
    const auto refused = desk.notifyhost({"adopt", "mails", "mails", "--yes"});
    EXPECT_EQ(refused.status, 77) << refused.error;
    EXPECT_THAT(refused.error, AllOf(HasSubstr("under the name mails, version 1"),
                                     HasSubstr("the token of [pipeline.mails] is not accepted"),
                                     HasSubstr("Nothing was changed")));
    EXPECT_THAT(desk.status(), HasSubstr("1 task (1 running) of pipeline mails"));
}

TEST(AChangedVersion, StrandsNothingInEitherGenerationOfThePorch)
{
    for (const auto* generation : {"2", "3"}) {
        AtPorch site(generation);
        auto& desk = site.desk;
        const auto id = desk.tell(R"("ada@example.org","down@example.org")");
        EXPECT_EQ(desk.run.status, 69) << desk.run.error;
        desk.change("porch_version = 1\n", "porch_version = 2\n");
        desk.notifyhost({"register", "mails"});
        EXPECT_EQ(desk.notifyhost({"check"}).status, 0);
        EXPECT_THAT(desk.explained(id), HasSubstr("queue: RUNNING"));
        EXPECT_THAT(desk.notifyhost({"list", "mails"}).output, HasSubstr("RUNNING\t" + id));
        desk.mend();
        const auto ran = desk.notifyhost({"run", "mails"});
        EXPECT_EQ(ran.status, 0) << ran.error;
        EXPECT_EQ(desk.takenLines(), 2) << generation;
        EXPECT_THAT(desk.explained(id), HasSubstr("queue: DONE"));
        EXPECT_EQ(desk.notifyhost({"run", "mails"}).error, "");
        desk.work(R"({"notifications":[{"key":"new","to":["bo@example.org"]}]})");
        EXPECT_EQ(desk.run.status, 0) << desk.run.error;
        EXPECT_EQ(desk.takenLines(), 3) << generation;
    }
}

TEST(AChangedVersion, StrandsNoEndThatTheQueueWasNotTold)
{
    Renaming desk;
    const auto id = desk.tell(R"("ada@example.org")");
    // As where the process ended between the ledger's last word and the queue's.
    desk.put(id, queue::TaskStatus::running);
    desk.change("porch_version = 1\n", "porch_version = 2\n");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.shown(id), "DONE");
    EXPECT_EQ(desk.takenLines(), 1);
}

TEST(AChangedQueue, IsSaidWhileTasksAreInHandAndTheyGoOnWhenItIsBack)
{
    Renaming desk;
    const auto id = desk.tell(R"("down@example.org")");
    desk.change("sqlite:queue.sqlite", "sqlite:other.sqlite");
    desk.mend();
    const auto ran = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(ran.status, 75);
    EXPECT_THAT(ran.error, AllOf(HasSubstr("other.sqlite has none of the 1 task in hand"),
                                 HasSubstr("change it back until they have ended")));
    EXPECT_THAT(desk.status(), HasSubstr("where `url` was changed, they are in the former queue"));
    EXPECT_EQ(desk.takenLines(), 0);
    desk.change("sqlite:other.sqlite", "sqlite:queue.sqlite");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.shown(id), "DONE");
}

TEST(AChangedQueue, IsNotSuspectedWhereAnotherHostHasEndedTheTask)
{
    Renaming desk;
    const auto id = desk.tell(R"("down@example.org")");
    desk.put(id, queue::TaskStatus::done);
    EXPECT_THAT(desk.notifyhost({"run", "mails"}).error,
                AllOf(HasSubstr("hands off"), Not(HasSubstr("`url`"))));
}

TEST(TheStateFolder, IsNamedByStatusAndWhatIsOddAboutItsLedgerToo)
{
    Renaming desk;
    EXPECT_THAT(desk.status(), HasSubstr("state folder: " + (desk.folder() / "state").string()));
    const auto id = desk.tell(R"("down@example.org")");
    EXPECT_THAT(desk.status(), Not(HasSubstr("The ledger in")));

    desk.change("state = state\n", "state = elsewhere\n");
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("elsewhere is new to this pipeline"), HasSubstr("1 task RUNNING")));
    EXPECT_FALSE(std::filesystem::exists(desk.folder() / "elsewhere"));
    const auto ran = desk.notifyhost({"run", "mails"});
    EXPECT_THAT(ran.error.substr(0, ran.error.find('\n')),
                AllOf(HasSubstr("elsewhere is new to this pipeline"), HasSubstr("RUNNING")));

    desk.change("state = elsewhere\n", "state = state\n");
    for (const auto* end : {"", "-wal", "-shm"}) {
        std::filesystem::remove(desk.folder() / ("state/ledger.sqlite" + std::string(end)));
    }
    EXPECT_THAT(desk.status(), HasSubstr("is not the one that this pipeline worked with"));
    EXPECT_THAT(desk.notifyhost({"run", "mails"}).error,
                HasSubstr("is not the one that this pipeline worked with"));
    EXPECT_THAT(desk.status(), HasSubstr("is not the one that this pipeline worked with"));
    EXPECT_EQ(desk.shown(id), "RUNNING");
}

} // namespace
} // namespace notifyhost::test
