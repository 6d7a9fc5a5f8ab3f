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
using testing::HasSubstr;
using testing::IsEmpty;

/// Services that fail as a whole: the run stops, keeps what it holds, and spends nothing.
class RunnerOutageTest : public testing::Test {
protected:
    Facility facility;
    Host host{facility, "host", "claim_size = 2\n"};
};

TEST_F(RunnerOutageTest, StopsClaimingAndKeepsWhatItHoldsWhenThePeerIsDown)
{
    const auto task = facility.addFor({"down@a.org"});
    const auto beside = facility.addFor({"one@a.org"});
    const auto behind = facility.addFor({"two@a.org"});
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::unavailable);
    EXPECT_EQ(host.queue.count("claim"), 1);
    EXPECT_EQ(host.queue.count("PENDING"), 0);
    EXPECT_EQ(facility.status(behind), pending);
    EXPECT_EQ(host.row(beside).state, TaskState::running) << "held, however long the outage lasts";
    EXPECT_EQ(facility.status(beside), running);
    const auto recipient = host.recipient(task, "down@a.org");
    EXPECT_EQ(recipient.state, DeliveryState::composed);
    EXPECT_EQ(recipient.attempts, 0);
    EXPECT_FALSE(recipient.nextAttempt);
    EXPECT_THAT(host.logged(), HasSubstr("transport 'peer': the peer is down"));

    facility.mendPeer();
    EXPECT_EQ(host.run().done, 3) << "at once: nothing was counted";
    EXPECT_EQ(facility.toldAll().size(), 3U);
}

TEST_F(RunnerOutageTest, SaysThatThePeerRefusesWhoWeAre)
{
    facility.addFor({"login@a.org"});
    EXPECT_EQ(host.run().status, ExitStatus::credentials);
    EXPECT_EQ(host.queue.count("claim"), 1);
}

TEST_F(RunnerOutageTest, KeepsWhatItHoldsWhenAServiceOfTheSourceIsDown)
{
    const auto task = facility.addFailing("dry", "down");
    const auto beside = facility.addFor({"one@a.org"});
    const auto behind = facility.addFor({"two@a.org"});
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_EQ(host.queue.count("claim"), 1);
    EXPECT_EQ(host.row(task).begun, 0) << "unspent";
    EXPECT_EQ(host.row(task).deaths, 0);
    EXPECT_EQ(host.row(task).state, TaskState::running);
    EXPECT_EQ(host.row(beside).state, TaskState::running);
    EXPECT_EQ(facility.status(beside), running);
    EXPECT_EQ(facility.status(behind), pending);
    facility.mendSource();
    host.clock.pass(70min);
    EXPECT_EQ(host.run().done, 3) << "also when the claim's hour is over";
    EXPECT_EQ(host.queue.count("PENDING"), 0);
}

TEST_F(RunnerOutageTest, LetsTheOthersGoBeforeTheTaskThatHasStoppedARun)
{
    const auto task = facility.addFailing("dry", "down");
    const auto beside = facility.addFor({"one@a.org"});
    const auto behind = facility.addFor({"two@a.org"});
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_EQ(facility.status(beside), running);
    for (int count = 0; count < 3; ++count) {
        host.clock.pass(10min);
        EXPECT_EQ(host.run().status, ExitStatus::unavailable) << "it is still tried, behind them";
    }
    EXPECT_EQ(facility.status(beside), done);
    EXPECT_EQ(facility.status(behind), done);
    EXPECT_EQ(host.row(task).begun, 0) << "unspent";
    facility.mendSource();
    EXPECT_EQ(host.run().done, 1);
}

TEST_F(RunnerOutageTest, LeavesAYoungClaimAsItIsWhereTheQueueIsAwayToo)
{
    facility.addFor({"down@a.org"});
    const auto beside = facility.addFor({"one@a.org"});
    host.queue.upset("RUNNING", TroubledQueue::Trouble::away);
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_EQ(host.row(beside).state, TaskState::taken);
    EXPECT_EQ(facility.status(beside), claimed);
    facility.mendPeer();
    EXPECT_EQ(host.run().done, 2);
}

TEST_F(RunnerOutageTest, StopsWhereEverybodyIsRefusedInTheSameWordsAndTellsAllOnceThatIsMended)
{
    facility.folder().write("peer.refuses", "never");
    std::vector<std::string> tasks;
    for (int number = 0; number < 8; ++number) {
        tasks.push_back(facility.addFor({"reader" + std::to_string(number) + "@a.org"}));
    }
    Host site(facility, "site", "claim_size = 8\n");
    auto report = site.run();
    EXPECT_EQ(report.failed, 5);
    EXPECT_EQ(report.status, ExitStatus::someFailed);
    EXPECT_THAT(site.logged(), HasSubstr("5 tasks in a row were refused in the same words"));
    EXPECT_THAT(site.logged(), HasSubstr("no such user"));
    EXPECT_THAT(site.logged(), HasSubstr("`notifyhost retry mails --failed --yes`"));
    for (int count = 0; count < 4; ++count) {
        site.clock.pass(10min);
        report = site.run();
        EXPECT_EQ(report.failed, 0) << "nobody else is given up";
        EXPECT_EQ(report.status, ExitStatus::later);
    }
    std::filesystem::remove(facility.folder() / "peer.refuses");
    site.clock.pass(5h);
    report = site.run();
    EXPECT_EQ(report.done, 3);
    EXPECT_FALSE(site.ledger()->suspicion());
}

