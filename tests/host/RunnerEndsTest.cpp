#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::DeliveryState;
using ledger::TaskState;
using test::Facility;
using test::Host;
using test::TroubledQueue;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// How tasks end, and what the queue hears of it.
class RunnerEndsTest : public testing::Test {
protected:
    Facility facility;
    Host host{facility, "host"};
};

TEST_F(RunnerEndsTest, EndsInPartWhereOneOfTwoIsRefused)
{
    const auto task = facility.addFor({"one@a.org", "never@a.org"});
    const auto report = host.run();
    EXPECT_EQ(report.done, 1);
    EXPECT_EQ(report.partial, 1);
    EXPECT_EQ(report.accepted, 1);
    EXPECT_EQ(report.status, ExitStatus::someFailed);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerEndsTest, FailsWhereAllAreRefused)
{
    const auto task = facility.addFor({"never@a.org", "never@b.org"});
    const auto report = host.run();
    EXPECT_EQ(report.failed, 1);
    EXPECT_EQ(report.status, ExitStatus::someFailed);
    EXPECT_EQ(facility.status(task), failed);
    EXPECT_EQ(host.row(task).state, TaskState::failed);
}

TEST_F(RunnerEndsTest, IsDoneWithNobodyToTell)
{
    const auto task = facility.addFor({});
    const auto report = host.run();
    EXPECT_EQ(report.nobody, 1);
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(facility.status(task), done);
    EXPECT_EQ(host.row(task).reason, "nobody to tell");
}

TEST_F(RunnerEndsTest, FailsWhereNoAddressIsUsable)
{
    const auto task = facility.addFor({"nobody", ""});
    EXPECT_EQ(host.run().failed, 1);
    EXPECT_EQ(facility.status(task), failed);
    EXPECT_THAT(host.logged(), HasSubstr("a recipient cannot be told"));
}

TEST_F(RunnerEndsTest, FailsWhatCanNeverBeComposed)
{
    const auto task = facility.addFailing("odd", "never");
    EXPECT_EQ(host.run().failed, 1);
    EXPECT_EQ(facility.status(task), failed);
    EXPECT_THAT(host.logged(), HasSubstr("cannot be composed, ever: news: the script says never"));
}

TEST_F(RunnerEndsTest, SaysAKeyOnceWhereTheReasonBeginsWithIt)
{
    const auto task =
        facility.add(R"({"notifications":[{"key":"the script","fail":"later","to":[]}]})");
    host.run();
    EXPECT_EQ(host.row(task).reason, "the script says later");
}

