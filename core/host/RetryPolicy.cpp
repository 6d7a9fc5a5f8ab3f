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
    const double spread = 1 + kJitter * (2 * _random() - 1);
    const auto jittered = std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::duration<double>(pause) * spread);
    return now + std::clamp(jittered, kShortest, kLongest);
}

} // namespace notifyhost::host
