#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::TaskState;
using test::Facility;
using test::Host;
using test::TroubledQueue;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// From the claim to RUNNING, and what goes back.
class RunnerClaimTest : public testing::Test {
protected:
    /// Leaves a task taken here, as a run that lost the queue leaves it.
    std::string leaveTaken(const std::string& address = "one@a.org")
    {
        const auto task = facility.addFor({address});
        host.queue.upset("RUNNING", TroubledQueue::Trouble::away);
        EXPECT_EQ(host.run().status, ExitStatus::unavailable);
        EXPECT_EQ(host.row(task).state, TaskState::taken);
        host.queue.forget();
        host.forgetLog();
        return task;
    }

    Facility facility;
    Host host{facility, "host"};
};

TEST_F(RunnerClaimTest, PutsRunningBeforeTheFirstDeliveryAndDoneAfterTheLast)
{
    const auto task = facility.addFor({"one@a.org", "two@a.org"});
    host.queue.before = [&](const std::string& call) {
        if (call == "RUNNING") {
            EXPECT_TRUE(facility.toldAll().empty());
            EXPECT_EQ(host.row(task).state, TaskState::taken);
        } else if (call == "DONE") {
            EXPECT_EQ(facility.toldAll().size(), 2U);
            EXPECT_EQ(host.row(task).state, TaskState::done);
        }
    };
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("RUNNING", "DONE"));
}

TEST_F(RunnerClaimTest, RecordsEveryTaskOfABatchBeforeAnythingElse)
{
    const auto one = facility.addFor({"one@a.org"});
    const auto two = facility.addFor({"two@a.org"});
    host.onLog() = [&](const std::string& line) {
        if (line.find("composing") != std::string::npos) {
            host.onLog() = {};
            EXPECT_EQ(host.row(one).state, TaskState::taken);
            EXPECT_EQ(host.row(two).state, TaskState::taken);
            EXPECT_EQ(host.row(one).begun, 1) << "an attempt counts before it is made";
        }
    };
    host.run();
    EXPECT_EQ(facility.toldAll().size(), 2U);
}

TEST_F(RunnerClaimTest, GoesOnWithAYoungClaimOfAnEarlierRun)
{
    const auto task = leaveTaken();
    host.clock.pass(59min);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("RUNNING", "DONE"));
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(RunnerClaimTest, LetsGoOfAnOldClaimAndSaysNothingToTheQueue)
{
    const auto task = leaveTaken();
    host.clock.pass(1h);
    const auto report = host.run();
    EXPECT_EQ(report.handsOff, 1);
    EXPECT_EQ(report.status, ExitStatus::later);
    EXPECT_EQ(host.row(task).state, TaskState::released);
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_TRUE(facility.toldAll().empty());
    EXPECT_THAT(host.logged(), HasSubstr("the stale watch gives it back"));
}

TEST_F(RunnerClaimTest, TakesAClaimOfAnotherBootForOld)
{
    const auto task = leaveTaken();
    // By chance the new boot is as old as the old one was, and a little more.
    host.clock.reboot(1000h + 10min);
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_EQ(host.row(task).state, TaskState::released);
    EXPECT_TRUE(facility.toldAll().empty());
}

TEST_F(RunnerClaimTest, JudgesAClaimsAgeByNoWallClock)
{
    leaveTaken("one@a.org");
    host.clock.stepWall(-24h * 365);
    EXPECT_EQ(host.run().done, 1);
    leaveTaken("two@a.org");
    host.clock.stepWall(2h);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.toldAll().size(), 2U);
}

TEST_F(RunnerClaimTest, CountsTheTimeOfTheClaimFromBeforeTheRequest)
{
    const auto task = facility.addFor({"one@a.org"});
    host.queue.before = [&](const std::string& call) {
        if (call == "claim") {
            host.queue.before = {};
            host.clock.pass(44min);
        }
    };
    host.queue.upset("RUNNING", TroubledQueue::Trouble::away);
    host.run();
    host.clock.pass(16min);
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_EQ(host.row(task).state, TaskState::released);
}

TEST_F(RunnerClaimTest, RepeatsRunningWhileTheClaimIsYoungWhereNoAnswerCame)
{
    const auto task = facility.addFor({"one@a.org"});
    host.queue.upset("RUNNING", TroubledQueue::Trouble::loseAnswer, 3);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_EQ(host.run().status, ExitStatus::unavailable);
        EXPECT_TRUE(facility.toldAll().empty());
        EXPECT_EQ(host.row(task).state, TaskState::taken);
        EXPECT_EQ(host.row(task).deaths, 0) << "an outage is no death";
        host.clock.pass(15min);
    }
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_THAT(host.queue.puts(task),
                ElementsAre("RUNNING", "RUNNING", "RUNNING", "RUNNING", "DONE"));
}

