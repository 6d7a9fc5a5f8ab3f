#include "host/RetryPolicy.h"

#include <algorithm>

namespace notifyhost::host {

namespace {

constexpr std::chrono::seconds kShortest = std::chrono::minutes{5};
constexpr std::chrono::seconds kLongest = std::chrono::hours{4};
constexpr double kJitter = 0.25;

} // namespace

RetryPolicy::RetryPolicy(std::function<double()> random) : _random(std::move(random)) {}

RetryPolicy::WallTime RetryPolicy::next(int failedAttempts, WallTime now,
                                        std::optional<std::chrono::seconds> wish) const
{
    if (wish) {
        return now + std::clamp(*wish, kShortest, kLongest);
    }
    auto pause = kShortest;
    for (int attempt = 1; attempt < failedAttempts && pause < kLongest; ++attempt) {
        pause *= 2;
    }
    pause = std::min(pause, kLongest);
    using Exact = std::chrono::duration<double>;
    const Exact earliest = std::max<Exact>(pause * (1 - kJitter), kShortest);
    const Exact latest = std::min<Exact>(pause * (1 + kJitter), kLongest);
    return now +
           std::chrono::round<std::chrono::seconds>(earliest + (latest - earliest) * _random());
}

bool RetryPolicy::isDue(std::optional<WallTime> next, WallTime now)
{
    return !next || *next <= now || *next > now + kLongest;
}

} // namespace notifyhost::host
