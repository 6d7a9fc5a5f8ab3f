#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace notifyhost::test {

/// The disk under SQLite, watched and spoilt: while one exists, the files that SQLite opens in this
/// process go through it. It knows what of them has been synced, and it can fail at the n-th call.
/// Threads: any; at most one at a time exists, and it outlives the databases opened under it.
class WatchedDisk {
public:
    enum class Failure {
        full, ///< no room for what is written
        error ///< writing and syncing end with an input/output error
    };

    WatchedDisk();
    ~WatchedDisk();
    WatchedDisk(const WatchedDisk&) = delete;
    WatchedDisk& operator=(const WatchedDisk&) = delete;

    /// How many calls that change or sync a file were made.
    int calls() const;
    /// How many of them synced.
    int syncs() const;

    /// Lets this many further calls that change or sync a file succeed, and fails all after them.
    void failAfter(int calls, Failure failure);
    /// The n-th sync from now, counted from 1, fails once with an input/output error, as Linux
    /// tells of what it could not write: once.
    void failSync(int number);
    /// Whether that sync has failed.
    bool syncFailed() const;
    /// All is well again.
    void mend();

    /// Called at each sync before it is done, with no lock held.
    void onSync(std::function<void()> hook);

    /// A file's content as the last sync left it: what a loss of power cannot take. Empty where it
    /// was never synced.
    std::string durable(const std::filesystem::path& file) const;

    struct State; ///< what the calls below SQLite work on

private:
    std::unique_ptr<State> _state;
};

} // namespace notifyhost::test