TEST_F(RunnerClaimTest, SaysThatThisHostMayHaveSetRunningItself)
{
    const auto task = facility.addFor({"one@a.org"});
    host.queue.upset("RUNNING", TroubledQueue::Trouble::loseAnswer);
    host.run();
    host.clock.pass(2h);
    host.queue.forget();
    const auto report = host.run();
    EXPECT_EQ(report.handsOff, 1);
    EXPECT_THAT(host.logged(), HasSubstr("RUNNING, which this host may have set"));
    EXPECT_THAT(host.logged(), HasSubstr("`notifyhost explain` tells what can be done"));
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_TRUE(facility.toldAll().empty());
}

TEST_F(RunnerClaimTest, KeepsItsHandsOffWhereRunningIsAcknowledgedTooLate)
{
    const auto task = facility.addFor({"one@a.org"});
    host.queue.after = [&](const std::string& call) {
        if (call == "RUNNING") {
            host.clock.sleep(1h);
        }
    };
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_EQ(host.row(task).state, TaskState::released);
    EXPECT_TRUE(facility.toldAll().empty());
    EXPECT_THAT(host.logged(), HasSubstr("`notifyhost explain` tells what can be done"));
}

TEST_F(RunnerClaimTest, KeepsItsHandsOffWhereTheQueueRefusesRunning)
{
    const auto bad = facility.addFor({"one@a.org"});
    const auto good = facility.addFor({"two@a.org"});
    host.queue.upset("RUNNING", TroubledQueue::Trouble::unknown);
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_EQ(host.row(bad).state, TaskState::released);
    EXPECT_EQ(host.row(good).state, TaskState::done);
    EXPECT_EQ(facility.toldAll().size(), 1U);
}

TEST_F(RunnerClaimTest, LeavesAloneWhatTheQueueShowsOtherwise)
{
    const auto taken = leaveTaken("one@a.org");
    const auto running = facility.addFor({"later@a.org"});
    host.run();
    ASSERT_EQ(host.row(running).state, TaskState::running);
    const auto third = leaveTaken("three@a.org");
    facility.put(third, failed);
    facility.put(running, claimed);
    facility.mendPeer();
    host.clock.pass(10min);
    host.queue.forget();
    host.forgetLog();
    EXPECT_EQ(host.run().handsOff, 2);
    EXPECT_EQ(host.row(third).state, TaskState::released);
    EXPECT_EQ(host.row(running).state, TaskState::running);
    EXPECT_THAT(host.queue.puts(running), IsEmpty());
    EXPECT_THAT(host.queue.puts(third), IsEmpty());
    EXPECT_THAT(host.logged(),
                HasSubstr("hands off: running here, but the queue shows it CLAIMED"));
    EXPECT_EQ(facility.told("later@a.org"), 0);
    EXPECT_EQ(host.row(taken).state, TaskState::done);
}

TEST_F(RunnerClaimTest, GivesBackWhatIsYoungAndUntouchedAtTheOperatorsWish)
{
    std::vector<std::string> tasks;
    for (int number = 0; number < 4; ++number) {
        tasks.push_back(facility.addFor({"reader" + std::to_string(number) + "@a.org"}));
    }
    host.onLog() = [&](const std::string& line) {
        if (line.find("accepted") != std::string::npos) {
            host.stop.request();
        }
    };
    host.queue.before = [&](const std::string& call) {
        if (call == "PENDING") {
            EXPECT_EQ(host.ledger()->tasks({TaskState::taken}).size() +
                          host.ledger()->tasks({TaskState::released}).size(),
                      3U);
        }
    };
    const auto report = host.run();
    EXPECT_EQ(report.givenBack, 3);
    EXPECT_EQ(facility.toldAll().size(), 1U);
    EXPECT_EQ(facility.status(tasks.front()), done);
    for (std::size_t number = 1; number < tasks.size(); ++number) {
        EXPECT_EQ(facility.status(tasks[number]), pending);
        EXPECT_EQ(host.row(tasks[number]).state, TaskState::released);
        EXPECT_THAT(host.queue.puts(tasks[number]), ElementsAre("PENDING"));
    }
}

TEST_F(RunnerClaimTest, HasReleasedOnRecordBeforePendingIsPut)
{
    const auto task = facility.addFor({"one@a.org"});
    host.queue.after = [&](const std::string& call) {
        if (call == "claim") {
            host.stop.request();
        }
    };
    host.queue.before = [&](const std::string& call) {
        if (call == "PENDING") {
            EXPECT_EQ(host.row(task).state, TaskState::released);
        }
    };
    EXPECT_EQ(host.run().givenBack, 1);
}

