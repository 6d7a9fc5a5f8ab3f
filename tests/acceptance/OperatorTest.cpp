#include "acceptance/Desk.h"
#include "support/ScriptedHttpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <utility>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

TEST(Operator, FindsNothingThatWaitsWhereAllIsWell)
{
    Desk desk;
    EXPECT_THAT(desk.status(),
                MatchesRegex("mails: no tasks \\(the embedded queue .*\\)\nstate folder: .*\n"));
    EXPECT_FALSE(std::filesystem::exists(desk.folder() / "state/ledger.sqlite"))
        << "looking makes no ledger";
    const auto id = desk.tell(R"("ada@x.org","bo@x.org")");
    EXPECT_EQ(desk.run.status, 0) << desk.run.error;
    EXPECT_THAT(desk.status(),
                MatchesRegex("mails: 1 DONE \\(the embedded queue .*\\)\nstate folder: .*\n"));
    for (const auto* flag :
         {"--failed", "--held", "--unknown", "--nobody", "--partial", "--foreign"}) {
        EXPECT_EQ(desk.listed(flag), "") << flag;
    }
    EXPECT_THAT(desk.explained(id), HasSubstr("what to do\n  Nothing is wrong.\n"));
}

void expectInOrder(const std::string& text, const std::vector<std::string>& steps)
{
    std::size_t at = 0;
    for (const auto& step : steps) {
        const auto found = text.find(step, at);
        ASSERT_NE(found, std::string::npos) << "'" << step << "' is not in its place in\n" << text;
        at = found + step.size();
    }
}

TEST(Operator, ReadsATasksLifeInOrder)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org","later@x.org")");
    desk.folder().write("peer.mended", "");
    desk.notifyhost({"retry", "mails", id});
    desk.notifyhost({"run", "mails"});
    const auto text = desk.explained(id);
    expectInOrder(text, {"task ",
                         "input: {\"notifications\"",
                         "queue: DONE",
                         "ledger: done",
                         "history\n",
                         "queue: added",
                         "notifyhost: claimed",
                         "notifyhost: RUNNING: this ledger answers for it",
                         "notifyhost: composed: ",
                         "to ada@x.org: accepted, attempt 1",
                         "to later@x.org: deferred, attempt 1, code 451: try later",
                         "retry: 1 recipients due again",
                         "to later@x.org: accepted, attempt 2",
                         "notifyhost: DONE",
                         "deliveries\n",
                         "Message-ID <",
                         "ada@x.org: accepted, 1 attempt,",
                         "Message-ID <",
                         "later@x.org: accepted, 2 attempts",
                         "what to do\n",
                         "Nothing is wrong."});
    // What the queue and the ledger note in the same millisecond has no order among the two.
    expectInOrder(text, {"queue: added", "queue: CLAIMED", "queue: RUNNING",
                         "notifyhost: composed: ", "retry: ", "queue: DONE", "deliveries\n"});
    // The operator's step bears the operator's name.
    EXPECT_THAT(text, Not(HasSubstr("notifyhost: retry")));
}

TEST(Operator, LearnsWhyNobodyWasToldAndTriesAgain)
{
    Desk desk;
    const auto id = desk.tell(R"("never@x.org")");
    EXPECT_EQ(desk.run.status, 1);
    EXPECT_THAT(desk.listed("--failed"),
                AllOf(StartsWith("FAILED\t" + id + "\t"),
                      HasSubstr("\tnever@x.org: refused: no such user\n")));
    EXPECT_THAT(desk.status(), AllOf(HasSubstr("1 task: FAILED (the latest at 2"),
                                     HasSubstr("`notifyhost list mails --failed`"),
                                     HasSubstr(command("retry", id))));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("queue: FAILED"), HasSubstr("code 550"),
                      HasSubstr("Likely cause: no such user."), HasSubstr(command("retry", id))));
    desk.folder().write("peer.mended", "");
    const auto retried = desk.notifyhost({"retry", "mails", id.substr(0, 12)});
    EXPECT_EQ(retried.status, 0) << retried.error;
    EXPECT_EQ(retried.output,
              "task " + id.substr(0, 12) +
                  ": 1 recipient not told: composed anew, with contacts, templates "
                  "and facts as they are then, at the next `notifyhost run mails`\n");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.listed("--failed"), "");
    EXPECT_THAT(desk.taken(), StartsWith("never@x.org "));
}

