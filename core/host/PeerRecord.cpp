#include "host/PeerRecord.h"

#include <algorithm>

namespace notifyhost::host {

namespace {

constexpr std::size_t kTasksInARow = 3;
/// People of one study, say, may share what breaks the connection.
constexpr std::size_t kMessagesInARow = 6;

} // namespace

PeerRecord::Turn::Turn(PeerRecord& record, std::size_t worker) : _record(record), _worker(worker)
{
    const std::scoped_lock lock(_record._mutex);
    _record._workers[worker].trying = true;
}

PeerRecord::Turn::~Turn()
{
    const std::scoped_lock lock(_record._mutex);
    _record._workers[_worker].trying = false;
    _record._changed.notify_all();
}

void PeerRecord::Turn::answered()
{
    const std::scoped_lock lock(_record._mutex);
    _record.set(_worker, {false, true});
}

void PeerRecord::Turn::succeeded()
{
    const std::scoped_lock lock(_record._mutex);
    _record.set(_worker, {false, true});
    _record._tasks.clear();
    _record._messages.clear();
}

PeerRecord::Fault PeerRecord::Turn::unreachable()
{
    std::unique_lock lock(_record._mutex);
    _record.set(_worker, {});
    _record._changed.wait(lock, [&] {
        return _record.anyOther(_worker, &Worker::connected) ||
               !_record.anyOther(_worker, &Worker::trying);
    });
    return _record.anyOther(_worker, &Worker::connected) ? Fault::limit : Fault::service;
}

PeerRecord::Fault PeerRecord::Turn::broke(const std::string& taskId, const std::string& message)
{
    const std::scoped_lock lock(_record._mutex);
    _record.set(_worker, {});
    _record._tasks.insert(taskId);
    _record._messages.insert(message);
    return _record._tasks.size() >= kTasksInARow || _record._messages.size() >= kMessagesInARow
               ? Fault::service
               : Fault::message;
}

void PeerRecord::set(std::size_t worker, Worker now)
{
    _workers[worker] = now;
    _changed.notify_all();
}

bool PeerRecord::anyOther(std::size_t worker, bool Worker::*what) const
{
    return std::any_of(_workers.begin(), _workers.end(), [&](const auto& entry) {
        return entry.first != worker && entry.second.*what;
    });
}

} // namespace notifyhost::host
