#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using ledger::DeliveryState;
using test::Facility;
using test::Host;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Days in milliseconds, and clocks that are set.
class RunnerTimeTest : public testing::Test {
protected:
    Facility facility;
    Host host{facility, "host"};
};

TEST_F(RunnerTimeTest, TriesForFiveDaysWithGrowingPauses)
{
    const auto task = facility.addFor({"later@a.org"});
    std::vector<std::chrono::hours> attempts;
    const auto begin = host.clock.wall();
    host.onLog() = [&](const std::string& line) {
        if (line.find("greeting") != std::string::npos) {
            attempts.push_back(std::chrono::floor<std::chrono::hours>(host.clock.wall() - begin));
        }
    };
    host.run();
    host.runFor(24h * 6, 1h);
    // Every hour at first, then every four, since the pause has grown to 3:30 h.
    EXPECT_GE(attempts.size(), 30U);
    EXPECT_LE(attempts.size(), 38U);
    EXPECT_LE(attempts.back(), 120h);
    EXPECT_EQ(facility.status(task), failed);
    EXPECT_EQ(host.recipient(task, "later@a.org").state, DeliveryState::expired);
}

TEST_F(RunnerTimeTest, EndsWhatIsFinalHoweverOldItIs)
{
    int number = 0;
    // Within its budget, after it, and when another host may have taken over what is not final.
    for (const auto age : {1h, 24h * 5 + 1h, 24h * 6 + 1h}) {
        const auto told = "told" + std::to_string(++number) + "@a.org";
        const auto task = facility.addFor({told, "later@a.org"});
        EXPECT_EQ(host.run().waiting, 1);
        host.ledger()->cancel(task, "by the operator", ledger::Ledger::Budget::asItIs);
        host.clock.pass(age);
        host.forgetLog();
        host.queue.forget();
        const auto report = host.run();
        EXPECT_EQ(report.done, 1) << number;
        EXPECT_EQ(report.handsOff, 0) << number;
        EXPECT_THAT(host.queue.puts(task), ElementsAre("DONE")) << number;
        EXPECT_EQ(host.recipient(task, "later@a.org").state, DeliveryState::cancelled) << number;
        EXPECT_THAT(host.logged(), testing::Not(HasSubstr("given up"))) << number;
        EXPECT_EQ(facility.told(told), 1) << number;
    }
}

TEST_F(RunnerTimeTest, ExpiresWhatIsNotFinalOnlyAsLongAsItIsThisHosts)
{
    const auto task = facility.addFor({"told@a.org", "later@a.org"});
    const auto silent = facility.addFor({"told@b.org", "later@b.org"});
    host.run();
    host.clock.pass(24h * 5 + 1h);
    facility.put(silent, claimed);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(host.recipient(task, "later@a.org").state, DeliveryState::expired);
    facility.put(silent, running);
    host.clock.pass(24h);
    host.queue.forget();
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_EQ(host.recipient(silent, "later@b.org").state, DeliveryState::deferred);
    EXPECT_THAT(host.queue.puts(silent), IsEmpty());
}

TEST_F(RunnerTimeTest, ComposesAgainWithGrowingPauses)
{
    const auto task = facility.addFailing("slow", "later");
    host.run();
    host.runFor(6h, 5min);
    // At 0, 10, 20, 40, 80, 160 and 320 minutes.
    EXPECT_EQ(facility.composed().size(), 7U);
    EXPECT_EQ(facility.status(task), running);
}

TEST_F(RunnerTimeTest, RevivesNoBudgetWhenTheWallClockIsSteppedBack)
{
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    host.clock.pass(24h * 6 + 1s);
    EXPECT_EQ(host.run().handsOff, 1);
    host.clock.stepWall(-24h * 5);
    facility.mendPeer();
    host.queue.forget();
    EXPECT_EQ(host.run().handsOff, 1);
    EXPECT_TRUE(facility.toldAll().empty());
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
}

TEST_F(RunnerTimeTest, TellsNewTasksAlsoAfterAClockThatRanYearsAhead)
{
    host.clock.stepWall(24h * 3650);
    host.run();
    host.clock.stepWall(-24h * 3650);
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    EXPECT_EQ(host.run().waiting, 1);
    EXPECT_EQ(facility.told("one@a.org"), 1);
    facility.mendPeer();
    host.clock.pass(10min);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerTimeTest, DoesNotWaitYearsForAnAttemptThatAWrongClockSet)
{
    host.clock.stepWall(24h * 365);
    const auto later = facility.addFor({"later@a.org"});
    const auto slow = facility.addFailing("slow", "later");
    host.run();
    host.clock.stepWall(-24h * 365);
    facility.mendPeer();
    facility.mendSource();
    host.clock.pass(15min);
    EXPECT_EQ(host.run().done, 2);
    EXPECT_EQ(facility.status(later), done);
    EXPECT_EQ(facility.status(slow), done);
}

TEST_F(RunnerTimeTest, LosesNothingToAClockThatWasAheadOnce)
{
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    host.clock.pass(10min);
    host.clock.stepWall(24h * 30);
    host.run();
    EXPECT_THAT(host.logged(), HasSubstr("the wall clock has jumped by 43200 minutes"));
    EXPECT_EQ(host.row(task).state, ledger::TaskState::running) << "not given up";
    host.forgetLog();
    host.clock.pass(10min);
    host.run();
    EXPECT_THAT(host.logged(), Not(HasSubstr("jumped"))) << "said once";
    host.clock.stepWall(-24h * 30);
    const auto after = facility.addFor({"later@b.org"});
    host.clock.pass(10min);
    host.run();
    host.clock.pass(24h * 5 + 1h);
    EXPECT_EQ(host.run().failed, 2) << "each after its own five days";
    EXPECT_EQ(facility.status(after), failed);
}

TEST_F(RunnerTimeTest, LetsTheOperatorTryAgainWhateverTheClockDid)
{
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    host.clock.pass(24h * 7);
    EXPECT_EQ(host.run().handsOff, 1);
    host.clock.stepWall(24h * 365);
    EXPECT_EQ(host.run().handsOff, 1);
    facility.mendPeer();
    host.ledger()->retry(task);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerTimeTest, EndsInTimeThoughTheWallClockIsSteppedBack)
{
    for (int number = 0; number < 4; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    host.queue.after = [&](const std::string& call) {
        if (call == "DONE") {
            host.clock.pass(30min);
            host.clock.stepWall(-2h);
        }
    };
    EXPECT_EQ(host.run().done, 2);
}

} // namespace
} // namespace notifyhost::host
