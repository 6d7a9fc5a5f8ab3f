#include "PipelineSession.h"

#include <set>

namespace notifyhost::app {

namespace {

constexpr std::size_t kShortestBeginning = 6;

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
                                             [&clock] { return clock.claimTime(); })};
}

KnownTask findTask(const PipelineSession& session, const std::string& idOrBeginning)
{
    if (idOrBeginning.size() < kShortestBeginning) {
        throw std::invalid_argument("'" + idOrBeginning +
                                    "' is too short: give a task's id or at "
                                    "least the first 6 digits of it");
    }
    std::map<std::string, KnownTask> found;
    std::optional<queue::QueueError> trouble;
    try {
        for (const auto& task : session.queue->list(host::porchPipeline(session.pipeline), {})) {
            if (task.id.starts_with(idOrBeginning)) {
                found[task.id].queued = task;
            }
        }
    } catch (const queue::QueueError& error) {
        trouble = error;
    }
    using enum ledger::TaskState;
    for (const auto& row : session.ledger->tasks({taken, running, done, failed, released})) {
        if (row.task.id.starts_with(idOrBeginning)) {
            found[row.task.id].row = row;
        }
    }
    if (found.empty() && trouble) {
        throw *trouble;
    }
    if (found.size() != 1) {
        throw std::invalid_argument(
            found.empty() ? "pipeline " + session.pipeline.name + " has no task " + idOrBeginning +
                                "; `notifyhost list " + session.pipeline.name + "` lists them"
                          : std::to_string(found.size()) + " tasks begin with " + idOrBeginning +
                                "; give more digits");
    }
    auto task = found.begin()->second;
    task.id = found.begin()->first;
    task.queueTrouble = trouble ? trouble->what() : "";
    return task;
}

host::ExitStatus withLock(Program& program, const PipelineSession& session,
                          const std::function<host::ExitStatus()>& change)
{
    const auto& pipeline = session.pipeline;
    const auto state = program.assembly().configuration().stateFolder();
    const host::PipelineLock lock(state, pipeline.porchName);
    if (!lock.held() || !session.ledger->lock()) {
        program.logger().error("a run of " + pipeline.name +
                               " is at work; nothing was changed. Give the command again when it "
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
