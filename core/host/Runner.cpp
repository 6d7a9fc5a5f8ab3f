#include "host/Runner.h"

#include "host/Composer.h"
#include "host/Courier.h"
#include "host/StaleWatch.h"
#include "host/TaskWork.h"

#include <algorithm>
#include <exception>
#include <thread>

namespace notifyhost::host {

/// A worker's own source, transport and database session.
class Runner::Worker {
public:
    Worker(Assembly& assembly, SharedRun& run)
        : _source(assembly.makeSource(run.pipeline)),
          _transport(assembly.makeTransport(run.pipeline)),
          _composer(assembly, run.pipeline, *_source.instance, *_transport.instance),
          _courier(*_transport.instance, run.pipeline.transport, run.ledger, run.logger, run.clock,
                   run.retryPolicy, run.stop, run.pipeline.inDoubt),
          _work(run, _composer, _courier, *_source.services)
    {
    }

    TaskWork& work() { return _work; }

private:
    Prepared<EventSource> _source;
    Prepared<Transport> _transport;
    Composer _composer;
    Courier _courier;
    TaskWork _work;
};

Runner::Runner(Assembly& assembly, const config::PipelineSettings& pipeline,
               queue::TaskQueue& queue, ledger::Ledger& ledger, const HostClock& clock,
               const RetryPolicy& retryPolicy, const StopSignal& stop)
    : _assembly(assembly),
      _pipeline(pipeline),
      _ledger(ledger),
      _fuse(pipeline.maxPerRun, pipeline.maxPerRecipientPerDay, ledger),
      _run{pipeline,
           ledger,
           queue,
           assembly.logger(),
           clock,
           retryPolicy,
           stop,
           _fuse,
           ledger.highWater(clock.wall()),
           clock.steady() + pipeline.maxRun}
{
}

Runner::~Runner() = default;

RunReport Runner::run()
{
    _ledger.recover(_pipeline.inDoubt == config::InDoubt::hold);
    std::vector<queue::QueuedTask> listed;
    if (!list(listed)) {
        return _run.report;
    }
    resume(listed);
    watchForeign(listed);
    work(_first);
    claimUntilDrained();
    for (const auto& row : _last) {
        // One at a time and last, so that one that ends the process again takes no other with it.
        work({row});
    }
    summarise();
    return _run.report;
}

bool Runner::list(std::vector<queue::QueuedTask>& tasks)
{
    try {
        for (const auto status : {queue::TaskStatus::claimed, queue::TaskStatus::running}) {
            auto some = _run.queue.list(porchPipeline(_pipeline), status);
            std::move(some.begin(), some.end(), std::back_inserter(tasks));
        }
        return true;
    } catch (const queue::QueueError& error) {
        _run.halt(error.kind() == queue::QueueError::Kind::credentials ? ExitStatus::credentials
                  : error.kind() == queue::QueueError::Kind::storage   ? ExitStatus::disk
                                                                       : ExitStatus::unavailable,
                  error.what());
        return false;
    }
}

void Runner::resume(const std::vector<queue::QueuedTask>& listed)
{
    Listed statuses;
    for (const auto& task : listed) {
        // A task that moved on between the two lists is in both: RUNNING is the later word.
        statuses[task.id] = task.status;
    }
    for (const auto& row : _ledger.tasks({ledger::TaskState::taken, ledger::TaskState::running})) {
        sort(row, statuses);
    }
    for (const auto& [id, status] : statuses) {
        const auto row = _ledger.task(id);
        if (row &&
            (row->state == ledger::TaskState::done || row->state == ledger::TaskState::failed)) {
            tellFinalAgain(*row, status);
        }
    }
}

void Runner::sort(const ledger::TaskRow& row, const Listed& listed)
{
    const auto found = listed.find(row.task.id);
    const log::Ids ids{"", row.task.id, ""};
    const bool taken = row.state == ledger::TaskState::taken;
    const bool shown =
        found != listed.end() && (taken || found->second == queue::TaskStatus::running);
    if (shown && (!taken || isYoung(row.claimed, _run.clock))) {
        (row.deaths > 0 ? _last : _first).push_back(row);
        return;
    }
    if (taken) {
        _ledger.released(row.task.id,
                         shown ? "let go: its claim is older than an hour"
                               : "let go: the queue shows it neither CLAIMED nor RUNNING");
        _run.logger.write(Level::info, ids,
                          "let go: an earlier run claimed it and did not get to it");
        return;
    }
    ++_run.report.handsOff;
    _run.count(ExitStatus::later);
    _run.logger.write(
        Level::warning, ids,
        "hands off: running here, but the queue does not show it RUNNING; `notifyhost "
        "explain " +
            _pipeline.name + " " + row.task.id + "` tells more");
}

void Runner::tellFinalAgain(const ledger::TaskRow& row, queue::TaskStatus)
{
    const bool done = row.state == ledger::TaskState::done;
    const auto age = _run.budgetNow - row.budgetStart;
    if (!done && age > _pipeline.giveUpAfter + std::chrono::hours{24}) {
        return;
    }
    tellQueue(_run, row.task, done ? queue::TaskStatus::done : queue::TaskStatus::failed,
              {"", row.task.id, ""});
}

void Runner::watchForeign(const std::vector<queue::QueuedTask>& listed)
{
    std::map<std::string, queue::QueuedTask> foreign;
    for (const auto& task : listed) {
        const auto row = _ledger.task(task.id);
        if (!row || row->state == ledger::TaskState::released) {
            foreign[task.id] = task;
        }
    }
    std::vector<queue::QueuedTask> tasks;
    for (auto& [id, task] : foreign) {
        tasks.push_back(std::move(task));
    }
    StaleWatch(_run).look(tasks);
}

void Runner::claimUntilDrained()
{
    while (_run.mayGoOn()) {
        const auto batch = claim();
        if (batch.empty()) {
            return;
        }
        work(batch);
    }
}

std::vector<ledger::TaskRow> Runner::claim()
{
    std::vector<ledger::TaskRow> rows;
    for (;;) {
        const auto claimed = _run.clock.claimTime();
        std::vector<queue::QueuedTask> tasks;
        try {
            tasks = _run.queue.claim(porchPipeline(_pipeline), _pipeline.claimSize);
        } catch (const queue::QueueError& error) {
            _run.halt(error.kind() == queue::QueueError::Kind::credentials ? ExitStatus::credentials
                      : error.kind() == queue::QueueError::Kind::storage   ? ExitStatus::disk
                                                                         : ExitStatus::unavailable,
                      error.what());
            return rows;
        }
        if (tasks.empty()) {
            return rows;
        }
        std::vector<queue::QueuedTask> taken;
        std::vector<ledger::TaskRow> finals;
        for (const auto& task : tasks) {
            const auto row = _ledger.task(task.id);
            const bool final = row && (row->state == ledger::TaskState::done ||
                                       row->state == ledger::TaskState::failed);
            if (final) {
                finals.push_back(*row);
                finals.back().task = task;
            } else {
                taken.push_back(task);
            }
        }
        _ledger.taken(taken, claimed);
        for (const auto& row : finals) {
            _run.logger.write(
                Level::warning, {"", row.task.id, ""},
                "was put back to PENDING by somebody, but this ledger has ended it: the "
                "queue is told again. `notifyhost retry` is the way to try again");
            tellFinalAgain(row, queue::TaskStatus::claimed);
        }
        for (const auto& task : taken) {
            rows.push_back(_ledger.task(task.id).value());
        }
        if (!rows.empty() || !_run.mayGoOn()) {
            return rows;
        }
    }
}

void Runner::work(const std::vector<ledger::TaskRow>& batch)
{
    if (batch.empty() || !_run.mayGoOn()) {
        giveBack(batch);
        return;
    }
    const auto wanted = std::min(batch.size(), static_cast<std::size_t>(_pipeline.workers));
    while (_workers.size() < wanted) {
        _workers.push_back(std::make_unique<Worker>(_assembly, _run));
    }
    std::atomic<std::size_t> next{0};
    std::vector<std::exception_ptr> failures(wanted);
    {
        std::vector<std::jthread> threads;
        for (std::size_t index = 1; index < wanted; ++index) {
            threads.emplace_back([this, &batch, &next, &failures, index] {
                try {
                    workAlone(*_workers[index], batch, next);
                } catch (...) {
                    failures[index] = std::current_exception();
                    _run.halted = true;
                }
            });
        }
        try {
            workAlone(*_workers.front(), batch, next);
        } catch (...) {
            failures.front() = std::current_exception();
            _run.halted = true;
        }
    }
    for (const auto& failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
    const auto begun = std::min(next.load(), batch.size());
    giveBack({batch.begin() + static_cast<std::ptrdiff_t>(begun), batch.end()});
}

void Runner::workAlone(Worker& worker, const std::vector<ledger::TaskRow>& batch,
                       std::atomic<std::size_t>& next)
{
    while (_run.mayGoOn()) {
        const auto index = next.fetch_add(1);
        if (index >= batch.size()) {
            return;
        }
        worker.work().process(batch[index]);
    }
}

void Runner::giveBack(const std::vector<ledger::TaskRow>& untouched)
{
    // An outage gives nothing back: the next run goes on with what is young.
    if (_run.halted) {
        return;
    }
    for (const auto& row : untouched) {
        if (row.state != ledger::TaskState::taken || !isYoung(row.claimed, _run.clock) ||
            !_ledger.deliveries(row.task.id).empty())
        {
            continue;
        }
        _ledger.released(row.task.id, "given back: the run ended before its turn");
        const log::Ids ids{"", row.task.id, ""};
        try {
            _run.queue.update(row.task, queue::TaskStatus::pending);
            ++_run.report.givenBack;
            _run.logger.write(Level::info, ids, "given back");
        } catch (const queue::QueueError& error) {
            _run.logger.write(
                Level::warning, ids,
                std::string("was to be given back, and that is not repeated; the stale "
                            "watch will: ") +
                    error.what());
        }
    }
}

void Runner::summarise()
{
    const auto& report = _run.report;
    _run.logger.info("run of " + _pipeline.name + ": " + std::to_string(report.done) + " done (" +
                     std::to_string(report.partial) + " in part, " + std::to_string(report.nobody) +
                     " with nobody to tell), " + std::to_string(report.failed) + " failed, " +
                     std::to_string(report.waiting) + " to be tried again, " +
                     std::to_string(report.held) + " held, " + std::to_string(report.handsOff) +
                     " let go, " + std::to_string(report.givenBack) + " given back; " +
                     std::to_string(report.accepted) + " deliveries accepted");
    if (_run.stop.requested()) {
        _run.logger.warning("ended early on request: " + std::to_string(report.givenBack) +
                            " tasks were given back; the next run goes on");
    }
}

} // namespace notifyhost::host
