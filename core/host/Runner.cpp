#include "host/Runner.h"

#include "host/Composer.h"
#include "host/Courier.h"
#include "host/ServiceStatus.h"
#include "host/TaskWork.h"
#include "log/Counted.h"
#include "storage/Database.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace notifyhost::host {

/// A worker's own source, transport and database session.
class Runner::Worker {
public:
    Worker(Assembly& assembly, SharedRun& run, std::size_t number)
        : _source(assembly.makeSource(run.pipeline)),
          _transport(assembly.makeTransport(run.pipeline)),
          _composer(assembly, run.pipeline, *_source.instance, *_transport.instance),
          _courier(*_transport.instance, run.pipeline.transport, run.ledger, run.logger, run.clock,
                   run.retryPolicy, run.stop, run.pipeline.inDoubt),
          _work(run, number, _composer, _courier, *_source.services)
    {
        _composer.lookBack(
            [&ledger = run.ledger](const auto& delivery) { return ledger.earlier(delivery); });
    }

    TaskWork& work() { return _work; }

    bool isTurnedAway{}; ///< a service has no room for it in this run

private:
    Prepared<EventSource> _source;
    Prepared<Transport> _transport;
    Composer _composer;
    Courier _courier;
    TaskWork _work;
};

/// Tasks that wait for a worker.
struct Runner::Batch {
    std::mutex mutex;
    std::deque<ledger::TaskRow> tasks;

    std::optional<ledger::TaskRow> next()
    {
        const std::scoped_lock lock(mutex);
        if (tasks.empty()) {
            return std::nullopt;
        }
        auto task = std::move(tasks.front());
        tasks.pop_front();
        return task;
    }
};

Runner::Runner(Assembly& assembly, const config::PipelineSettings& pipeline,
               queue::TaskQueue& queue, ledger::Ledger& ledger, const HostClock& clock,
               const RetryPolicy& retryPolicy, const StopSignal& stop)
    : _assembly(assembly),
      _pipeline(pipeline),
      _ledger(ledger),
      _fuse(pipeline.maxPerRun, pipeline.maxPerRecipientPerDay, ledger),
      _refusals(ledger),
      _run{pipeline,
           ledger,
           queue,
           assembly.logger(),
           clock,
           retryPolicy,
           stop,
           _fuse,
           _refusals,
           {ledger.time(), clock.sinceBoot(), clock.bootId()},
           clock.sinceBoot() + pipeline.maxRun},
      _watch(_run)
{
}

Runner::~Runner() = default;

RunReport Runner::run()
{
    // First of all, so that a wrong configuration or template takes nothing out of the queue.
    prepareWorkers(1);
    if (const auto jump = _ledger.recordTime()) {
        const auto hours = std::chrono::duration_cast<std::chrono::minutes>(*jump);
        _run.logger.warning("the wall clock has jumped by " + std::to_string(hours.count()) +
                            " minutes against the time since this machine's start; look at its "
                            "time service");
    }
    _ledger.recover(_pipeline.inDoubt == config::InDoubt::hold);
    std::vector<queue::QueuedTask> listed;
    _listed = _run.clock.claimTime();
    // In this order, for what moves on in between.
    if (!list({queue::TaskStatus::claimed, queue::TaskStatus::running}, listed)) {
        return _run.report;
    }
    noteOrigin(listed);
    resume(listed);
    watchForeign(listed);
    work(_first);
    claimUntilDrained();
    std::stable_sort(_last.begin(), _last.end(),
                     [](const auto& one, const auto& other) { return one.deaths < other.deaths; });
    for (const auto& row : _last) {
        // One at a time and last, so that one that ends the process again takes no other with it.
        work({row});
    }
    lookBack();
    holdThroughOutage();
    summarise();
    return _run.report;
}

void Runner::prepareWorkers(std::size_t count)
{
    while (_workers.size() < count) {
        _workers.push_back(std::make_unique<Worker>(_assembly, _run, _workers.size()));
    }
}

