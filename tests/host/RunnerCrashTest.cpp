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
using testing::HasSubstr;

/// Tasks that end the process, and tasks that stand in the way of others.
class RunnerCrashTest : public testing::Test {
protected:
    Facility facility;
    Host host{facility, "host"};
};

TEST_F(RunnerCrashTest, TellsAGoodTaskBehindAHundredBadOnesAndOneThatEndsTheProcess)
{
    std::vector<std::string> bad;
    for (int number = 0; number < 100; ++number) {
        bad.push_back(facility.addFailing("slow" + std::to_string(number), "later"));
    }
    const auto deadly = facility.addFailing("deadly", "crash");
    const auto good = facility.addFor({"good@a.org"});

    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    EXPECT_EQ(facility.told("good@a.org"), 0);
    // The deadly one comes last from now on, so the good one is told before the next death.
    host.clock.pass(15min);
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    EXPECT_EQ(facility.told("good@a.org"), 1);
    EXPECT_EQ(facility.status(good), done);
    host.clock.pass(15min);
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    host.clock.pass(15min);
    EXPECT_EQ(host.runInChild().signal, 0) << "three deaths are enough";
    EXPECT_EQ(facility.status(deadly), failed);

    host.clock.pass(24h * 5);
    EXPECT_EQ(host.run().failed, 100);
    for (const auto& task : bad) {
        EXPECT_EQ(facility.status(task), failed);
    }
    EXPECT_EQ(facility.toldAll().size(), 1U);
}

TEST_F(RunnerCrashTest, CountsAnAttemptThatDiedAlsoWhereTheClaimWasLetGo)
{
    const auto task = facility.addFailing("deadly", "crash");
    for (int death = 1; death <= 3; ++death) {
        EXPECT_EQ(host.runInChild().signal, SIGKILL);
        host.clock.pass(2h);
        host.run();
        ASSERT_EQ(host.row(task).state, TaskState::released);
        EXPECT_EQ(host.row(task).deaths, death);
        facility.put(task, pending);
    }
    EXPECT_EQ(host.run().failed, 1);
    EXPECT_EQ(facility.status(task), failed);
    EXPECT_THAT(host.logged(), HasSubstr("working on it ended the process 3 times in a row"));
}

TEST_F(RunnerCrashTest, WorksOnANewlyClaimedTaskThatDiedBeforeLastToo)
{
    const auto task = facility.addFailing("deadly", "crash");
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    host.clock.pass(2h);
    host.run();
    facility.put(task, pending);
    facility.addFor({"good@a.org"});
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    EXPECT_EQ(facility.told("good@a.org"), 1);
}

TEST_F(RunnerCrashTest, CountsNoDeathOfTasksThatShareBatchesWithADeadlyOne)
{
    Host busy(facility, "busy", "workers = 4\n");
    std::vector<std::string> tasks{facility.addFailing("deadly", "crash")};
    for (const auto* address : {"one@a.org", "two@a.org", "three@a.org"}) {
        tasks.push_back(facility.addFor({address}));
    }
    // All four were in work when the process ended, and were let go and put back since.
    {
        const auto ledger = busy.ledger();
        ledger->taken(facility.queue().claim(porchPipeline(busy.pipeline()), 4),
                      busy.clock.claimTime());
        for (const auto& task : tasks) {
            ledger->attemptBegun(task);
        }
    }
    busy.clock.pass(2h);
    busy.run();
    for (const auto& task : tasks) {
        ASSERT_EQ(busy.row(task).deaths, 1);
        facility.put(task, pending);
    }
    std::size_t told = 0;
    for (int death = 2; death <= 3; ++death) {
        EXPECT_EQ(busy.runInChild().signal, SIGKILL);
        busy.ledger()->recover(false);
        for (std::size_t number = 1; number < tasks.size(); ++number) {
            EXPECT_LE(busy.row(tasks[number]).deaths, 1);
        }
        EXPECT_EQ(busy.row(tasks.front()).deaths, death);
        told = facility.toldAll().size();
    }
    EXPECT_EQ(told, 3U);
    EXPECT_EQ(busy.run().failed, 1);
    EXPECT_EQ(facility.status(tasks.front()), failed);
}

