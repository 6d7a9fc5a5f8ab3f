#pragma once

#include "host/HostClock.h"

#include <mutex>

namespace notifyhost::host::test {

/// A clock that stands still until a test moves it. Threads: any.
class ManualClock : public HostClock {
public:
    std::chrono::system_clock::time_point wall() const override;
    std::chrono::steady_clock::time_point steady() const override;
    std::chrono::nanoseconds sinceBoot() const override;
    std::string bootId() const override;

    /// Time passes.
    void pass(std::chrono::seconds time);
    /// The machine is asleep: only its steady clock stands still.
    void sleep(std::chrono::seconds time);
    /// Somebody sets the wall clock.
    void stepWall(std::chrono::seconds step);
    /// The machine was started again, this long ago.
    void reboot(std::chrono::nanoseconds ago = std::chrono::minutes{1});

private:
    mutable std::mutex _mutex;
    std::chrono::system_clock::time_point _wall{std::chrono::seconds{1'800'000'000}};
    std::chrono::nanoseconds _sinceBoot{std::chrono::hours{1000}};
    std::chrono::nanoseconds _steady{std::chrono::hours{1000}};
    int _boots{1};
};

} // namespace notifyhost::host::test