/// The pipeline as it is configured, and as what is in hand was claimed, or ended while the queue
/// could not be told: its name or version may have been changed since.
std::vector<queue::Pipeline> Runner::pipelinesInHand() const
{
    std::vector<queue::Pipeline> result{porchPipeline(_pipeline)};
    const auto since = _ledger.time() - _pipeline.giveUpAfter - kAfterBudget;
    for (auto& pipeline : _ledger.pipelinesInHand(since)) {
        if (pipeline.name != _pipeline.porchName || pipeline.version != _pipeline.porchVersion) {
            result.push_back(std::move(pipeline));
        }
    }
    return result;
}

bool Runner::list(const std::vector<std::optional<queue::TaskStatus>>& statuses,
                  std::vector<queue::QueuedTask>& tasks)
{
    const auto pipelines = pipelinesInHand();
    for (const auto& pipeline : pipelines) {
        try {
            for (const auto status : statuses) {
                auto some = _run.queue.list(pipeline, status);
                std::move(some.begin(), some.end(), std::back_inserter(tasks));
            }
        } catch (const queue::QueueError& error) {
            if (error.kind() == queue::QueueError::Kind::unknown && pipeline != pipelines.front()) {
                continue; // What was claimed under that name or version is not there, then.
            }
            _run.haltForQueue(pipelineStatusFor(error.kind()), error.what());
            return false;
        }
    }
    return true;
}

void Runner::noteOrigin(const std::vector<queue::QueuedTask>& listed)
{
    // A queue of one version shows the same for each that is asked for.
    std::set<std::string> seen;
    const auto strangers = std::count_if(listed.begin(), listed.end(), [&](const auto& task) {
        if (task.status != queue::TaskStatus::running || !seen.insert(task.id).second) {
            return false;
        }
        const auto row = _ledger.task(task.id);
        return !row || row->state == ledger::TaskState::released;
    });
    const auto origin = _ledger.origin();
    const auto mark = _ledger.markFile();
    const auto folder = mark.parent_path().string();
    const auto running = "the queue shows " +
                         log::counted(static_cast<std::size_t>(strangers), "task") +
                         " RUNNING that no ledger here answers for; what is RUNNING is left alone, "
                         "new tasks are told";
    if (strangers > 0 && origin == ledger::Origin::other) {
        _run.count(ExitStatus::later);
        _run.logger.warning("the ledger in " + folder +
                            " is not the one that this pipeline worked with: it was removed or "
                            "exchanged, and " +
                            running +
                            ". Put the right one or a backup in its place while no run is at work; "
                            "where it is gone for good, `notifyhost takeover " +
                            _pipeline.name +
                            " --gone` takes them. This is said in each run until " + mark.string() +
                            " is removed or none of them is left");
        return;
    }
    if (strangers > 0 && origin == ledger::Origin::fresh) {
        // As where a host joins others: all is well then.
        _run.logger.warning("the state folder " + folder + " is new to this pipeline, and " +
                            running +
                            ". Where they are another host's, all is well; where this host has "
                            "worked before, correct `state` or put the former folder in its place "
                            "while no run is at work");
    }
    _ledger.keepOrigin();
}

void Runner::resume(const std::vector<queue::QueuedTask>& listed)
{
    Listed statuses;
    for (const auto& task : listed) {
        // A task that moved on between the two lists is in both: RUNNING is the later word.
        statuses[{task.pipeline.name, task.id}] = task;
    }
    const auto held = _ledger.tasks({ledger::TaskState::taken, ledger::TaskState::running});
    sayWhereNoneIsThere(held, statuses);
    for (const auto& row : held) {
        sort(row, statuses);
    }
    for (const auto& [name, task] : statuses) {
        auto row = _ledger.task(task.id);
        if (row &&
            (row->state == ledger::TaskState::done || row->state == ledger::TaskState::failed)) {
            row->task.pipeline = task.pipeline;
            tellFinalAgain(*row);
        }
    }
}

