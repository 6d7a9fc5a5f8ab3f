#pragma once

#include "Program.h"
#include "host/OperatorTable.h"
#include "host/PipelineLock.h"
#include "ledger/Ledger.h"
#include "queue/TaskQueue.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace notifyhost::app {

/// A pipeline with its queue and its ledger, opened for one command.
struct PipelineSession {
    const config::PipelineSettings& pipeline;
    std::unique_ptr<queue::TaskQueue> queue;
    std::unique_ptr<ledger::Ledger> ledger;
    bool embedded{}; ///< its queue is a file of this host: no other host answers for its tasks
};

/// Opens both. Errors: as the assembly and the ledger; std::runtime_error for the state folder.
PipelineSession openSession(Program& program, const std::string& pipeline, const std::string& who);

/// A task as queue and ledger know it; either may be missing.
struct KnownTask {
    std::string id;
    std::string queueTrouble; ///< why the queue could not be asked; empty: it was
    std::optional<queue::QueuedTask> queued;
    std::optional<ledger::TaskRow> row;
};

/// All rows of the ledger.
std::vector<ledger::TaskRow> rowsOf(const ledger::Ledger& ledger);

/// What the queue shows of a pipeline.
struct QueueView {
    std::vector<queue::QueuedTask> tasks;     ///< each once, in the queue's order
    std::optional<queue::QueueError> trouble; ///< why this is not all
    bool asConfigured{true}; ///< it is all that is there as the pipeline is configured
};

/// Asks the queue for all tasks: as the pipeline is configured, and under names and versions that
/// rows have and the configuration no longer has. Of a task under two names, what counts is how it
/// stands under the row's. One that does not answer is asked once. statuses: only those; empty:
/// all.
QueueView lookAt(queue::TaskQueue& queue, const config::PipelineSettings& pipeline,
                 const std::vector<ledger::TaskRow>& rows,
                 const std::vector<queue::TaskStatus>& statuses = {});

/// Every task that the queue shows or the ledger has a row of, by id. Of a queue that does not
/// answer, what the ledger knows, each with the trouble.
std::map<std::string, KnownTask> knownTasks(std::vector<ledger::TaskRow> rows, QueueView view);
/// The same, with both asked for it.
std::map<std::string, KnownTask> knownTasks(const PipelineSession& session);

/// What is not over.
struct OpenTasks {
    std::map<std::string, KnownTask> known;           ///< as of knownTasks(), sometimes with more
    std::map<queue::TaskStatus, std::int64_t> counts; ///< in the queue, DONE where that is known
    std::optional<queue::QueueError> trouble;         ///< as of QueueView
    bool asConfigured{true};
};

/// What the ledger has taken, running or FAILED or has found put back, and what the queue shows
/// other than DONE: what was told long ago is not gone through. Only where something is out of
/// step, or a name or version was changed, is everything looked at. ledger: nullptr where there is
/// none.
OpenTasks openTasks(queue::TaskQueue& queue, const config::PipelineSettings& pipeline,
                    const ledger::Ledger* ledger);

/// What the operator's table asks about tasks. Reads the ledger's watches once.
class Situations {
public:
    explicit Situations(const PipelineSession& session);
    host::Situation of(const KnownTask& task) const;

private:
    const PipelineSession& _session;
    ledger::WallTime _now;
    std::map<std::string, ledger::WatchRow> _watches;
};

/// Finds a task by its id or by a beginning of it (6 digits or more) that is unique.
/// A queue that does not answer leaves what the ledger knows.
/// Errors: std::invalid_argument that says what to do; queue::QueueError where the ledger does not
///         know it either.
KnownTask findTask(const PipelineSession& session, const std::string& idOrBeginning);

/// For commands that change what a run may be using: runs `change` with the pipeline's lock held
/// and what an earlier run left in the middle settled. While a run is at work it says so and waits,
/// up to kLockWait; then it changes nothing and returns status later.
host::ExitStatus withLock(Program& program, const PipelineSession& session,
                          const std::function<host::ExitStatus()>& change);

} // namespace notifyhost::app
