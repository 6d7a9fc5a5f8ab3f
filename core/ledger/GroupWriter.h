#pragma once

#include "storage/Database.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>

namespace notifyhost::ledger {

/// Lets several threads share one database connection and one sync: while what some have written
/// is being synced, others write, and the next sync is for all of them. Threads: any.
class GroupWriter {
public:
    /// The database must be open for Durability::withSync.
    explicit GroupWriter(storage::Database& database) : _database(database) {}

    /// Runs the step in a transaction of its own and returns when it is on the disk. Others may see
    /// it a little earlier.
    /// Errors: storage::StorageError; what the step throws. After a sync that failed, all later
    /// steps fail with its error: the system may have dropped what it could not write.
    void write(const std::function<void(storage::Database&)>& step);

    /// The same for what need not outlive a loss of power: returns when the step outlives the
    /// process; the next write() puts it on the disk.
    void record(const std::function<void(storage::Database&)>& step);

    /// Runs a reading step alone.
    template<typename Step> auto read(Step step)
    {
        const std::scoped_lock lock(_databaseMutex);
        return step(_database);
    }

private:
    std::uint64_t commit(const std::function<void(storage::Database&)>& step);
    void requireSound();
    void awaitSync(std::uint64_t number);
    void sync(std::unique_lock<std::mutex>& lock);

    storage::Database& _database;
    std::mutex _databaseMutex;
    std::atomic<std::uint64_t> _written{0}; ///< steps, in the order of their commits

    std::mutex _syncMutex;
    std::condition_variable _synced;
    std::uint64_t _durable{0}; ///< this many of the steps are on the disk
    bool _syncing{};
    std::exception_ptr _failure;
};

} // namespace notifyhost::ledger