/// Where the queue has none of what is in hand, whatever the status, another queue is asked than
/// the one they are in.
void Runner::sayWhereNoneIsThere(const std::vector<ledger::TaskRow>& rows, const Listed& listed)
{
    std::set<std::pair<std::string, std::string>> inHand;
    for (const auto& row : rows) {
        inHand.emplace(row.task.pipeline.name, row.task.id);
    }
    const auto isInHand = [&](const auto& name) { return inHand.count(name) > 0; };
    if (rows.empty() || std::any_of(listed.begin(), listed.end(),
                                    [&](const auto& entry) { return isInHand(entry.first); }))
    {
        return;
    }
    std::vector<queue::QueuedTask> all;
    if (!list({std::nullopt}, all) || std::any_of(all.begin(), all.end(), [&](const auto& task) {
            return isInHand(std::pair(task.pipeline.name, task.id));
        }))
    {
        return;
    }
    _run.logger.warning(_run.queue.describe() + " has none of the " +
                        log::counted(rows.size(), "task") +
                        " in hand. Where `url` of this pipeline's queue was changed, they are in "
                        "the former one, which is not asked, and nothing is sent of them: change "
                        "it back until they have ended");
}

void Runner::sort(const ledger::TaskRow& row, const Listed& listed)
{
    const auto found = listed.find({row.task.pipeline.name, row.task.id});
    const bool isListed = found != listed.end();
    const bool isRunning = isListed && found->second.status == queue::TaskStatus::running;
    const bool taken = row.state == ledger::TaskState::taken;
    if (isRunning || (taken && isListed)) {
        if (!taken || isYoung(row.claimed, _run.clock)) {
            (row.deaths > 0 || row.stoppedRun ? _last : _first).push_back(row);
            return;
        }
        letGo(row, isRunning ? "let go: it is RUNNING, which this host may have set without "
                               "hearing of it before the claim's hour was over; nothing of it has "
                               "left here. `notifyhost explain` tells what can be done"
                             : "let go: its claim is older than an hour; the stale watch gives it "
                               "back");
    } else if (taken) {
        letGo(row, "let go: the queue shows it neither CLAIMED nor RUNNING");
    } else {
        handsOff(row, isListed ? "CLAIMED" : "neither CLAIMED nor RUNNING");
    }
}

void Runner::letGo(const ledger::TaskRow& row, const std::string& why)
{
    _ledger.released(row.task.id, why);
    ++_run.report.handsOff;
    _run.count(ExitStatus::later);
    _run.logger.write(Level::warning, {"", row.task.id, ""}, why);
}

void Runner::handsOff(const ledger::TaskRow& row, const std::string& shownAs)
{
    ++_run.report.handsOff;
    const log::Ids ids{"", row.task.id, ""};
    const std::string what = "hands off: running here, but the queue shows it " + shownAs +
                             "; `notifyhost explain " + _pipeline.name + " " + row.task.id +
                             "` tells more";
    if (_run.isPast(row)) {
        // Nothing can follow any more: to say it once a run for ever would help nobody.
        _run.logger.write(Level::info, ids, what);
        return;
    }
    _run.count(ExitStatus::later);
    _run.logger.write(Level::warning, ids, what);
}

