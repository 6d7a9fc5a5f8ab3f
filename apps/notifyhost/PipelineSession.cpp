#include "PipelineSession.h"

#include "host/SharedRun.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace notifyhost::app {

namespace {

constexpr std::size_t kShortestBeginning = 6;

bool isSame(const queue::Pipeline& one, const queue::Pipeline& other)
{
    return one.name == other.name && one.version == other.version;
}

} // namespace

PipelineSession openSession(Program& program, const std::string& pipeline, const std::string& who)
{
    auto& assembly = program.assemblyFor(pipeline);
    const auto& settings = assembly.pipeline(pipeline);
    const auto state = assembly.configuration().stateFolder();
    config::prepareStateFolder(state);
    const auto& clock = program.clock();
    return {settings, assembly.openQueue(settings),
            std::make_unique<ledger::Ledger>(state / "ledger.sqlite", settings.porchName, who,
                                             [&clock] { return clock.claimTime(); }),
            assembly.hasEmbeddedQueue(settings)};
}

std::vector<ledger::TaskRow> rowsOf(const ledger::Ledger& ledger)
{
    using enum ledger::TaskState;
    return ledger.tasks({taken, running, done, failed, released});
}

QueueView lookAt(queue::TaskQueue& queue, const config::PipelineSettings& pipeline,
                 const std::vector<ledger::TaskRow>& rows,
                 const std::vector<queue::TaskStatus>& statuses)
{
    std::map<std::string, queue::Pipeline> inHand;
    std::vector<queue::Pipeline> versions{host::porchPipeline(pipeline)};
    for (const auto& row : rows) {
        const auto& version = inHand.emplace(row.task.id, row.task.pipeline).first->second;
        if (std::none_of(versions.begin(), versions.end(),
                         [&](const auto& known) { return isSame(known, version); }))
        {
            versions.push_back(version);
        }
    }
    // Of one under two names only that which counts may decide.
    std::vector<std::optional<queue::TaskStatus>> asked(statuses.begin(), statuses.end());
    if (statuses.empty() || versions.size() > 1) {
        asked = {std::nullopt};
    }
    QueueView view;
    std::map<std::string, std::size_t> places;
    for (const auto& version : versions) {
        try {
            for (const auto status : asked) {
                for (auto& task : queue.list(version, status)) {
                    const auto [place, isNew] = places.emplace(task.id, view.tasks.size());
                    const auto row = inHand.find(task.id);
                    if (isNew) {
                        view.tasks.push_back(std::move(task));
                    } else if (row != inHand.end() && isSame(row->second, task.pipeline)) {
                        view.tasks[place->second] = std::move(task);
                    }
                }
            }
        } catch (const queue::QueueError& error) {
            using Kind = queue::QueueError::Kind;
            const bool isFormer = !isSame(version, versions.front());
            if (isFormer && error.kind() == Kind::unknown) {
                continue;
            }
            if (!view.trouble) {
                view.asConfigured = isFormer;
                view.trouble =
                    isFormer ? queue::QueueError(error.kind(),
                                                 "what is there under the name " + version.name +
                                                     ", version " + version.version +
                                                     ", is not known: " + error.what())
                             : error;
            }
            if (!isFormer || error.kind() != Kind::credentials) {
                break; // To ask it again would take as long again.
            }
        }
    }
    std::erase_if(view.tasks, [&](const auto& task) {
        return !statuses.empty() &&
               std::find(statuses.begin(), statuses.end(), task.status) == statuses.end();
    });
    return view;
}

std::map<std::string, KnownTask> knownTasks(std::vector<ledger::TaskRow> rows, QueueView view)
{
    std::map<std::string, KnownTask> known;
    for (auto& row : rows) {
        known[row.task.id].row = std::move(row);
    }
    for (auto& task : view.tasks) {
        known[task.id].queued = std::move(task);
    }
    for (auto& [id, task] : known) {
        task.id = id;
        task.queueTrouble = task.queued || !view.trouble ? "" : view.trouble->what();
    }
    return known;
}

std::map<std::string, KnownTask> knownTasks(const PipelineSession& session)
{
    auto rows = rowsOf(*session.ledger);
    auto view = lookAt(*session.queue, session.pipeline, rows);
    return knownTasks(std::move(rows), std::move(view));
}

namespace {

bool isChanged(const config::PipelineSettings& pipeline, const ledger::Ledger& ledger)
{
    const auto configured = host::porchPipeline(pipeline);
    const auto inHand =
        ledger.pipelinesInHand(ledger.time() - pipeline.giveUpAfter - host::kAfterBudget);
    return std::any_of(inHand.begin(), inHand.end(),
                       [&](const auto& one) { return !isSame(one, configured); });
}

/// Whether only all that there is can tell how this task stands.
bool isOutOfStep(const KnownTask& task)
{
    if (!task.row || !task.queueTrouble.empty()) {
        return false;
    }
    return task.queued ? !isSame(task.queued->pipeline, task.row->task.pipeline)
                       : !task.row->putBack;
}

OpenTasks madeOf(std::vector<ledger::TaskRow> rows, QueueView view)
{
    OpenTasks open;
    open.trouble = view.trouble;
    open.asConfigured = view.asConfigured;
    for (const auto& task : view.tasks) {
        ++open.counts[task.status];
    }
    open.known = knownTasks(std::move(rows), std::move(view));
    return open;
}

} // namespace