TEST(Operator, SeesWhoWasNotToldOfATaskThatIsDone)
{
    Desk desk;
    const auto id = desk.tell(R"("ada@x.org","never@x.org")");
    EXPECT_EQ(desk.run.status, 1);
    EXPECT_THAT(desk.listed("--partial"), AllOf(StartsWith("DONE\t" + id),
                                                HasSubstr("\tnever@x.org: refused: no such user\n"),
                                                Not(HasSubstr("ada@x.org: "))));
    EXPECT_THAT(desk.status(), AllOf(HasSubstr("DONE with somebody not told"),
                                     HasSubstr("`notifyhost list mails --partial`")));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("1 recipient not told, see above."), HasSubstr("no such user"),
                      HasSubstr("`notifyhost retell mails " + id.substr(0, 12) +
                                " --to ADDRESS` tells them at a mended address"),
                      HasSubstr(command("acknowledge", id)), Not(HasSubstr("retry"))));
    const auto refused = desk.notifyhost({"retry", "mails", id});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.error,
                AllOf(HasSubstr("has ended here and is done"), HasSubstr("Nothing was changed"),
                      HasSubstr(command("explain", id))));
    EXPECT_THAT(desk.notifyhost({"list", "mails"}).output, StartsWith("DONE"));
}

TEST(Operator, DecidesAboutWhatTheFuseHolds)
{
    Desk desk("max_per_run = 1\n");
    const auto id = desk.tell(R"("ada@x.org","bo@x.org","cy@x.org")");
    EXPECT_EQ(desk.run.status, 75);
    EXPECT_THAT(desk.listed("--held"),
                AllOf(StartsWith("RUNNING\t" + id), HasSubstr("bo@x.org: held: "),
                      HasSubstr("max_per_run"), HasSubstr("; cy@x.org: held: ")));
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("1 task: messages held back until you decide"),
                      HasSubstr("`notifyhost list mails --held`"),
                      HasSubstr(command("approve", id)), HasSubstr(command("cancel", id))));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("2 recipients held back."), HasSubstr(command("approve", id)),
                      HasSubstr(command("cancel", id))));
    desk.configure("");
    const auto approved = desk.notifyhost({"approve", "mails", id});
    EXPECT_EQ(approved.status, 0) << approved.error;
    EXPECT_THAT(approved.output, HasSubstr("2 held recipients due at the next"));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(), AllOf(HasSubstr("bo@x.org"), HasSubstr("cy@x.org")));
    EXPECT_EQ(desk.listed("--held"), "");
    const auto again = desk.notifyhost({"approve", "mails", id});
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(again.error, HasSubstr("has ended here and is done"));
}

TEST(Operator, DropsWhatIsHeldAndTheRecordSaysWhoAndWhy)
{
    Desk desk("max_per_run = 1\n");
    const auto id = desk.tell(R"("ada@x.org","bo@x.org")");
    const auto cancelled =
        desk.notifyhost({"cancel", "mails", id, "--reason", "sent by hand on Monday"});
    EXPECT_EQ(cancelled.status, 0) << cancelled.error;
    EXPECT_THAT(cancelled.output, HasSubstr("1 recipient will not be told"));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0) << "a decision is no failure";
    EXPECT_EQ(desk.status().find("somebody not told"), std::string::npos);
    EXPECT_THAT(desk.taken(), Not(HasSubstr("bo@x.org")));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("cancel: 1 recipients: sent by hand on Monday"),
                      HasSubstr("bo@x.org: cancelled"), Not(HasSubstr("notifyhost: cancel"))));
    const auto again = desk.notifyhost({"cancel", "mails", id});
    EXPECT_EQ(again.status, 1);
    EXPECT_THAT(again.error, HasSubstr("has ended here and is done"));
}

