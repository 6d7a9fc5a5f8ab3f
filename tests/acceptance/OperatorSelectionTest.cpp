#include "acceptance/Desk.h"
#include "host/PipelineLock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The lines of the peer's record for an address: "address deliveryKey hash".
std::vector<std::string> toldLines(const Desk& desk, const std::string& address)
{
    std::istringstream lines(desk.taken());
    std::vector<std::string> result;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(address + " ")) {
            result.push_back(line);
        }
    }
    return result;
}

/// Three tasks with something held, and one whose recipient was refused.
class Selection : public testing::Test {
protected:
    Selection()
    {
        for (const auto* address : {"ada@x.org", "bo@x.org", "cy@x.org", "di@x.org"}) {
            add(address);
        }
        EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 75);
        desk.configure("");
        add("never@x.org");
        EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 1);
    }

    void add(const std::string& address)
    {
        desk.add(R"({"notifications":[{"key":"study 1","to":[")" + address + R"("]}]})");
    }

    ProcessResult command(const std::vector<std::string>& words) { return desk.notifyhost(words); }

    Desk desk{"max_per_run = 1\n"};
};

TEST_F(Selection, SaysHowManyItTouchesAndDoesItOnlyWithYes)
{
    const auto before = desk.listed("--held");
    const auto shown = command({"approve", "mails", "--held"});
    EXPECT_EQ(shown.status, 0) << shown.error;
    EXPECT_THAT(shown.output,
                AllOf(StartsWith("approve: 3 tasks with 3 recipients would be sent:\n"),
                      HasSubstr("Nothing was changed. The same command with --yes does it.\n")));
    EXPECT_EQ(desk.listed("--held"), before);
    const auto done = command({"approve", "mails", "--held", "--yes"});
    EXPECT_EQ(done.status, 0) << done.error;
    EXPECT_THAT(done.output, StartsWith("approve: 3 tasks with 3 recipients"));
    EXPECT_EQ(desk.listed("--held"), "");
    EXPECT_EQ(command({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "di@x.org").size(), 1U);
}

TEST_F(Selection, ShowsThreeAndCountsTheRest)
{
    const auto shown = command({"retell", "mails", "--since", "1h"});
    EXPECT_EQ(shown.status, 0) << shown.error;
    desk.configure("max_per_run = 1\n");
    for (const auto* address : {"e@x.org", "f@x.org", "g@x.org"}) {
        add(address);
    }
    command({"run", "mails"});
    EXPECT_THAT(command({"cancel", "mails", "--held"}).output,
                AllOf(StartsWith("cancel: 5 tasks"), HasSubstr("\n  and 2 more\n")));
}

TEST_F(Selection, CombinesChoicesWithAnd)
{
    EXPECT_THAT(command({"retry", "mails", "--all", "--reason", "no such user"}).output,
                StartsWith("retry: 1 task with 1 recipient"));
    EXPECT_THAT(command({"retry", "mails", "--held", "--reason", "max_per_run"}).output,
                StartsWith("retry: 3 tasks"));
    EXPECT_THAT(command({"retry", "mails", "--failed", "--reason", "max_per_run"}).error,
                HasSubstr("no task of mails"));
    EXPECT_THAT(command({"retry", "mails", "--failed", "--since", "2h"}).output,
                StartsWith("retry: 1 task"));
    const auto none = command({"retry", "mails", "--failed", "--since", "0s", "--yes"});
    EXPECT_EQ(none.status, 0);
    EXPECT_THAT(none.error, HasSubstr("no task of mails"));
}

TEST_F(Selection, DropsInBulkWithAReasonForTheRecord)
{
    const auto result = command({"cancel", "mails", "--held", "--reason", "max_per_run",
                                 "--because", "an upstream mistake", "--yes"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(command({"run", "mails"}).status, 0) << "decisions are no failures";
    EXPECT_THAT(desk.listed("--failed"), HasSubstr("cancelled: an upstream mistake"));
    EXPECT_THAT(desk.status(), HasSubstr("1 task: FAILED"));
}

TEST_F(Selection, GoesOnWhereOneTaskIsRefused)
{
    // Another host ended this one; it FAILED too, but is not held here.
    add("ed@x.org");
    const auto other = desk.lastId();
    desk.put(other, queue::TaskStatus::failed);
    desk.folder().write("peer.mended", "");
    const auto result = command({"retry", "mails", "--failed", "--yes"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.error, AllOf(HasSubstr(other.substr(0, 12)),
                                    HasSubstr("another host or program ended it")));
    EXPECT_THAT(result.output, HasSubstr("1 recipient not told: composed anew"));
    command({"run", "mails"});
    EXPECT_EQ(toldLines(desk, "never@x.org").size(), 1U);
}

TEST_F(Selection, IsRefusedWhereItIsWrong)
{
    const auto id = desk.lastId();
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"retry", "mails"},
             {"cancel", "mails"},
             {"approve", "mails", "--yes"},
             {"retell", "mails"},
             {"retry", "mails", id, "--failed"},
             {"retry", "mails", id, "--since", "1h"},
             {"acknowledge", "mails", id, "--all"},
             {"retry", "mails", "--since", "yesterday"},
             {"retry", "mails", "--since", "-5m"},
             {"retry", "mails", "--since", "5"},
             {"retry", "mails", "--since", "2026-02-30"},
             {"retry", "mails", "--since", "2999-01-01"},
             {"retry", "mails", "--since", "99999999999999999999d"},
             {"retry", "mails", "--fialed"},
             {"retell", "mails", "--all", "--to", "ada@x.org"},
         })
    {
        const auto result = command(words);
        EXPECT_EQ(result.status, 64) << testing::PrintToString(words) << result.error;
        EXPECT_NE(result.error, "");
    }
    EXPECT_THAT(command({"retry", "mails"}).error, HasSubstr("--failed"));
}

TEST_F(Selection, IsAnsweredTheSameWayTwice)
{
    EXPECT_EQ(command({"approve", "mails", "--all", "--yes"}).status, 0);
    const auto again = command({"approve", "mails", "--all", "--yes"});
    EXPECT_EQ(again.status, 0);
    EXPECT_THAT(again.error, HasSubstr("no task of mails"));
}

TEST(Acknowledge, IsNotNamedAgainBeforeSomethingNewHappens)
{
    Desk desk;
    const auto failed = desk.tell(R"("never@x.org")");
    const auto partial = desk.tell(R"("ada@x.org","never@x.org")");
    const auto nobody = desk.tell("");
    EXPECT_THAT(desk.status(), AllOf(HasSubstr("1 task: FAILED"), HasSubstr("somebody not told"),
                                     HasSubstr("has no contacts")));
    EXPECT_EQ(desk.notifyhost({"acknowledge", "mails", partial}).status, 0);
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("1 task: FAILED"), Not(HasSubstr("somebody not told"))));
    const auto shown = desk.notifyhost({"acknowledge", "mails"});
    EXPECT_THAT(shown.output, StartsWith("acknowledge: 2 tasks"));
    EXPECT_THAT(shown.output, HasSubstr("Nothing was changed. The same command with --yes"));
    EXPECT_THAT(desk.notifyhost({"acknowledge", "--help"}).output,
                HasSubstr("it is for all of it, and needs --yes"));
    const auto told = desk.notifyhost({"acknowledge", "mails", "--told", "--yes"});
    EXPECT_EQ(told.status, 64) << "which of them another program has told is to be said";
    EXPECT_THAT(told.error, HasSubstr("acknowledge --told: for which tasks?"));
    EXPECT_THAT(desk.status(), HasSubstr("1 task: FAILED"));
    EXPECT_EQ(
        desk.notifyhost({"acknowledge", "mails", "--yes", "--because", "told by phone"}).status, 0);
    EXPECT_THAT(desk.status(), Not(HasSubstr("  1 task")));
    EXPECT_THAT(desk.listed("--failed"), HasSubstr("(acknowledged)"));
    EXPECT_THAT(desk.explained(failed),
                AllOf(HasSubstr("acknowledge: told by phone"), HasSubstr("Acknowledged at 2")));
    // Tried again and refused again: that is new.
    EXPECT_EQ(desk.notifyhost({"retry", "mails", failed}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 1);
    EXPECT_THAT(desk.status(), HasSubstr("1 task: FAILED"));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
}