TEST_F(RunnerEndsTest, TellsTwoAndComposesOnlyTheThirdAgain)
{
    const auto task = facility.add(
        R"({"notifications":[{"key":"a","to":["one@a.org"]},)"
        R"({"key":"b","fail":"later","to":["two@a.org"]},{"key":"c","to":["three@a.org"]}]})");
    EXPECT_EQ(host.run().waiting, 1);
    EXPECT_THAT(facility.composed(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(facility.toldAll().size(), 2U);
    EXPECT_EQ(facility.status(task), running);
    EXPECT_THAT(host.row(task).reason, HasSubstr("b: the script says later"));

    host.clock.pass(1min);
    host.run();
    EXPECT_THAT(facility.composed(), ElementsAre("a", "b", "c")) << "it is not due";

    host.clock.pass(10min);
    facility.mendSource();
    EXPECT_EQ(host.run().done, 1);
    EXPECT_THAT(facility.composed(), ElementsAre("a", "b", "c", "b"));
    EXPECT_THAT(facility.toldAll(),
                ElementsAre(testing::Pair("one@a.org", 1), testing::Pair("three@a.org", 1),
                            testing::Pair("two@a.org", 1)));
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerEndsTest, GivesUpWhenTheBudgetIsSpent)
{
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    host.clock.pass(24h * 5);
    EXPECT_EQ(host.run().waiting, 1);
    host.clock.pass(1s);
    const auto report = host.run();
    EXPECT_EQ(report.failed, 1);
    EXPECT_EQ(report.status, ExitStatus::someFailed);
    EXPECT_EQ(facility.status(task), failed);
    const auto recipient = host.recipient(task, "later@a.org");
    EXPECT_EQ(recipient.state, DeliveryState::expired);
    EXPECT_EQ(recipient.reason, "give_up_after is over; the last word was: try later");
    EXPECT_EQ(recipient.attempts, 2);
}

TEST_F(RunnerEndsTest, IsDoneInPartWhereTheBudgetOfTheOthersIsSpent)
{
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    host.run();
    host.clock.pass(24h * 5 + 1s);
    const auto report = host.run();
    EXPECT_EQ(report.done, 1);
    EXPECT_EQ(report.partial, 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerEndsTest, GivesUpWhatCouldNotBeComposedInTime)
{
    const auto task = facility.addFailing("odd", "later");
    host.run();
    EXPECT_EQ(facility.status(task), running) << "from the first attempt on it is ours";
    host.clock.pass(24h * 5 + 1s);
    EXPECT_EQ(host.run().failed, 1);
    EXPECT_EQ(facility.status(task), failed);
    EXPECT_THAT(host.logged(), HasSubstr("given up: give_up_after is over; the last word was: "
                                         "news: the script says later"));
}

TEST_F(RunnerEndsTest, LooksForTheEndBeforeItLooksAtTheBudget)
{
    // One is told; the operator cancels the rest between two runs.
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    host.run();
    EXPECT_EQ(host.ledger()->cancel(task, "told by telephone", ledger::Ledger::Budget::asItIs), 1);
    ASSERT_EQ(host.row(task).state, TaskState::running);
    host.clock.pass(24h * 30);
    const auto report = host.run();
    EXPECT_EQ(report.done, 1);
    EXPECT_EQ(report.partial, 0) << "what the operator cancelled is not lost";
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(facility.status(task), done);
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(RunnerEndsTest, CountsATaskThatWasCancelledWholeAsNoFailure)
{
    const auto task = facility.addFor({"later@a.org", "wish@a.org"});
    host.run();
    host.ledger()->cancel(task, "unwanted", ledger::Ledger::Budget::asItIs);
    const auto report = host.run();
    EXPECT_EQ(report.failed, 0);
    EXPECT_EQ(report.cancelled, 1);
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_EQ(facility.status(task), failed) << "nobody was told";
    // Where somebody was refused beside it, that is a failure as ever.
    const auto other = facility.addFor({"never@a.org", "later@a.org"});
    host.run();
    host.ledger()->cancel(other, "unwanted", ledger::Ledger::Budget::asItIs);
    EXPECT_EQ(host.run().failed, 1);
}

TEST_F(RunnerEndsTest, SaysNothingButDoneAfterTheBudgetAndADay)
{
    // Nobody is told; the operator cancels between two runs.
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    EXPECT_EQ(host.ledger()->cancel(task, "told by telephone", ledger::Ledger::Budget::asItIs), 1);
    host.queue.forget();
    host.clock.pass(24h * 6 + 1s);
    const auto report = host.run();
    EXPECT_EQ(report.failed, 0);
    EXPECT_EQ(report.handsOff, 1);
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.status(task), running);
}

TEST_F(RunnerEndsTest, SendsNothingAfterTheBudgetAndADay)
{
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    facility.mendPeer();
    host.clock.pass(24h * 6 + 1s);
    host.queue.forget();
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_TRUE(facility.toldAll().empty());
    EXPECT_THAT(host.logged(), HasSubstr("another host may have taken it over"));
}

TEST_F(RunnerEndsTest, LooksAtTheBudgetBeforeEachAttempt)
{
    // The machine sleeps for six days between two deliveries of one task.
    Host patient(facility, "patient", "max_run_minutes = 10080\n");
    const auto task = facility.addFor({"later@a.org", "later@b.org"});
    patient.run();
    facility.mendPeer();
    patient.clock.pass(10min);
    patient.onLog() = [&](const std::string& line) {
        if (line.find("accepted") != std::string::npos) {
            patient.clock.sleep(24h * 6 + 1h);
        }
    };
    patient.run();
    EXPECT_EQ(facility.toldAll().size(), 1U);
    EXPECT_EQ(facility.status(task), running);
}

TEST_F(RunnerEndsTest, TellsTheQueueDoneAgainWhereItDidNotHear)
{
    const auto task = facility.addFor({"one@a.org"});
    host.queue.upset("DONE", TroubledQueue::Trouble::loseRequest);
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_EQ(facility.status(task), running);
    EXPECT_EQ(host.row(task).state, TaskState::done);
    host.clock.pass(24h * 60);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.status(task), done);
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(RunnerEndsTest, TellsTheQueueFailedAgainOnlyWhileNobodyCanHaveTakenOver)
{
    const auto task = facility.addFor({"never@a.org"});
    host.queue.upset("FAILED", TroubledQueue::Trouble::loseRequest, 2);
    host.run();
    host.clock.pass(24h * 6);
    host.run();
    EXPECT_EQ(host.queue.count("FAILED"), 2);
    host.clock.pass(1s);
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_EQ(host.queue.count("FAILED"), 2);
    EXPECT_EQ(facility.status(task), running);
}

TEST_F(RunnerEndsTest, TellsTheQueueAgainWhereSomebodyPutADoneTaskBack)
{
    const auto task = facility.addFor({"one@a.org"});
    host.run();
    for (const auto shown : {pending, claimed, running}) {
        facility.put(task, shown);
        host.run();
        EXPECT_EQ(facility.status(task), done);
    }
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_THAT(host.logged(), HasSubstr("was put back to PENDING by somebody"));
}

TEST_F(RunnerEndsTest, LetsOneTaskThatTheQueueForgotStopNoOther)
{
    facility.addFor({"one@a.org"});
    const auto good = facility.addFor({"two@a.org"});
    host.queue.upset("DONE", TroubledQueue::Trouble::unknown);
    const auto report = host.run();
    EXPECT_EQ(report.done, 2);
    EXPECT_EQ(report.status, ExitStatus::someFailed);
    EXPECT_EQ(facility.status(good), done);
}

TEST_F(RunnerEndsTest, GoesOnWithAPutBackTaskThatItHolds)
{
    // Somebody puts a RUNNING task back: this host claims it and tells only whom it has not told.
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    host.run();
    facility.put(task, pending);
    facility.mendPeer();
    host.clock.pass(10min);
    host.run();
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_EQ(facility.told("later@a.org"), 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerEndsTest, SendsTheSameBytesAtEveryAttempt)
{
    const auto task = facility.addFor({"doubt@a.org"});
    host.run();
    host.clock.pass(24h);
    facility.mendPeer();
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("doubt@a.org"), 2);
    EXPECT_EQ(facility.different("doubt@a.org"), 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerEndsTest, TriesAgainWhatFailedWhenTheOperatorSaysSo)
{
    const auto refused = facility.addFor({"one@a.org", "never@a.org"});
    const auto expired = facility.addFailing("slow", "later");
    host.run();
    host.clock.pass(24h * 5 + 1s);
    host.run();
    ASSERT_EQ(facility.status(expired), failed);
    facility.mendSource();
    facility.mendPeer();
    facility.put(expired, running);
    facility.put(refused, running);
    host.ledger()->retry(expired);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.status(expired), done);
    EXPECT_EQ(facility.told("slow@example.org"), 1) << "what was never frozen is composed anew";
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(RunnerEndsTest, StopsWhenItsTimeIsOverAndGoesOnNextTime)
{
    for (int number = 0; number < 3; ++number) {
        facility.addFor({"later@a" + std::to_string(number) + ".org"});
    }
    host.run();
    facility.mendPeer();
    host.clock.pass(10min);
    host.queue.after = [&](const std::string& call) {
        if (call == "DONE") {
            host.clock.sleep(45min);
        }
    };
    EXPECT_EQ(host.run().done, 1) << "time asleep counts";
    host.queue.after = {};
    EXPECT_EQ(host.run().done, 2);
    EXPECT_EQ(facility.toldAll().size(), 3U);
}

} // namespace
} // namespace notifyhost::host