TEST(Operator, StopsATaskThatCannotBeComposed)
{
    Desk desk;
    const auto id = desk.failing("later");
    EXPECT_EQ(desk.run.status, 75);
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("It cannot be composed yet. Likely cause: "),
                      HasSubstr("the script says later"), HasSubstr("given up at 2"),
                      HasSubstr(command("retry", id))));
    EXPECT_EQ(desk.notifyhost({"cancel", "mails", id}).status, 0);
    desk.folder().write("source.mended", "");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_EQ(desk.taken(), "");
    EXPECT_THAT(desk.listed("--failed"), HasSubstr("cancelled by the operator"));
}

TEST(Operator, SeesWhatMayHaveArrived)
{
    Desk desk;
    const auto id = desk.tell(R"("doubt@x.org")");
    EXPECT_EQ(desk.run.status, 75);
    EXPECT_THAT(desk.listed("--unknown"), AllOf(StartsWith("RUNNING\t" + id),
                                                HasSubstr("doubt@x.org: unknown: the link broke")));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("1 recipient not told yet. Likely cause: the link broke."),
                      HasSubstr("with the same bytes and Message-ID")));
    EXPECT_THAT(desk.status(), Not(HasSubstr("1 task")));
}

TEST(Operator, IsAskedAboutDoubtWhereTheSiteWantsThat)
{
    Desk desk("in_doubt = hold\n");
    const auto id = desk.tell(R"("crash@x.org")");
    EXPECT_EQ(desk.run.status, 128 + SIGKILL);
    // Not yet looked at by a run, it may have arrived all the same.
    EXPECT_THAT(desk.listed("--unknown"), HasSubstr("crash@x.org: sending"));
    desk.folder().write("peer.mended", "");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 75);
    EXPECT_THAT(desk.status(), HasSubstr(command("approve", id)));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("may have been told or not"), HasSubstr("Message-ID above"),
                      HasSubstr(command("approve", id) + " sends the same bytes again"),
                      HasSubstr(command("cancel", id))));
    EXPECT_EQ(desk.notifyhost({"cancel", "mails", id, "--reason", "it arrived"}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
}

TEST(Operator, CancelsWhatACrashLeftInTheMiddle)
{
    Desk desk;
    const auto id = desk.tell(R"("crash@x.org")");
    desk.folder().write("peer.mended", "");
    EXPECT_EQ(desk.notifyhost({"cancel", "mails", id}).status, 0);
    desk.notifyhost({"run", "mails"});
    std::istringstream lines(desk.taken());
    std::string line;
    int times = 0;
    while (std::getline(lines, line)) {
        ++times;
    }
    EXPECT_EQ(times, 1) << "sent again after it was cancelled";
}

TEST(Operator, ListsNotificationsThatHadNobody)
{
    Desk desk;
    const auto id = desk.tell("");
    EXPECT_EQ(desk.run.status, 0) << desk.run.error;
    EXPECT_THAT(desk.listed("--nobody"),
                AllOf(StartsWith("DONE\t" + id), HasSubstr("notification study 1: nobody: ")));
}

TEST(Operator, SeesTasksThatOthersHoldAndTakesThemOver)
{
    Desk desk;
    desk.notifyhost({"run", "mails"});
    desk.add(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]}]})");
    const auto id = desk.lastId();
    desk.put(id, queue::TaskStatus::running);
    EXPECT_THAT(desk.listed("--foreign"),
                AllOf(StartsWith("RUNNING\t" + id),
                      HasSubstr("another host answers for it; no run has watched it yet")));
    desk.notifyhost({"run", "mails"});
    EXPECT_THAT(desk.listed("--foreign"), HasSubstr("watched for 0 min"));
    const auto gone = "`notifyhost takeover mails " + id.substr(0, 12) + " --gone`";
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("1 task: RUNNING on another host"),
                      HasSubstr("`notifyhost list mails --foreign`"), HasSubstr(gone)));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("Another host's ledger answers for it"), HasSubstr(gone)));
    for (const auto* verb : {"retry", "approve", "cancel"}) {
        const auto refused = desk.notifyhost({verb, "mails", id});
        EXPECT_EQ(refused.status, 1);
        EXPECT_THAT(refused.error, HasSubstr("is RUNNING and not held by this host's ledger"));
    }
    const auto early = desk.notifyhost({"takeover", "mails", id});
    EXPECT_EQ(early.status, 75);
    EXPECT_THAT(early.error, HasSubstr("--gone"));
    EXPECT_EQ(desk.notifyhost({"takeover", "mails", id, "--gone"}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(), StartsWith("ada@x.org "));
    EXPECT_THAT(desk.explained(id), HasSubstr("takeover: this ledger answers for it now"));
    const auto none = desk.notifyhost({"takeover", "mails", id});
    EXPECT_EQ(none.status, 1);
    EXPECT_THAT(none.error, HasSubstr("has ended here and is done"));
}

