#include "host/Fuse.h"

#include "host/Facility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class FuseTest : public testing::Test {
protected:
    test::Facility facility;
    test::Host host{facility, "host"};
    std::unique_ptr<ledger::Ledger> ledger = host.ledger();
};

TEST_F(FuseTest, IsOffByDefault)
{
    Fuse fuse(0, 0, *ledger);
    for (int number = 0; number < 1000; ++number) {
        EXPECT_FALSE(fuse.refuses("one@a.org", host.clock.wall()));
    }
}

TEST_F(FuseTest, RefusesWhatExceedsARunNamingTheKey)
{
    Fuse fuse(2, 0, *ledger);
    EXPECT_FALSE(fuse.refuses("one@a.org", host.clock.wall()));
    EXPECT_FALSE(fuse.refuses("two@a.org", host.clock.wall()));
    EXPECT_THAT(fuse.refuses("three@a.org", host.clock.wall()).value(), HasSubstr("max_per_run"));
}

TEST_F(FuseTest, RefusesWhatExceedsOnePersonsDayAndNobodyElses)
{
    Fuse fuse(0, 1, *ledger);
    EXPECT_FALSE(fuse.refuses("one@a.org", host.clock.wall()));
    EXPECT_THAT(fuse.refuses("one@a.org", host.clock.wall()).value(),
                HasSubstr("max_per_recipient_per_day"));
    EXPECT_FALSE(fuse.refuses("two@a.org", host.clock.wall()));
}

TEST_F(FuseTest, CountsWhatThePersonHadFromTheLedgerForADay)
{
    facility.addFor({"one@a.org"});
    host.run();
    EXPECT_TRUE(Fuse(0, 1, *ledger).refuses("one@a.org", host.clock.wall()));
    EXPECT_FALSE(Fuse(0, 2, *ledger).refuses("one@a.org", host.clock.wall()));
    EXPECT_FALSE(Fuse(0, 1, *ledger).refuses("one@a.org", host.clock.wall() + 24h + 1s));
}

TEST_F(FuseTest, LetsTheRightNumberThroughForSeveralWorkers)
{
    Fuse fuse(100, 60, *ledger);
    std::atomic<int> passed{0};
    {
        std::vector<std::jthread> workers;
        for (int worker = 0; worker < 8; ++worker) {
            workers.emplace_back([&, worker] {
                for (int number = 0; number < 50; ++number) {
                    const std::string address = worker < 4 ? "one@a.org" : "two@a.org";
                    passed += fuse.refuses(address, host.clock.wall()) ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(passed, 100);
}

} // namespace
} // namespace notifyhost::host