TEST(Acknowledge, LeavesWhatIsHeldToApproveAndCancel)
{
    Desk desk("max_per_run = 1\n");
    const auto id = desk.tell(R"("ada@x.org","bo@x.org")");
    EXPECT_EQ(desk.notifyhost({"acknowledge", "mails", id}).status, 0);
    EXPECT_THAT(desk.status(), HasSubstr(command("approve", id)));
}

TEST(Retell, TellsAgainUnderKeysOfItsOwn)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org")");
    for (std::size_t times = 2; times < 4; ++times) {
        const auto again =
            desk.notifyhost({"retell", "mails", id.substr(0, 12), "--because", "she lost it"});
        EXPECT_EQ(again.status, 0) << again.error;
        EXPECT_THAT(again.output, HasSubstr("1 recipient told again"));
        EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
        const auto told = toldLines(desk, "ada@x.org");
        EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), times)
            << "another key and other bytes each time";
    }
    EXPECT_THAT(desk.explained(id), HasSubstr("retell: 1 recipients are told again: she lost it"));
    EXPECT_THAT(desk.notifyhost({"list", "mails"}).output, StartsWith("DONE"));
}

TEST(Retell, WantsToBeSureOfMoreThanOne)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org","bo@x.org")");
    const auto shown = desk.notifyhost({"retell", "mails", id});
    EXPECT_EQ(shown.status, 0) << shown.error;
    EXPECT_THAT(shown.output, AllOf(HasSubstr("2 recipients"), HasSubstr("Nothing was changed")));
    EXPECT_THAT(desk.notifyhost({"list", "mails"}).output, StartsWith("DONE"));
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id, "--yes"}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "bo@x.org").size(), 2U);
}

