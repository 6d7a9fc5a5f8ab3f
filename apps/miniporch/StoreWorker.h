#pragma once

#include "Api.h"
#include "Exchange.h"
#include "log/Logger.h"
#include "queue/QueueStore.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace notifyhost::miniporch {

/// Answers requests on a thread of its own, from a connection of its own to the queue file. One
/// that writes takes all that wait into one transaction: while it is being synced, the next ones
/// gather. No answer is given before what it says is on the disk. Errors: what the file cannot do
/// is answered with 500 and logged; the constructor throws
///         storage::StorageError. Threads: any.
class StoreWorker {
public:
    enum class Task { reading, writing };

    StoreWorker(const std::filesystem::path& file, const Api& api, Task task, log::Logger& logger);
    /// Answers what was submitted, then ends.
    ~StoreWorker();
    StoreWorker(const StoreWorker&) = delete;
    StoreWorker& operator=(const StoreWorker&) = delete;

    /// done is called by the worker's thread.
    void submit(Request request, Done done);

private:
    struct Job {
        Request request;
        Done done;
    };

    void work();
    std::vector<Job> take();
    std::vector<Answer> answer(const std::vector<Job>& jobs);
    bool answerTogether(const std::vector<Job>& jobs, std::vector<Answer>& answers);
    void report(const std::string& what);

    const Api& _api;
    log::Logger& _logger;
    Task _task;
    queue::QueueStore _store;
    std::mutex _mutex;
    std::condition_variable _arrived;
    std::deque<Job> _waiting;
    bool _ending{};
    std::thread _thread;
};

} // namespace notifyhost::miniporch