TEST(Operator, IsWarnedOfWhatWasClaimedBeforeTheFirstLook)
{
    Desk desk;
    desk.add(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]}]})");
    const auto id = desk.lastId();
    desk.put(id, queue::TaskStatus::claimed);
    desk.notifyhost({"run", "mails"});
    EXPECT_THAT(
        desk.listed("--foreign"),
        AllOf(StartsWith("CLAIMED\t" + id),
              HasSubstr("before notifyhost first looked, so another program may have told it")));
    const auto closing = "`notifyhost acknowledge mails " + id.substr(0, 12) + " --told`";
    EXPECT_THAT(desk.status(), AllOf(HasSubstr("1 task: CLAIMED before"), HasSubstr(closing)));
    EXPECT_THAT(desk.explained(id), HasSubstr(closing));
    EXPECT_EQ(desk.notifyhost({"acknowledge", "mails", id, "--told"}).status, 0);
    EXPECT_THAT(desk.status(),
                MatchesRegex("mails: 1 DONE \\(the embedded queue .*\\)\nstate folder: .*\n"));
    EXPECT_EQ(desk.taken(), "");
}

TEST(Operator, SeesATaskThatSomebodySetAsideInTheQueue)
{
    Desk desk;
    const auto id = desk.tell(R"("later@x.org")");
    desk.put(id, queue::TaskStatus::cancelled);
    EXPECT_THAT(desk.status(),
                AllOf(HasSubstr("not RUNNING in the queue"), HasSubstr(command("explain", id)),
                      HasSubstr(command("retry", id))));
    EXPECT_THAT(desk.explained(id), AllOf(HasSubstr("the queue shows it CANCELLED"),
                                          HasSubstr("Nothing is sent while that is so"),
                                          HasSubstr(command("retry", id))));
}

TEST(Operator, IsToldWhatTheLedgerKnowsWhereTheQueueDoesNotAnswer)
{
    Desk desk("max_per_run = 1\n");
    const auto id = desk.tell(R"("ada@x.org","bo@x.org")");
    auto text = readFile(desk.folder() / "notifyhost.ini");
    const std::string url = "sqlite:queue.sqlite";
    text.replace(text.find(url), url.size(),
                 "http://127.0.0.1:" + std::to_string(freePort()) +
                     "/\npipeline_token = " + std::string(32, 'a'));
    desk.folder().write("notifyhost.ini", text);
    const auto status = desk.notifyhost({"status"});
    EXPECT_EQ(status.status, 69) << status.error;
    EXPECT_THAT(status.output,
                AllOf(HasSubstr("its queue does not answer"), HasSubstr(command("approve", id))));
    EXPECT_THAT(desk.listed("--held"), HasSubstr("bo@x.org"));
    EXPECT_THAT(desk.explained(id), AllOf(HasSubstr("queue: does not answer: "),
                                          HasSubstr("this is what the ledger alone knows"),
                                          HasSubstr("bo@x.org: held")));
}