void Runner::tellFinalAgain(const ledger::TaskRow& row)
{
    const bool done = row.state == ledger::TaskState::done;
    if (!done && _run.isPast(row)) {
        ++_run.report.handsOff;
        _run.count(ExitStatus::later);
        _run.logger.write(Level::warning, {"", row.task.id, ""},
                          "hands off: it FAILED here, and so long ago that the queue is not told "
                          "again; `notifyhost explain` tells what can be done");
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
    _watch.look(tasks, _listed);
}

void Runner::claimUntilDrained()
{
    while (_run.mayGoOn() && hasRoom()) {
        const auto claimed = _run.clock.claimTime();
        auto tasks = askForTasks();
        if (tasks.empty()) {
            return;
        }
        std::vector<ledger::TaskRow> rows;
        take(std::move(tasks), claimed, rows);
        giveBack(work(rows));
    }
}

bool Runner::hasRoom()
{
    try {
        _ledger.secureRoom(_pipeline.claimSize);
        return true;
    } catch (const storage::StorageError& error) {
        _run.halt(ExitStatus::disk,
                  std::string("no further task was claimed, since it could not be recorded: ") +
                      error.what());
        return false;
    }
}

std::vector<queue::QueuedTask> Runner::askForTasks()
{
    try {
        return _run.queue.claim(porchPipeline(_pipeline), _pipeline.claimSize);
    } catch (const queue::QueueError& error) {
        _run.haltForQueue(pipelineStatusFor(error.kind()), error.what());
        return {};
    }
}

void Runner::take(std::vector<queue::QueuedTask> tasks, const ledger::ClaimTime& claimed,
                  std::vector<ledger::TaskRow>& rows)
{
    std::vector<ledger::TaskRow> finals;
    try {
        std::erase_if(tasks, [&](const auto& task) {
            auto row = _ledger.task(task.id);
            if (!row || row->state == ledger::TaskState::released) {
                return false;
            }
            if (row->state == ledger::TaskState::done || row->state == ledger::TaskState::failed) {
                row->task.pipeline = task.pipeline;
                finals.push_back(std::move(*row));
                return true;
            }
            // Both names hold it: it is told once, and ends under this name when it has ended.
            return row->task.pipeline.name != task.pipeline.name;
        });
        _ledger.taken(tasks, claimed);
    } catch (const storage::StorageError&) {
        giveBackUnrecorded(tasks, claimed);
        throw;
    }
    for (const auto& row : finals) {
        _run.logger.write(Level::warning, {"", row.task.id, ""},
                          "was put back to PENDING by somebody, but this ledger has ended it: "
                          "nothing is sent again. `notifyhost explain` tells what can be done");
        _ledger.putBack(row.task.id);
        tellFinalAgain(row);
    }
    for (const auto& task : tasks) {
        auto row = _ledger.task(task.id).value();
        (row.deaths > 0 || row.stoppedRun ? _last : rows).push_back(std::move(row));
    }
}

/// Returns those whose turn did not come.
std::vector<ledger::TaskRow> Runner::work(std::vector<ledger::TaskRow> tasks)
{
    Batch batch;
    std::move(tasks.begin(), tasks.end(), std::back_inserter(batch.tasks));
    // Another round only for what a worker without room has left behind the others' backs.
    while (!batch.tasks.empty() && _run.mayGoOn()) {
        workTogether(workersFor(batch.tasks.size()), batch);
    }
    return {batch.tasks.begin(), batch.tasks.end()};
}

/// At least one: the last worker is never without room.
std::vector<Runner::Worker*> Runner::workersFor(std::size_t tasks)
{
    prepareWorkers(std::min(tasks, static_cast<std::size_t>(_pipeline.workers)));
    std::vector<Worker*> result;
    for (const auto& worker : _workers) {
        if (!worker->isTurnedAway && result.size() < tasks) {
            result.push_back(worker.get());
        }
    }
    return result;
}

void Runner::workTogether(const std::vector<Worker*>& workers, Batch& batch)
{
    std::vector<std::exception_ptr> failures(workers.size());
    const auto workOne = [&](std::size_t index) {
        try {
            workAlone(*workers[index], batch);
        } catch (...) {
            failures[index] = std::current_exception();
            _run.halted = true;
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t index = 1; index < workers.size(); ++index) {
            threads.emplace_back(workOne, index);
        }
        workOne(0);
    }
    for (const auto& failure : failures) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
}

void Runner::workAlone(Worker& worker, Batch& batch)
{
    while (_run.mayGoOn()) {
        const auto task = batch.next();
        if (!task) {
            return;
        }
        if (worker.work().process(*task) == TaskWork::Turn::noRoom) {
            worker.isTurnedAway = true;
            const std::scoped_lock lock(batch.mutex);
            batch.tasks.push_front(_ledger.task(task->task.id).value());
            return;
        }
    }
}

/// What waited when its turn came may have been superseded since, by what was claimed later.
void Runner::lookBack()
{
    for (const auto& [id, left] : std::exchange(_run.left, {})) {
        const bool mayEnd =
            !_run.stop.requested() && !_run.queueIsAway && (!_run.halted || _run.outage);
        _workers.front()->work().lookBack(id, left, mayEnd);
    }
}

/// Where transport, warehouse or the source's service is down and the queue is not, what is claimed
/// becomes RUNNING: the claim's hour is over before many an outage is.
void Runner::holdThroughOutage()
{
    if (!_run.outage || _run.stop.requested()) {
        return;
    }
    for (const auto& row : _ledger.tasks({ledger::TaskState::taken})) {
        if (_run.queueIsAway) {
            return;
        }
        _workers.front()->work().hold(row);
    }
}

void Runner::giveBackUnrecorded(const std::vector<queue::QueuedTask>& tasks,
                                const ledger::ClaimTime& claimed)
{
    for (const auto& task : tasks) {
        std::string became = "the stale watch gives it back";
        try {
            const auto row = _ledger.task(task.id);
            if (row && row->state != ledger::TaskState::released) {
                // A later run may find its row after all, and go on with it.
                became = "it may be on record nevertheless; the next run or the stale watch goes "
                         "on with it";
            } else if (isYoung(claimed, _run.clock)) {
                _run.queue.update(task, queue::TaskStatus::pending);
                ++_run.report.givenBack;
                became = "it was given back";
            }
        } catch (const std::runtime_error& error) {
            became = std::string("it is not known to be given back, so the stale watch does it: ") +
                     error.what();
        }
        _run.logger.write(Level::error, {"", task.id, ""},
                          "was claimed and cannot be recorded; nothing of it has left; " + became);
    }
}

void Runner::giveBack(const std::vector<ledger::TaskRow>& untouched)
{
    // Only what this run claimed comes here: of a task that an earlier run held, RUNNING may have
    // been PUT, and from there it never goes back. Nor does an outage give anything back: the next
    // run goes on with what is young.
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
        if (!isYoung(row.claimed, _run.clock)) {
            // This machine was asleep since: the task may be another's by now.
            _run.logger.write(Level::warning, ids,
                              "not given back: its claim grew older than an hour just then; the "
                              "stale watch does it");
            continue;
        }
        try {
            _run.queue.update(row.task, queue::TaskStatus::pending);
            ++_run.report.givenBack;
            _run.logger.write(Level::info, ids, "given back");
        } catch (const queue::QueueError& error) {
            _run.logger.write(
                Level::warning, ids,
                std::string("not known to be given back, and that is not repeated; the stale "
                            "watch does it: ") +
                    error.what());
        }
    }
}

