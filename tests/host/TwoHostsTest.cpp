#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using enum queue::TaskStatus;
using test::Facility;
using test::Host;
using test::TroubledQueue;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

/// Two hosts with a state folder each, on one queue. Their clocks run alike. Only A gives back what
/// is stale.
class TwoHostsTest : public testing::Test {
protected:
    void pass(std::chrono::seconds time)
    {
        a.clock.pass(time);
        b.clock.pass(time);
    }

    /// A looks every 15 minutes for this long, and B's time passes too.
    void aLooksOnFor(std::chrono::seconds time)
    {
        for (std::chrono::seconds passed{0}; passed < time; passed += 15min) {
            pass(15min);
            a.run();
        }
    }

    Facility facility;
    Host a{facility, "a"};
    Host b{facility, "b", "stale = report\nmax_run_minutes = 1000\n"};
};

TEST_F(TwoHostsTest, ShareTheWorkAndNoTaskIsToldTwice)
{
    for (int number = 0; number < 20; ++number) {
        facility.addFor({"reader" + std::to_string(number) + "@example.org"});
    }
    // B claims in the middle of A's first batch.
    Host small(facility, "small", "claim_size = 5\nstale = report\n");
    bool once = true;
    small.queue.before = [&](const std::string& call) {
        if (call == "DONE" && once) {
            once = false;
            b.run();
        }
    };
    EXPECT_EQ(small.run().done, 5);
    EXPECT_EQ(facility.toldAll().size(), 20U);
    for (const auto& [address, times] : facility.toldAll()) {
        EXPECT_EQ(times, 1) << address;
    }
    EXPECT_THAT(b.ledger()->tasks({ledger::TaskState::done}), testing::SizeIs(15));
}