TEST(Operator, WaitsOnceForAQueueThatIsSilent)
{
    Desk desk;
    const auto id = desk.tell(R"("later@x.org")");
    const ScriptedHttpServer porch([](const ScriptedRequest&) {
        return ScriptedReply{"", ScriptedReply::Then::silence};
    });
    auto text = readFile(desk.folder() / "notifyhost.ini");
    const std::string url = "sqlite:queue.sqlite";
    text.replace(text.find(url), url.size(),
                 porch.url() +
                     "\nanswer_timeout_seconds = 1\npipeline_token = " + std::string(32, 'a'));
    desk.folder().write("notifyhost.ini", text);
    int asked = 0;
    const auto requests = [&](const std::vector<std::string>& words) {
        EXPECT_EQ(desk.notifyhost(words).status, words.front() == "explain" ? 0 : 69);
        return porch.connections() - std::exchange(asked, porch.connections());
    };
    const auto once = requests({"list", "mails"});
    EXPECT_GT(once, 0);
    EXPECT_EQ(requests({"status", "mails"}), once);
    EXPECT_EQ(requests({"explain", "mails", id}), once);
    // Nor again under each version that rows have.
    text.replace(text.find("porch_version = 1\n"), 18, "porch_version = 2\n");
    desk.folder().write("notifyhost.ini", text);
    EXPECT_EQ(requests({"status", "mails"}), once);
}

TEST(Operator, IsHelpedWithIdsThatDoNotFit)
{
    Desk desk;
    desk.tell(R"("ada@x.org")");
    const auto shortOne = desk.notifyhost({"explain", "mails", "12"});
    EXPECT_EQ(shortOne.status, 64);
    EXPECT_THAT(shortOne.error, HasSubstr("at least the first 6 digits"));
    const auto unknown = desk.notifyhost({"retry", "mails", "ffffffffffff"});
    EXPECT_EQ(unknown.status, 64);
    EXPECT_THAT(unknown.error, HasSubstr("`notifyhost list mails` lists them"));
    EXPECT_EQ(desk.notifyhost({"list", "mails", "--held", "--failed"}).status, 64);
    EXPECT_EQ(desk.notifyhost({"list", "mails", "--held", "--status", "DONE"}).status, 64);
}

TEST(Operator, IsToldOfADamagedLedgerAndNothingIsSent)
{
    Desk desk;
    const auto id = desk.tell(R"("later@x.org")");
    const auto ledger = (desk.folder() / "state/ledger.sqlite").string();
    ASSERT_EQ(test::run({"sqlite3", ledger, "UPDATE recipient SET address = 'ada@x.org'"}).status,
              0);
    const auto explained = desk.notifyhost({"explain", "mails", id});
    EXPECT_EQ(explained.status, 74);
    EXPECT_THAT(explained.error,
                AllOf(HasSubstr(ledger), HasSubstr("recipient 0 of delivery"),
                      HasSubstr("does not fit its checksum"), HasSubstr("Restore a backup")));
    desk.folder().write("peer.mended", "");
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 74);
    EXPECT_EQ(desk.taken(), "");
    ASSERT_EQ(test::run({"sqlite3", ledger, "PRAGMA user_version = 99"}).status, 0);
    for (const auto* verb : {"run", "status"}) {
        const auto newer = desk.notifyhost({verb, "mails"});
        EXPECT_EQ(newer.status, 78);
        EXPECT_THAT(newer.error, AllOf(HasSubstr(ledger), HasSubstr("Run the newer program")));
    }
}

} // namespace
} // namespace notifyhost::test