TEST(Retell, TellsOnlyThoseWhoAreNamedAndThenAllAreTold)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org","never@x.org")");
    desk.folder().write("peer.mended", "");
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id, "--to", "never@x.org"}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "ada@x.org").size(), 1U);
    EXPECT_EQ(toldLines(desk, "never@x.org").size(), 1U);
    EXPECT_THAT(desk.status(), Not(HasSubstr("somebody not told")));
    // An address that is new gets what the task is about.
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id, "--to", "zoe@x.org"}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "zoe@x.org").size(), 1U);
    EXPECT_EQ(toldLines(desk, "ada@x.org").size(), 1U);
}

TEST(Retell, GivesAnAddressTheNotificationsThatAreForIt)
{
    Desk desk;
    const auto id = desk.work(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]},)"
                              R"({"key":"study 2","to":["bo@x.org"]}]})");
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id, "--to", "bo@x.org"}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "bo@x.org").size(), 2U);
    EXPECT_THAT(desk.notifyhost({"retell", "mails", id, "--to", "zoe@x.org"}).output,
                HasSubstr("2 recipients"));
    EXPECT_EQ(
        desk.notifyhost({"retell", "mails", id, "--to", "zoe@x.org", "--notification", "study 2"})
            .status,
        0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "zoe@x.org").size(), 1U);
    const auto none =
        desk.notifyhost({"retell", "mails", id, "--notification", "study 3", "--yes"});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.error, AllOf(HasSubstr("nobody to tell"), HasSubstr("Nothing was changed")));
}

TEST(Retell, IsTheAnswerToATaskThatSomebodyPutBack)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org")");
    desk.put(id, queue::TaskStatus::pending);
    EXPECT_THAT(desk.status(), AllOf(HasSubstr("put back to PENDING by somebody"),
                                     HasSubstr(command("retell", id))));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "ada@x.org").size(), 1U);
    // The queue shows it DONE again, and it is named all the same.
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("put back to PENDING by somebody"),
                      HasSubstr(command("retell", id)), HasSubstr(command("acknowledge", id))));
    EXPECT_THAT(desk.explained(id), HasSubstr("Somebody had put it back to PENDING"));
    EXPECT_EQ(desk.notifyhost({"retell", "mails", id}).status, 0);
    EXPECT_THAT(desk.status(), Not(HasSubstr("put back to PENDING")));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "ada@x.org").size(), 2U);
    desk.put(id, queue::TaskStatus::pending);
    desk.notifyhost({"run", "mails"});
    EXPECT_EQ(desk.notifyhost({"acknowledge", "mails", id}).status, 0);
    EXPECT_THAT(desk.status(), Not(HasSubstr("put back to PENDING")));
}

TEST(Retell, ChangesNothingWhereItCannotBeComposed)
{
    Desk desk;
    desk.folder().write("source.mended", "");
    const auto id = desk.work(R"({"notifications":[{"key":"study 1","fail":"later",)"
                              R"("to":["ada@x.org"]}]})");
    EXPECT_EQ(desk.run.status, 0) << desk.run.error;
    std::filesystem::remove(desk.folder() / "source.mended");
    const auto result = desk.notifyhost({"retell", "mails", id, "--yes"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.error, HasSubstr("the script says later"));
    EXPECT_THAT(desk.notifyhost({"list", "mails"}).output, StartsWith("DONE"));
}

TEST(Retell, GoesOnWhereOneOfManyCannotBeComposed)
{
    Desk desk;
    desk.folder().write("source.mended", "");
    for (const auto* fail : {"twice", "later", ""}) {
        desk.work(R"({"notifications":[{"key":"study 1","fail":")" + std::string(fail) +
                  R"(","to":["ada@x.org"]}]})");
    }
    ASSERT_EQ(toldLines(desk, "ada@x.org").size(), 3U);
    std::filesystem::remove(desk.folder() / "source.mended");
    const auto result = desk.notifyhost({"retell", "mails", "--all", "--yes"});
    EXPECT_EQ(result.status, 70) << "a plugin's fault is the worst of it";
    EXPECT_THAT(result.error, AllOf(HasSubstr("keys are unique"), HasSubstr("says later")));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(toldLines(desk, "ada@x.org").size(), 4U);
}

TEST(OperatorLock, IsWaitedForWhileARunIsAtWork)
{
    Desk desk("max_per_run = 1\n");
    const auto id = desk.tell(R"("ada@x.org","bo@x.org")");
    auto lock = std::make_unique<host::PipelineLock>(desk.folder() / "state", "mails");
    ASSERT_TRUE(lock->held());
    ProcessResult result;
    {
        const std::jthread commanding([&] { result = desk.notifyhost({"approve", "mails", id}); });
        std::this_thread::sleep_for(std::chrono::milliseconds{700});
        lock.reset();
    }
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_THAT(result.error, HasSubstr("a run of mails is at work; waiting for it"));
    lock = std::make_unique<host::PipelineLock>(desk.folder() / "state", "mails");
    const auto late = desk.notifyhost({"cancel", "mails", id});
    EXPECT_EQ(late.status, 75);
    EXPECT_THAT(late.error, HasSubstr("nothing was changed"));
}

} // namespace
} // namespace notifyhost::test