TEST_F(TwoHostsTest, LeaveADeferredTaskToItsOwner)
{
    const auto task = facility.addFor({"later@example.org"});
    EXPECT_EQ(a.run().waiting, 1);
    EXPECT_EQ(facility.status(task), running);
    for (int look = 0; look < 30; ++look) {
        pass(15min);
        EXPECT_EQ(b.run().status, ExitStatus::ok);
    }
    EXPECT_THAT(b.queue.puts(task), IsEmpty());
    EXPECT_THAT(b.logged(), HasSubstr("1 task is RUNNING on another host"));
    facility.mendPeer();
    EXPECT_EQ(a.run().done, 1);
    EXPECT_EQ(facility.told("later@example.org"), 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, FinishTogetherWhatOneOfThemLeftForSevenHours)
{
    // B gives back what is stale; A is stopped after the first of three.
    Host watcher(facility, "watcher");
    const auto task = facility.addFor({"one@a.org", "two@a.org", "three@a.org"});
    a.onLog() = [&](const std::string& line) {
        if (line.find("accepted") != std::string::npos) {
            a.stop.request();
        }
    };
    a.run();
    ASSERT_THAT(facility.toldAll(), ElementsAre(Pair("one@a.org", 1)));
    for (int look = 0; look < 28; ++look) {
        pass(15min);
        watcher.clock.pass(15min);
        watcher.run();
    }
    EXPECT_THAT(facility.toldAll(), ElementsAre(Pair("one@a.org", 1)));
    EXPECT_THAT(watcher.queue.puts(task), IsEmpty());

    Host again(facility, "a");
    again.clock.pass(7h);
    EXPECT_EQ(again.run().done, 1);
    EXPECT_THAT(facility.toldAll(),
                ElementsAre(Pair("one@a.org", 1), Pair("three@a.org", 1), Pair("two@a.org", 1)));
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, LetOneBeSlowWithAClaimThatTheOtherGivesBack)
{
    a.run();
    const auto task = facility.addFor({"one@a.org"});
    // B's claim is answered, and then B's machine sleeps for seven hours.
    b.queue.after = [&](const std::string& call) {
        if (call == "claim") {
            b.queue.after = {};
            b.clock.sleep(7h);
            for (int look = 0; look < 28; ++look) {
                a.clock.pass(15min);
                a.run();
            }
        }
    };
    const auto report = b.run();
    EXPECT_EQ(report.handsOff, 1);
    EXPECT_THAT(b.queue.puts(task), IsEmpty());
    EXPECT_THAT(facility.composed(), ElementsAre("news")) << "by A alone";
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_THAT(a.queue.puts(task), ElementsAre("PENDING", "RUNNING", "DONE"));
    EXPECT_EQ(facility.status(task), done);
    // B looks again and finds nothing to do.
    EXPECT_EQ(b.run().status, ExitStatus::ok);
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(TwoHostsTest, DoNotPutRunningOverDoneAfterSleepingWhileComposing)
{
    a.run();
    const auto task = facility.addFor({"one@a.org"});
    b.onLog() = [&](const std::string& line) {
        if (line.find("composing news") != std::string::npos) {
            b.onLog() = {};
            b.clock.sleep(7h);
            aLooksOnFor(7h);
        }
    };
    EXPECT_EQ(b.run().handsOff, 1);
    EXPECT_THAT(b.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, LookAtTheSameSecondAndTellOnce)
{
    a.run();
    b.run();
    const auto task = facility.addFor({"one@a.org"});
    facility.queue().claim(porchPipeline(a.pipeline()), 1);
    // B makes a whole run whenever A is about to say something about the task, and right after.
    const auto lookToo = [&](const std::string& call) {
        if (call != "list" && call != "claim") {
            b.run();
        }
    };
    a.queue.before = lookToo;
    a.queue.after = lookToo;
    aLooksOnFor(7h);
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_THAT(a.queue.puts(task), ElementsAre("PENDING"));
    EXPECT_THAT(b.queue.puts(task), ElementsAre("RUNNING", "DONE"));
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, TellOnceWhereTheAnswerToAGiveBackIsLost)
{
    // A is asked to end with the task untouched; PENDING arrives, its answer does not.
    const auto task = facility.addFor({"one@a.org"});
    a.queue.after = [&](const std::string& call) {
        if (call == "claim") {
            a.stop.request();
        }
    };
    a.queue.upset("PENDING", TroubledQueue::Trouble::loseAnswer);
    a.run();
    EXPECT_THAT(a.queue.puts(task), ElementsAre("PENDING"));
    EXPECT_EQ(b.run().done, 1);
    Host again(facility, "a");
    again.runFor(2h, 15min);
    EXPECT_THAT(again.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.told("one@a.org"), 1);
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, TellOnceWhereAGiveBackIsLostAndTheWatchGivesItBackLater)
{
    a.run();
    const auto task = facility.addFor({"one@a.org"});
    b.queue.after = [&](const std::string& call) {
        if (call == "claim") {
            b.stop.request();
        }
    };
    b.queue.upset("PENDING", TroubledQueue::Trouble::loseRequest);
    b.run();
    EXPECT_EQ(facility.status(task), claimed);
    aLooksOnFor(7h);
    EXPECT_THAT(a.queue.puts(task), ElementsAre("PENDING", "RUNNING", "DONE"));
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(TwoHostsTest, KeepTheOldOwnerSilentAfterATakeover)
{
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    a.run();
    ASSERT_EQ(facility.told("one@a.org"), 1);
    // A is gone for longer than it may send anything; the operator gives the task to B.
    pass(24h * 6 + 1h);
    auto taken = a.row(task).task;
    taken.status = running;
    b.ledger()->adopt(taken, b.clock.claimTime());
    facility.mendPeer();

    // The owner comes back while the task is RUNNING: it sends nothing and PUTs nothing.
    a.queue.forget();
    EXPECT_EQ(a.run().handsOff, 1);
    EXPECT_THAT(a.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.told("later@a.org"), 0);

    EXPECT_EQ(b.run().done, 1);
    EXPECT_EQ(facility.told("later@a.org"), 1);
    EXPECT_EQ(facility.told("one@a.org"), 2) << "the one copy more that a takeover may cost";
    EXPECT_EQ(facility.different("one@a.org"), 2);

    // And again when it is DONE, without a word, since nothing can follow any more.
    const auto report = a.run();
    EXPECT_EQ(report.handsOff, 1);
    EXPECT_EQ(report.status, ExitStatus::ok);
    EXPECT_THAT(a.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, KeepMessageIdsAcrossLedgers)
{
    const auto task = facility.addFor({"one@a.org"});
    a.run();
    facility.put(task, running);
    b.clock.pass(1h);
    b.ledger()->adopt(a.row(task).task, b.clock.claimTime());
    b.run();
    const auto mine = a.ledger()->deliveries(task).front();
    const auto theirs = b.ledger()->deliveries(task).front();
    EXPECT_EQ(mine.key, theirs.key);
    EXPECT_EQ(mine.messageId, theirs.messageId);
}

TEST_F(TwoHostsTest, SendNothingFromALedgerRestoredAfterDone)
{
    const auto task = facility.addFor({"one@a.org", "later@a.org"});
    a.run();
    // The backup knows the first as told, the second as deferred.
    const auto file = a.state() / "ledger.sqlite";
    const auto copy = facility.folder() / "backup.sqlite";
    std::filesystem::copy_file(file, copy);
    facility.mendPeer();
    a.clock.pass(1h);
    ASSERT_EQ(a.run().done, 1);
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(file.string() + suffix);
    }
    std::filesystem::copy_file(copy, file);
    a.queue.forget();
    a.clock.pass(1h);
    const auto report = a.run();
    EXPECT_EQ(report.handsOff, 1);
    EXPECT_EQ(report.status, ExitStatus::later);
    EXPECT_THAT(a.logged(), HasSubstr("hands off: running here, but the queue shows it neither"));
    EXPECT_THAT(a.queue.puts(task), IsEmpty());
    EXPECT_THAT(facility.toldAll(), ElementsAre(Pair("later@a.org", 1), Pair("one@a.org", 1)));
    EXPECT_EQ(facility.status(task), done);
}

TEST_F(TwoHostsTest, SayWhichTasksNeedATakeover)
{
    Host watcher(facility, "watcher", "give_up_after = 1 h\n");
    const auto task = facility.addFor({"later@a.org"});
    b.run();
    watcher.runFor(25h, 15min);
    EXPECT_THAT(watcher.logged(), testing::Not(HasSubstr("takeover")));
    watcher.runFor(15min, 15min);
    EXPECT_THAT(watcher.logged(), HasSubstr("1 task is RUNNING on another host, for longer than "
                                            "give_up_after; where that host is gone, `notifyhost "
                                            "takeover mails` takes them"));
    EXPECT_THAT(watcher.queue.puts(task), IsEmpty());
    EXPECT_EQ(facility.status(task), running);
}

} // namespace
} // namespace notifyhost::host