TEST_F(RunnerCrashTest, WorksLastOnWhatDiedMostOften)
{
    const auto add = [&](const std::string& key) {
        return facility.add(R"({"notifications":[{"key":")" + key + R"(","to":["one@a.org"]}]})");
    };
    const auto often = add("died twice");
    const auto once = add("died once");
    {
        const auto ledger = host.ledger();
        ledger->taken(facility.queue().claim(porchPipeline(host.pipeline()), 2),
                      host.clock.claimTime());
        ledger->attemptBegun(often);
        ledger->recover(false);
        ledger->attemptBegun(often);
        ledger->attemptBegun(once);
    }
    add("never died");
    EXPECT_EQ(host.run().done, 3);
    EXPECT_THAT(facility.composed(), testing::ElementsAre("never died", "died once", "died twice"));
}

TEST_F(RunnerCrashTest, HoldsADeliveryThatEndsTheProcessAfterItsCommitPointASecondTime)
{
    const auto task = facility.addFor({"crash@a.org", "good@a.org"});
    int deaths = 0;
    while (host.runInChild().signal == SIGKILL) {
        ASSERT_LT(++deaths, 10);
        host.clock.pass(15min);
    }
    EXPECT_EQ(deaths, 2);
    EXPECT_EQ(facility.told("crash@a.org"), 2);
    EXPECT_EQ(facility.different("crash@a.org"), 1);
    const auto recipient = host.recipient(task, "crash@a.org");
    EXPECT_EQ(recipient.state, ledger::DeliveryState::held);
    EXPECT_EQ(recipient.copies, 1);
    EXPECT_THAT(recipient.reason, HasSubstr("may have arrived"));
    EXPECT_EQ(facility.told("good@a.org"), 1) << "the other is told all the same";
    EXPECT_EQ(facility.status(task), running);
    host.clock.pass(24h);
    EXPECT_EQ(host.run().held, 1);
    EXPECT_EQ(facility.told("crash@a.org"), 2) << "only the operator sends a third";
}

TEST_F(RunnerCrashTest, DoesNotLetADeliveryThatEndsTheProcessBlockWhatWaitsBehindIt)
{
    const auto deadly = facility.addFor({"die@a.org"});
    const auto good = facility.addFor({"good@a.org"});
    int deaths = 0;
    while (host.runInChild().signal == SIGKILL) {
        ASSERT_LT(++deaths, 10);
        host.clock.pass(15min);
    }
    EXPECT_EQ(facility.status(good), done);
    EXPECT_EQ(facility.told("good@a.org"), 1);
    EXPECT_EQ(facility.told("die@a.org"), 0);
    EXPECT_EQ(facility.status(deadly), failed);
}

TEST_F(RunnerCrashTest, ForgetsDeathsAfterAnAttemptThatLived)
{
    const auto task = facility.addFor({"die@a.org"});
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    EXPECT_EQ(host.runInChild().signal, SIGKILL);
    facility.folder().write("peer.refuses", "later");
    host.clock.pass(10min);
    EXPECT_EQ(host.run().waiting, 1);
    EXPECT_EQ(host.row(task).deaths, 0);
}

TEST_F(RunnerCrashTest, TriesAgainAfterDeathsWhenTheOperatorSaysSo)
{
    const auto task = facility.addFailing("deadly", "crash");
    while (host.runInChild().signal == SIGKILL) {
        host.clock.pass(15min);
    }
    ASSERT_EQ(facility.status(task), failed);
    facility.mendSource();
    facility.put(task, running);
    host.ledger()->retry(task);
    EXPECT_EQ(host.run().done, 1);
    EXPECT_EQ(facility.told("deadly@example.org"), 1);
}

TEST_F(RunnerCrashTest, EndsAtOnceWhereverTheProcessEndsAndTellsNobodyTwice)
{
    // The process ends at its n-th word to the queue, before it or after it, for every n.
    for (const bool afterwards : {false, true}) {
        for (int last = 1; last <= 4; ++last) {
            Facility own;
            Host mine(own, "mine");
            const auto task = own.addFor({"one@a.org", "two@a.org"});
            int calls = 0;
            auto& hook = afterwards ? mine.queue.after : mine.queue.before;
            hook = [&](const std::string&) {
                if (++calls == last) {
                    ::raise(SIGKILL);
                }
            };
            mine.runInChild();
            hook = {};
            mine.clock.pass(15min);
            // A claim whose answer was lost with the process is found by the stale watch.
            mine.runFor(8h, 15min);
            EXPECT_EQ(own.told("one@a.org"), 1) << afterwards << last;
            EXPECT_EQ(own.told("two@a.org"), 1) << afterwards << last;
            EXPECT_EQ(own.status(task), done) << afterwards << last;
        }
    }
}

} // namespace
} // namespace notifyhost::host
