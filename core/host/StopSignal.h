#pragma once

#include <atomic>

namespace notifyhost::host {

/// Whether the operator wants the program to end: set by SIGTERM and SIGINT, asked everywhere.
class StopSignal {
public:
    void request() noexcept { _requested.store(true, std::memory_order_relaxed); }
    bool requested() const noexcept { return _requested.load(std::memory_order_relaxed); }

private:
    std::atomic<bool> _requested{false};
    static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");
};

} // namespace notifyhost::host
