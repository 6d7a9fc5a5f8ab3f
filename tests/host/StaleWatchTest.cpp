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
using testing::Not;

/// A host that has looked once, and then a task that somebody claimed and left.
class StaleWatchTest : public testing::Test {
protected:
    StaleWatchTest()
    {
        host.run();
        task = facility.addFor({"one@a.org"});
        leave();
    }

    void leave() { facility.put(task, claimed); }

    std::chrono::seconds watched()
    {
        const auto rows = host.ledger()->watches();
        return rows.empty() ? std::chrono::seconds{-1} : rows.front().watched;
    }

    Facility facility;
    Host host{facility, "host"};
    std::string task;
};

TEST_F(StaleWatchTest, GivesBackAfterSixHoursOfLookingAndNotBefore)
{
    host.run();
    host.runFor(6h - 15min, 15min);
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
    EXPECT_EQ(watched(), 6h - 15min);
    host.runFor(15min, 15min);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING", "RUNNING", "DONE"));
    EXPECT_EQ(facility.told("one@a.org"), 1);
}

TEST_F(StaleWatchTest, PutsBackWithinEightHoursAtAnyPaceUpToAnHour)
{
    for (const auto step : {5min, 23min, 60min, 70min}) {
        Facility site;
        Host other(site, "other");
        other.run();
        const auto left = site.addFor({"one@a.org"});
        site.put(left, claimed);
        other.runFor(8h, step);
        EXPECT_THAT(other.queue.puts(left), ElementsAre("PENDING", "RUNNING", "DONE"))
            << step.count() << " minutes";
    }
}

TEST_F(StaleWatchTest, CountsAtMostAnHourALook)
{
    host.run();
    host.runFor(5h, 75min);
    EXPECT_EQ(watched(), 4h);
}

TEST_F(StaleWatchTest, SaysThatItCannotWatchWhereRunsAreFurtherApart)
{
    host.run();
    for (int day = 0; day < 3; ++day) {
        host.clock.pass(24h);
        host.forgetLog();
        EXPECT_EQ(host.run().status, ExitStatus::later);
        EXPECT_THAT(host.logged(), HasSubstr("1 task is CLAIMED and not by this ledger"));
        EXPECT_THAT(host.logged(), HasSubstr("Run it more often"));
        EXPECT_EQ(watched(), 0s);
    }
    host.forgetLog();
    host.clock.pass(1h);
    EXPECT_EQ(host.run().status, ExitStatus::ok);
    EXPECT_THAT(host.logged(), Not(HasSubstr("Run it more often")));
}

TEST_F(StaleWatchTest, StartsAgainAfterMoreThanAnHourAndAQuarterWithoutALook)
{
    host.run();
    host.runFor(5h, 15min);
    ASSERT_EQ(watched(), 5h);
    host.clock.pass(75min + 1s);
    host.run();
    EXPECT_EQ(watched(), 0s);
}

TEST_F(StaleWatchTest, StartsAgainAtAnyOtherStatus)
{
    host.run();
    for (const auto other : {running, done, failed}) {
        leave();
        host.runFor(5h, 15min);
        facility.put(task, other);
        host.runFor(15min, 15min);
        leave();
        host.run();
        EXPECT_EQ(watched(), 0s);
    }
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
}

TEST_F(StaleWatchTest, LosesNothingToAWallClockThatIsSteppedBackOrFarAhead)
{
    host.run();
    host.runFor(5h, 15min);
    for (const auto step : {std::chrono::seconds(-1h), std::chrono::seconds(24h * 365)}) {
        host.clock.stepWall(step);
        host.run();
        EXPECT_EQ(watched(), 5h);
    }
}

TEST_F(StaleWatchTest, StartsAgainWhereTheWallClockIsSteppedAheadByHours)
{
    host.run();
    host.runFor(5h, 15min);
    host.clock.stepWall(24h);
    host.run();
    EXPECT_EQ(watched(), 0s);
}

TEST_F(StaleWatchTest, PutsPendingOnceAndIsQuietForAnHour)
{
    // Somebody else claims it at once, so it shows CLAIMED at the next look.
    host.queue.after = [&](const std::string& call) {
        if (call == "PENDING") {
            leave();
        }
    };
    host.run();
    host.runFor(6h, 15min);
    ASSERT_THAT(host.queue.puts(task), ElementsAre("PENDING"));
    host.runFor(45min, 15min);
    EXPECT_EQ(watched(), 0s);
    host.runFor(6h, 15min);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING"));
    host.runFor(15min, 15min);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING", "PENDING"));
}

TEST_F(StaleWatchTest, DoesNotRepeatPendingWhoseAnswerIsLost)
{
    host.queue.upset("PENDING", TroubledQueue::Trouble::loseRequest);
    host.run();
    host.runFor(6h + 6h + 45min, 15min);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING"));
    EXPECT_THAT(host.logged(), HasSubstr("not known to be put back"));
    EXPECT_TRUE(facility.toldAll().empty());
}

