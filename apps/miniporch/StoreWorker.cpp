#include "StoreWorker.h"

#include "Answers.h"

namespace notifyhost::miniporch {

namespace {

/// So that nobody waits for more than a few milliseconds of others' work.
constexpr std::size_t kLargestGroup = 256;

} // namespace

StoreWorker::StoreWorker(const std::filesystem::path& file, const Api& api, Task task,
                         log::Logger& logger)
    : _api(api), _logger(logger), _task(task), _store(file), _thread([this] { work(); })
{
}

StoreWorker::~StoreWorker()
{
    {
        const std::lock_guard lock(_mutex);
        _ending = true;
    }
    _arrived.notify_one();
    _thread.join();
}

void StoreWorker::submit(Request request, Done done)
{
    {
        const std::lock_guard lock(_mutex);
        _waiting.push_back({std::move(request), std::move(done)});
    }
    _arrived.notify_one();
}

void StoreWorker::work()
{
    for (;;) {
        // Gone before the next wait: a job keeps the server from ending as long as it lives.
        auto jobs = take();
        if (jobs.empty()) {
            return;
        }
        auto answers = answer(jobs);
        for (std::size_t index = 0; index < jobs.size(); ++index) {
            jobs[index].done(std::move(answers[index]));
        }
    }
}

/// What waits, in order; empty at the end.
std::vector<StoreWorker::Job> StoreWorker::take()
{
    std::unique_lock lock(_mutex);
    _arrived.wait(lock, [this] { return _ending || !_waiting.empty(); });
    std::vector<Job> jobs;
    const std::size_t most = _task == Task::writing ? kLargestGroup : 1;
    while (!_waiting.empty() && jobs.size() < most) {
        jobs.push_back(std::move(_waiting.front()));
        _waiting.pop_front();
    }
    return jobs;
}

std::vector<Answer> StoreWorker::answer(const std::vector<Job>& jobs)
{
    std::vector<Answer> answers;
    if (_task == Task::reading) {
        try {
            return {_api.answer(jobs.front().request, _store)};
        } catch (const std::exception& error) {
            report(error.what());
            return {serverFault()};
        }
    }
    const bool begun = answerTogether(jobs, answers);
    if (answers.size() == jobs.size()) {
        return answers;
    }
    // One may have spoilt it for all, unless not even the beginning was possible.
    answers.clear();
    for (const auto& job : jobs) {
        std::vector<Answer> own;
        if (begun && jobs.size() > 1) {
            answerTogether({job}, own);
        }
        answers.push_back(own.empty() ? serverFault() : std::move(own.front()));
    }
    return answers;
}

/// Answers all in one transaction, or none. Returns whether the transaction could be begun.
bool StoreWorker::answerTogether(const std::vector<Job>& jobs, std::vector<Answer>& answers)
{
    bool begun = false;
    try {
        _store.database().transaction([&] {
            begun = true;
            for (const auto& job : jobs) {
                answers.push_back(_api.answer(job.request, _store));
            }
        });
    } catch (const std::exception& error) {
        answers.clear();
        report(error.what());
    }
    return begun;
}

void StoreWorker::report(const std::string& what)
{
    _logger.error("a request was answered with 500: " + what);
}

} // namespace notifyhost::miniporch
