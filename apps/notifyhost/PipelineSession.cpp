#include "PipelineSession.h"

#include "host/SharedRun.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace notifyhost::app {

namespace {

constexpr std::size_t kShortestBeginning = 6;

using Known = std::map<std::string, KnownTask>;
using Statuses = std::vector<std::optional<queue::TaskStatus>>;

bool isSame(const queue::Pipeline& one, const queue::Pipeline& other)
{
    return one.name == other.name && one.version == other.version;
}

/// The rows in these states, joined with what the queue lists in these statuses. Rows of a name or
/// version that the configuration no longer has are asked for under those.
Known joined(const PipelineSession& session, const std::vector<ledger::TaskState>& states,
             const Statuses& statuses)
{
    Known known;
    std::vector<queue::Pipeline> versions{host::porchPipeline(session.pipeline)};
    for (auto& row : session.ledger->tasks(states)) {
        const auto& version = row.task.pipeline;
        if (std::find(versions.begin(), versions.end(), version) == versions.end() &&
            !isSame(version, versions.front()))
        {
            versions.push_back(version);
        }
        known[row.task.id].row = std::move(row);
    }
    std::string trouble;
    for (const auto& version : versions) {
        try {
            for (const auto status : statuses) {
                for (auto& task : session.queue->list(version, status)) {
                    auto& entry = known[task.id];
                    // Of a task under two names, what counts is how it stands under the row's.
                    if (!entry.queued ||
                        (entry.row && isSame(entry.row->task.pipeline, task.pipeline))) {
                        entry.queued = std::move(task);
                    }
                }
            }
        } catch (const queue::QueueError& error) {
            if (version == versions.front() || error.kind() != queue::QueueError::Kind::unknown) {
                trouble = error.what();
            }
        }
    }
    for (auto& [id, task] : known) {
        task.id = id;
        task.queueTrouble = task.queued ? "" : trouble;
    }
    return known;
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

std::map<std::string, KnownTask> knownTasks(const PipelineSession& session)
{
    using enum ledger::TaskState;
    return joined(session, {taken, running, done, failed, released}, {std::nullopt});
}

std::map<std::string, KnownTask> openTasks(const PipelineSession& session)
{
    using enum ledger::TaskState;
    auto known = joined(session, {taken, running, failed},
                        Statuses(queue::kNotDone.begin(), queue::kNotDone.end()));
    const bool isAstray = std::any_of(known.begin(), known.end(), [](const auto& one) {
        return !one.second.queued && one.second.queueTrouble.empty();
    });
    if (isAstray) {
        // DONE by somebody else, or not there at all: only the whole list tells which.
        return knownTasks(session);
    }
    for (auto& [id, task] : known) {
        if (!task.row) {
            task.row = session.ledger->task(id);
        }
    }
    for (auto& row : session.ledger->tasksPutBack()) {
        const auto id = row.task.id;
        if (known.count(id) == 0) {
            auto queued = row.task;
            queued.status = queue::TaskStatus::done;
            known[id] = {id, "", std::move(queued), std::move(row)};
        }
    }
    return known;
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
