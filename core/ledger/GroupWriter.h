#pragma once

#include "storage/Database.h"

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

namespace notifyhost::ledger {

/// Lets several threads share one database connection and one commit: while one transaction is
/// being synced, the steps that arrive gather and go into the next. Threads: any.
class GroupWriter {
public:
    explicit GroupWriter(storage::Database& database) : _database(database) {}

    /// Runs the step in a transaction, perhaps with others', and returns when it is on the disk.
    /// A step that throws takes no other with it. Errors: storage::StorageError; what the step
    /// throws.
    void write(const std::function<void(storage::Database&)>& step);

    /// Runs a reading step alone.
    template<typename Step> auto read(Step step)
    {
        const std::scoped_lock lock(_databaseMutex);
        return step(_database);
    }

private:
    struct Request {
        const std::function<void(storage::Database&)>* step;
        bool done{};
        std::exception_ptr error{};
    };
    void lead(std::unique_lock<std::mutex>& lock);
    void execute(const std::vector<Request*>& batch);

    storage::Database& _database;
    std::mutex _databaseMutex;
    std::mutex _mutex;
    std::condition_variable _ready;
    std::vector<Request*> _pending;
    bool _leading{};
};

} // namespace notifyhost::ledger