TEST_F(StaleWatchTest, HasPendingOnRecordBeforeItIsPut)
{
    host.queue.before = [&](const std::string& call) {
        if (call == "PENDING") {
            const auto rows = host.ledger()->watches();
            ASSERT_EQ(rows.size(), 1U);
            EXPECT_TRUE(rows.front().quietUntil);
            EXPECT_EQ(rows.front().watched, 0s);
        }
    };
    host.run();
    host.runFor(6h, 15min);
    EXPECT_EQ(host.queue.count("PENDING"), 1);
}

TEST_F(StaleWatchTest, PutsNothingBackAfterSleepingSinceItListed)
{
    host.run();
    host.runFor(6h - 15min, 15min);
    int lists = 0;
    host.queue.after = [&](const std::string& call) {
        if (call == "list" && ++lists == 2) {
            host.clock.sleep(2h);
        }
    };
    host.clock.pass(15min);
    // The look after the sleep comes more than an hour after the one before it: it starts again.
    host.run();
    EXPECT_THAT(host.queue.puts(task), IsEmpty());
}

TEST_F(StaleWatchTest, PutsNothingBackAfterSleepingSinceItLooked)
{
    const auto second = facility.addFor({"two@a.org"});
    facility.put(second, claimed);
    host.queue.after = [&](const std::string& call) {
        if (call == "PENDING") {
            host.queue.after = {};
            host.clock.sleep(2h);
        }
    };
    host.run();
    host.runFor(6h, 15min);
    EXPECT_EQ(host.queue.count("PENDING"), 1);
    EXPECT_THAT(host.logged(), HasSubstr("the look is too old to put it back"));
    EXPECT_EQ((facility.status(task) == claimed) + (facility.status(second) == claimed), 1);
}

TEST_F(StaleWatchTest, OnlyReportsOnOtherHosts)
{
    // It has looked before these were claimed.
    Host reporting(facility, "reporting", "stale = report\n");
    facility.put(task, pending);
    host.run();
    reporting.run();
    std::vector<std::string> left;
    for (const auto* address : {"two@a.org", "three@a.org"}) {
        left.push_back(facility.addFor({address}));
        facility.put(left.back(), claimed);
    }
    reporting.run();
    reporting.runFor(6h - 15min, 15min);
    EXPECT_THAT(reporting.logged(), Not(HasSubstr("stale_after")));
    reporting.runFor(15min, 15min);
    EXPECT_THAT(reporting.logged(),
                HasSubstr("2 tasks are CLAIMED for longer than stale_after and nobody goes on with "
                          "them; a run on the host with `stale = return` puts them back, "
                          "`notifyhost list mails --foreign` lists them"));
    reporting.runFor(4h, 15min);
    for (const auto& each : left) {
        EXPECT_THAT(reporting.queue.puts(each), IsEmpty());
    }
}

TEST_F(StaleWatchTest, OnlyListsWhatWasClaimedBeforeItFirstLooked)
{
    Host fresh(facility, "fresh");
    fresh.run();
    fresh.runFor(10h, 15min);
    EXPECT_THAT(fresh.queue.puts(task), IsEmpty());
    EXPECT_THAT(fresh.logged(),
                HasSubstr("1 task was CLAIMED before notifyhost first looked and may have been "
                          "told by another program"));
    // Once somebody moved it, it is a claim like any other.
    facility.put(task, running);
    fresh.runFor(15min, 15min);
    leave();
    fresh.run();
    fresh.forgetLog();
    fresh.runFor(6h, 15min);
    EXPECT_THAT(fresh.queue.puts(task), ElementsAre("PENDING", "RUNNING", "DONE"));
    EXPECT_THAT(fresh.logged(), Not(HasSubstr("before notifyhost first looked")));
}

TEST_F(StaleWatchTest, HasNotLookedWhileTheQueueDidNotAnswer)
{
    Host fresh(facility, "fresh");
    fresh.queue.upset("list", TroubledQueue::Trouble::away);
    fresh.run();
    fresh.run();
    ASSERT_EQ(fresh.ledger()->watches().size(), 1U);
    EXPECT_TRUE(fresh.ledger()->watches().front().beforeFirstLook);
}

TEST_F(StaleWatchTest, WatchesWhatThisHostLetGoLikeAnyOther)
{
    host.run();
    host.runFor(6h, 15min);
    const auto own = facility.addFor({"two@a.org"});
    host.queue.upset("RUNNING", TroubledQueue::Trouble::away);
    host.run();
    host.runFor(8h, 15min);
    EXPECT_EQ(facility.told("two@a.org"), 1);
    EXPECT_EQ(facility.status(own), done);
}

TEST_F(StaleWatchTest, IsQuietForItsHourWhateverTheClockDoes)
{
    host.queue.after = [&](const std::string& call) {
        if (call == "PENDING") {
            leave();
        }
    };
    host.clock.stepWall(24h * 365);
    host.run();
    host.runFor(6h, 15min);
    ASSERT_THAT(host.queue.puts(task), ElementsAre("PENDING"));
    host.clock.stepWall(-24h * 365);
    host.run();
    host.runFor(7h - 15min, 15min);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING"));
    host.runFor(30min, 15min);
    EXPECT_THAT(host.queue.puts(task), ElementsAre("PENDING", "PENDING"));
}

} // namespace
} // namespace notifyhost::host
