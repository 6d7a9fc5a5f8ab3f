#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace notifyhost::host {

/// When to try again: doubling from 5 minutes to 4 hours, with jitter of a quarter within these
/// bounds, so that what failed together does not come back together. Threads: any, if random may be
/// called from any.
class RetryPolicy {
public:
    using WallTime = std::chrono::system_clock::time_point;

    /// random gives a number from 0 up to, not including, 1.
    explicit RetryPolicy(std::function<double()> random);

    /// The time of the next attempt after this many have failed (1 or more). A wish of the peer is
    /// granted up to 4 hours, and never shortens the pause below 5 minutes.
    WallTime next(int failedAttempts, WallTime now,
                  std::optional<std::chrono::seconds> wish = {}) const;

    /// Whether that time has come. nullopt: it has. A time farther away than next() ever sets it
    /// was set by a clock that has been put right since: it has come too.
    static bool isDue(std::optional<WallTime> next, WallTime now);

private:
    std::function<double()> _random;
};

} // namespace notifyhost::host
