#include "host/RetryPolicy.h"

#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

using namespace std::chrono_literals;

const RetryPolicy::WallTime kNow{1'800'000'000s};

RetryPolicy policyWith(double chance)
{
    return RetryPolicy([chance] { return chance; });
}

std::chrono::seconds pause(int failedAttempts, double chance)
{
    return std::chrono::duration_cast<std::chrono::seconds>(
        policyWith(chance).next(failedAttempts, kNow) - kNow);
}

TEST(RetryPolicy, DoublesFromFiveMinutesToFourHours)
{
    EXPECT_EQ(pause(2, 0.5), 10min);
    EXPECT_EQ(pause(3, 0.5), 20min);
    EXPECT_EQ(pause(4, 0.5), 40min);
    EXPECT_EQ(pause(5, 0.5), 80min);
    EXPECT_EQ(pause(6, 0.5), 160min);
}

TEST(RetryPolicy, StaysWithinItsBoundsWhateverChanceSays)
{
    for (const double chance : {0.0, 0.3, 0.999999}) {
        for (const int attempts : {0, 1, 2, 6, 7, 8, 1000, 2'000'000'000}) {
            EXPECT_GE(pause(attempts, chance), 5min) << attempts;
            EXPECT_LE(pause(attempts, chance), 4h) << attempts;
        }
    }
}

TEST(RetryPolicy, SpreadsWhatFailedTogetherAlsoAtItsBounds)
{
    EXPECT_EQ(pause(1, 0.0), 5min);
    EXPECT_EQ(pause(1, 0.5), 337s + 1s);
    EXPECT_EQ(pause(3, 0.0), 15min);
    EXPECT_EQ(pause(3, 0.999999), 25min);
    EXPECT_EQ(pause(20, 0.0), 3h);
    EXPECT_EQ(pause(20, 0.5), 3h + 30min);
}

TEST(RetryPolicy, GrantsThePeersWishWithinItsBounds)
{
    const auto policy = policyWith(0.5);
    EXPECT_EQ(policy.next(1, kNow, 2h), kNow + 2h);
    EXPECT_EQ(policy.next(1, kNow, 1s), kNow + 5min);
    EXPECT_EQ(policy.next(1, kNow, -5s), kNow + 5min);
    EXPECT_EQ(policy.next(1, kNow, 24h * 365), kNow + 4h);
}

TEST(RetryPolicy, KnowsWhatIsDue)
{
    EXPECT_TRUE(RetryPolicy::isDue({}, kNow));
    EXPECT_TRUE(RetryPolicy::isDue(kNow, kNow));
    EXPECT_FALSE(RetryPolicy::isDue(kNow + 1s, kNow));
    EXPECT_FALSE(RetryPolicy::isDue(kNow + 4h, kNow));
}

TEST(RetryPolicy, DoesNotWaitForATimeThatAWrongClockSet)
{
    EXPECT_TRUE(RetryPolicy::isDue(kNow + 4h + 1s, kNow));
    EXPECT_TRUE(RetryPolicy::isDue(kNow + 24h * 3650, kNow));
}

} // namespace
} // namespace notifyhost::host
