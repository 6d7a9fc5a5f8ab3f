#include "ledger/GroupWriter.h"

namespace notifyhost::ledger {

void GroupWriter::write(const std::function<void(storage::Database&)>& step)
{
    Request request{&step};
    std::unique_lock lock(_mutex);
    _pending.push_back(&request);
    while (!request.done) {
        if (_leading) {
            _ready.wait(lock);
        } else {
            lead(lock);
        }
    }
    if (request.error) {
        std::rethrow_exception(request.error);
    }
}

void GroupWriter::lead(std::unique_lock<std::mutex>& lock)
{
    _leading = true;
    std::vector<Request*> batch;
    batch.swap(_pending);
    lock.unlock();
    execute(batch);
    lock.lock();
    for (auto* request : batch) {
        request->done = true;
    }
    _leading = false;
    _ready.notify_all();
}

void GroupWriter::execute(const std::vector<Request*>& batch)
{
    const std::scoped_lock lock(_databaseMutex);
    try {
        _database.transaction([&] {
            for (auto* request : batch) {
                (*request->step)(_database);
            }
        });
        return;
    } catch (...) {
        if (batch.size() == 1) {
            batch.front()->error = std::current_exception();
            return;
        }
    }
    for (auto* request : batch) {
        try {
            _database.transaction([&] { (*request->step)(_database); });
        } catch (...) {
            request->error = std::current_exception();
        }
    }
}

} // namespace notifyhost::ledger
