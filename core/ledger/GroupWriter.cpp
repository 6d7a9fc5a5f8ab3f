#include "ledger/GroupWriter.h"

namespace notifyhost::ledger {

void GroupWriter::write(const std::function<void(storage::Database&)>& step)
{
    awaitSync(commit(step));
}

void GroupWriter::record(const std::function<void(storage::Database&)>& step)
{
    commit(step);
}

/// The step's number.
std::uint64_t GroupWriter::commit(const std::function<void(storage::Database&)>& step)
{
    requireSound();
    const std::scoped_lock lock(_databaseMutex);
    _database.transaction([&] { step(_database); });
    return ++_written;
}

void GroupWriter::requireSound()
{
    const std::scoped_lock lock(_syncMutex);
    if (_failure) {
        std::rethrow_exception(_failure);
    }
}

void GroupWriter::awaitSync(std::uint64_t number)
{
    std::unique_lock lock(_syncMutex);
    while (_durable < number) {
        if (_failure) {
            std::rethrow_exception(_failure);
        }
        if (_syncing) {
            _synced.wait(lock);
        } else {
            sync(lock);
        }
    }
}

void GroupWriter::sync(std::unique_lock<std::mutex>& lock)
{
    _syncing = true;
    const std::uint64_t reached = _written;
    std::exception_ptr failure;
    lock.unlock();
    try {
        _database.sync();
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    _syncing = false;
    if (failure) {
        _failure = failure;
    } else {
        _durable = reached;
    }
    _synced.notify_all();
}

} // namespace notifyhost::ledger
