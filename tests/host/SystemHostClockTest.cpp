#include "host/HostClock.h"

#include <gtest/gtest.h>

#include <fstream>

namespace notifyhost::host {
namespace {

TEST(SystemHostClock, ShowsTheTimeOfTheSystem)
{
    const SystemHostClock clock;
    const auto before = std::chrono::system_clock::now();
    const auto wall = clock.wall();
    const auto steady = clock.steady();
    EXPECT_LE(before, wall);
    EXPECT_LE(wall, std::chrono::system_clock::now());
    EXPECT_LE(steady, std::chrono::steady_clock::now());
    EXPECT_GT(steady.time_since_epoch().count(), 0);
}

TEST(SystemHostClock, KnowsItsBootAndTheTimeSinceIt)
{
    const SystemHostClock clock;
    const auto before = clock.sinceBoot();
    EXPECT_GT(before.count(), 0);
    EXPECT_LE(before, clock.sinceBoot());
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    EXPECT_EQ(clock.bootId(), id);
    EXPECT_EQ(id.size(), 36U);
}

} // namespace
} // namespace notifyhost::host