void Runner::summarise()
{
    _watch.report();
    const auto& report = _run.report;
    const auto turnedAway = std::count_if(_workers.begin(), _workers.end(),
                                          [](const auto& worker) { return worker->isTurnedAway; });
    if (turnedAway > 0 && !_run.halted) {
        _run.logger.warning(std::to_string(turnedAway) + " of " + std::to_string(_workers.size()) +
                            " workers were turned away while the others were served, which have "
                            "done their work; lower `workers` in [pipeline." +
                            _pipeline.name + "]. What was said: " + *_run.turnedAway.begin());
    }
    if (report.copies > 0) {
        _run.logger.warning("recipients who may have the same message twice now, since an answer "
                            "to the first was lost: " +
                            std::to_string(report.copies) + "; `notifyhost status` names them");
    }
    _run.logger.info("run of " + _pipeline.name + ": " + std::to_string(report.done) + " done (" +
                     std::to_string(report.partial) + " in part, " + std::to_string(report.nobody) +
                     " with nobody to tell, " + std::to_string(report.obsolete) +
                     " superseded or repeated), " + std::to_string(report.failed) + " failed, " +
                     std::to_string(report.cancelled) + " cancelled, " +
                     std::to_string(report.waiting) + " to be tried again, " +
                     std::to_string(report.held) + " held, " + std::to_string(report.handsOff) +
                     " let go, " + std::to_string(report.givenBack) + " given back; " +
                     std::to_string(report.accepted) + " deliveries accepted");
    if (_run.stop.requested()) {
        _run.logger.warning("ended early on request, given back: " +
                            log::counted(static_cast<std::size_t>(report.givenBack), "task") +
                            "; the next run goes on");
    }
}

} // namespace notifyhost::host