TEST_F(RunnerClaimTest, GivesNothingBackAfterSleepingSinceReleasedWasOnRecord)
{
    facility.addFor({"one@a.org"});
    const auto task = facility.addFor({"two@a.org"});
    host.queue.after = [&](const std::string& call) {
        if (call == "DONE") {
            host.stop.request();
            // The next that the ledger writes is that the other task is released.
            host.onLedgerTime() = [&] {
                host.onLedgerTime() = {};
                host.clock.sleep(2h);
            };
        }
    };
    const auto report = host.run();
    EXPECT_EQ(report.done, 1);
    EXPECT_EQ(report.givenBack, 0);
    EXPECT_EQ(host.row(task).state, TaskState::released);
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.status(task), claimed);
    EXPECT_THAT(host.logged(), HasSubstr("not given back: its claim grew older than an hour"));
}

TEST_F(RunnerClaimTest, GivesNothingBackThatAnEarlierRunHeld)
{
    // RUNNING may have arrived, and from there nothing goes back to PENDING.
    const auto task = facility.addFor({"one@a.org"});
    host.queue.upset("RUNNING", TroubledQueue::Trouble::loseAnswer);
    host.run();
    host.queue.forget();
    host.stop.request();
    host.run();
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.status(task), running);
    EXPECT_EQ(host.row(task).state, TaskState::taken);
}

TEST_F(RunnerClaimTest, GivesNothingBackOfWhichSomethingMayHaveLeft)
{
    // Running here with a delivery, put back to PENDING by hand, and claimed again.
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    EXPECT_EQ(host.run().waiting, 1);
    facility.put(task, pending);
    const auto untold = facility.addFor({"two@a.org"});
    host.queue.forget();
    host.queue.after = [&](const std::string& call) {
        if (call == "claim") {
            host.stop.request();
        }
    };
    EXPECT_EQ(host.run().givenBack, 1);
    EXPECT_THAT(host.queue.puts(untold), ElementsAre("PENDING"));
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.status(task), claimed);
    EXPECT_EQ(host.row(task).state, TaskState::taken);
}

TEST_F(RunnerClaimTest, GivesBackWhatItsTimeDoesNotSufficeFor)
{
    const auto one = facility.addFor({"one@a.org"});
    const auto two = facility.addFor({"two@a.org"});
    const auto three = facility.addFor({"three@a.org"});
    static_cast<void>(one);
    host.queue.after = [&](const std::string& call) {
        if (call == "DONE") {
            host.clock.pass(45min);
        }
    };
    EXPECT_EQ(host.run().givenBack, 2);
    EXPECT_EQ(facility.toldAll().size(), 1U);
    EXPECT_EQ(facility.status(two), pending);
    EXPECT_EQ(facility.status(three), pending);
}

TEST_F(RunnerClaimTest, TakesAReleasedTaskUpOnlyByANewClaim)
{
    const auto task = leaveTaken();
    host.clock.pass(2h);
    host.run();
    ASSERT_EQ(host.row(task).state, TaskState::released);
    for (const auto shown : {claimed, running}) {
        facility.put(task, shown);
        host.queue.forget();
        host.run();
        EXPECT_THAT(host.queue.puts(task), IsEmpty());
        EXPECT_EQ(host.row(task).state, TaskState::released);
    }
    facility.put(task, pending);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(RunnerClaimTest, ClaimsUntilTheQueueIsDrained)
{
    Host small(facility, "small", "claim_size = 3\n");
    for (int number = 0; number < 10; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    EXPECT_EQ(small.run().done, 10);
    EXPECT_EQ(small.queue.count("claim"), 5);
}

TEST_F(RunnerClaimTest, StopsQuietlyWhereTheAnswerToAClaimIsLost)
{
    const auto task = facility.addFor({"one@a.org"});
    host.run();
    const auto second = facility.addFor({"two@a.org"});
    host.queue.upset("claim", TroubledQueue::Trouble::loseAnswer);
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_EQ(host.queue.count("PENDING"), 0);
    EXPECT_FALSE(host.ledger()->task(second));
    // Claimed for nobody: the stale watch finds it.
    host.runFor(6h + 15min, 15min);
    EXPECT_THAT(host.queue.puts(second), ElementsAre("PENDING", "RUNNING", "DONE"));
    EXPECT_EQ(facility.told("two@a.org"), 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerClaimTest, ClaimsNothingWithAWrongConfiguration)
{
    const auto task = facility.addFor({"one@a.org"});
    std::filesystem::remove(facility.folder() / "templates/scripted_source/text.mustache");
    EXPECT_THROW(host.run(), message::TemplateError);
    EXPECT_EQ(facility.status(task), pending);
}

} // namespace
} // namespace notifyhost::host