TEST_F(RunnerOutageTest, SuspectsNothingWhereSomebodyIsToldInBetween)
{
    for (int number = 0; number < 12; ++number) {
        const std::string name = number % 3 == 2 ? "good" : "never";
        facility.addFor({name + "@a" + std::to_string(number) + ".org"});
    }
    Host site(facility, "site", "claim_size = 20\n");
    const auto report = site.run();
    EXPECT_EQ(report.failed, 8);
    EXPECT_EQ(report.done, 4);
}

TEST_F(RunnerOutageTest, SaysThatAServiceOfTheSourceRefusesWhoWeAre)
{
    facility.addFailing("dry", "login");
    EXPECT_EQ(host.run().status, ExitStatus::credentials);
}

TEST_F(RunnerOutageTest, BeginsNothingWithoutTheQueue)
{
    const auto task = facility.addFor({"later@a.org"});
    host.run();
    facility.mendPeer();
    host.clock.pass(10min);
    host.queue.upsetAll(TroubledQueue::Trouble::away);
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_TRUE(facility.toldAll().empty()) << "what it holds is told only while the queue agrees";
    host.queue.calm();
    host.queue.upsetAll(TroubledQueue::Trouble::login);
    EXPECT_EQ(host.run().status, ExitStatus::credentials);
    host.queue.calm();
    host.queue.upset("list", TroubledQueue::Trouble::unknown);
    EXPECT_EQ(host.run().status, ExitStatus::configuration);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(RunnerOutageTest, StopsWhereTheQueueCannotBeToldHowATaskEnded)
{
    facility.addFor({"one@a.org"});
    const auto second = facility.addFor({"two@a.org"});
    host.queue.upset("DONE", TroubledQueue::Trouble::away);
    EXPECT_EQ(host.run().status, ExitStatus::unavailable);
    EXPECT_EQ(facility.toldAll().size(), 1U);
    EXPECT_EQ(host.row(second).state, TaskState::taken);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.toldAll().size(), 2U);
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(RunnerOutageTest, AsksAQueueThatIsGoneOnceAndNotOnceAWorker)
{
    Host busy(facility, "busy", "workers = 8\n");
    for (int number = 0; number < 16; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    busy.queue.upset("RUNNING", TroubledQueue::Trouble::away, 100);
    EXPECT_EQ(busy.run().status, ExitStatus::unavailable);
    EXPECT_EQ(busy.queue.count("RUNNING"), 1);
    EXPECT_TRUE(facility.toldAll().empty());
    busy.queue.calm();
    EXPECT_EQ(busy.run().done, 16);
    busy.queue.forget();
    busy.queue.upset("DONE", TroubledQueue::Trouble::away, 100);
    for (int number = 16; number < 32; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    EXPECT_EQ(busy.run().status, ExitStatus::unavailable);
    EXPECT_EQ(busy.queue.count("DONE"), 1);
    busy.queue.calm();
    busy.run();
    EXPECT_EQ(facility.toldAll().size(), 32U);
}

TEST_F(RunnerOutageTest, KeepsGoingAfterAFaultOfTheSource)
{
    const auto bad = facility.addFailing("odd", "throw");
    const auto twice = facility.addFailing("double", "twice");
    const auto good = facility.addFor({"one@a.org"});
    const auto report = host.run();
    EXPECT_EQ(report.status, ExitStatus::fault);
    EXPECT_EQ(report.done, 1);
    EXPECT_EQ(facility.status(good), done);
    EXPECT_THAT(host.row(bad).reason, HasSubstr("fault of the source 'script': the script throws"));
    EXPECT_THAT(host.row(twice).reason, HasSubstr("keys are unique"));
    EXPECT_EQ(facility.toldAll().size(), 1U);
}

TEST_F(RunnerOutageTest, FinishesWhatIsUnderWayWithSeveralWorkers)
{
    Host busy(facility, "busy", "workers = 8\nclaim_size = 50\n");
    for (int number = 0; number < 40; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    facility.addFor({"down@a.org"});
    for (int number = 40; number < 80; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@a.org"});
    }
    EXPECT_EQ(busy.run().status, ExitStatus::unavailable);
    facility.mendPeer();
    EXPECT_EQ(busy.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.toldAll().size(), 81U);
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_EQ(times, 1) << address;
    }
    EXPECT_THAT(busy.ledger()->tasks({TaskState::taken, TaskState::running}), IsEmpty());
}

} // namespace
} // namespace notifyhost::host
