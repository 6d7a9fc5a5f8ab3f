#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace notifyhost::queue {

/// Keeps claims from one server apart: porch's database deadlocks on two at a time. One lock file
/// per server in a folder that all runs of this host share; the kernel drops the lock with the
/// process.
class ClaimLock {
public:
    /// Waits for the lock; with an empty folder there is nothing to wait for.
    /// Errors: QueueError of kind storage for a file that cannot be opened or locked, of kind
    ///         unavailable where another claim is still under way after the limit.
    ClaimLock(const std::filesystem::path& folder, const std::string& server,
              std::chrono::milliseconds limit);
    ~ClaimLock();
    ClaimLock(const ClaimLock&) = delete;
    ClaimLock& operator=(const ClaimLock&) = delete;

private:
    int _descriptor{-1};
};

} // namespace notifyhost::queue