OpenTasks openTasks(queue::TaskQueue& queue, const config::PipelineSettings& pipeline,
                    const ledger::Ledger* ledger)
{
    using enum ledger::TaskState;
    const auto everything = [&] {
        auto rows = rowsOf(*ledger);
        auto view = lookAt(queue, pipeline, rows);
        return madeOf(std::move(rows), std::move(view));
    };
    std::vector<ledger::TaskRow> rows;
    if (ledger != nullptr) {
        if (isChanged(pipeline, *ledger)) {
            return everything();
        }
        rows = ledger->tasks({taken, running, failed});
        for (auto& row : ledger->tasksPutBack()) {
            rows.push_back(std::move(row));
        }
    }
    auto view = lookAt(queue, pipeline, rows, {queue::kNotDone.begin(), queue::kNotDone.end()});
    auto open = madeOf(std::move(rows), std::move(view));
    for (auto& [id, task] : open.known) {
        if (!task.row && ledger != nullptr) {
            task.row = ledger->task(id);
        }
        if (isOutOfStep(task)) {
            return everything();
        }
        if (!task.queued && task.queueTrouble.empty()) {
            // Was put back, and is not any more.
            task.queued = task.row->task;
            task.queued->status = queue::TaskStatus::done;
        }
    }
    const auto over = open.trouble ? std::nullopt : queue.countDone(host::porchPipeline(pipeline));
    if (over.value_or(0) > 0) {
        open.counts[queue::TaskStatus::done] = *over;
    }
    return open;
}

Situations::Situations(const PipelineSession& session)
    : _session(session), _now(session.ledger->time())
{
    for (auto& watch : session.ledger->watches()) {
        _watches.emplace(watch.taskId, watch);
    }
}

host::Situation Situations::of(const KnownTask& task) const
{
    const auto kTime = _session.pipeline.giveUpAfter + host::kAfterBudget;
    host::Situation situation;
    situation.ledger = host::inLedger(task.row);
    situation.queue = task.queued                 ? host::inQueue(task.queued->status)
                      : task.queueTrouble.empty() ? host::InQueue::absent
                                                  : host::InQueue::away;
    situation.past = !_session.embedded && task.row && _now - task.row->budgetStart > kTime;
    const auto watch = _watches.find(task.id);
    if (watch != _watches.end() && task.queued && watch->second.status == task.queued->status) {
        situation.watched =
            watch->second.status == queue::TaskStatus::running && watch->second.watched >= kTime;
        situation.early = watch->second.beforeFirstLook;
    }
    return situation;
}

KnownTask findTask(const PipelineSession& session, const std::string& idOrBeginning)
{
    if (idOrBeginning.size() < kShortestBeginning) {
        throw std::invalid_argument("'" + idOrBeginning +
                                    "' is too short: give a task's id or at "
                                    "least the first 6 digits of it");
    }
    auto known = knownTasks(session);
    const auto begin = known.lower_bound(idOrBeginning);
    auto end = begin;
    while (end != known.end() && end->first.starts_with(idOrBeginning)) {
        ++end;
    }
    const auto found = std::distance(begin, end);
    if (found == 0) {
        // Is it not there, or does the queue not answer?
        session.queue->list(host::porchPipeline(session.pipeline), queue::TaskStatus::pending);
    }
    if (found != 1) {
        throw std::invalid_argument(
            found == 0 ? "pipeline " + session.pipeline.name + " has no task " + idOrBeginning +
                             "; `notifyhost list " + session.pipeline.name + "` lists them"
                       : std::to_string(found) + " tasks begin with " + idOrBeginning +
                             "; give more digits");
    }
    return begin->second;
}

namespace {

constexpr std::chrono::seconds kLockWait{10};
constexpr std::chrono::milliseconds kLockStep{200};

/// The lock, taken; or not after kLockWait.
std::unique_ptr<host::PipelineLock> waitForLock(Program& program, const std::string& pipeline,
                                                const std::string& porchName)
{
    const auto state = program.assembly().configuration().stateFolder();
    auto lock = std::make_unique<host::PipelineLock>(state, porchName);
    for (auto waited = kLockStep * 0; !lock->held() && waited < kLockWait; waited += kLockStep) {
        if (waited == waited.zero()) {
            program.logger().warning("a run of " + pipeline +
                                     " is at work; waiting for it, up to " +
                                     std::to_string(kLockWait.count()) + " s");
        }
        if (program.stop().requested()) {
            break;
        }
        std::this_thread::sleep_for(kLockStep);
        lock = std::make_unique<host::PipelineLock>(state, porchName);
    }
    return lock;
}

} // namespace

host::ExitStatus withLock(Program& program, const PipelineSession& session,
                          const std::function<host::ExitStatus()>& change)
{
    const auto& pipeline = session.pipeline;
    const auto lock = waitForLock(program, pipeline.name, pipeline.porchName);
    if (!lock->held() || !session.ledger->lock()) {
        program.logger().error(
            "a run of " + pipeline.name +
            " is still at work; nothing was changed. Give the command again when it "
            "is over.");
        return host::ExitStatus::later;
    }
    // Before the lock file is let go, so that who finds that free finds this free.
    const std::unique_ptr<ledger::Ledger, void (*)(ledger::Ledger*)> unlockAtEnd(
        session.ledger.get(), [](ledger::Ledger* ledger) { ledger->unlock(); });
    session.ledger->recover(pipeline.inDoubt == config::InDoubt::hold);
    return change();
}

} // namespace notifyhost::app
