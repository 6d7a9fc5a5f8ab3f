#pragma once

#include "Program.h"
#include "host/PipelineLock.h"
#include "ledger/Ledger.h"
#include "queue/TaskQueue.h"

#include <memory>
#include <optional>
#include <string>

namespace notifyhost::app {

/// A pipeline with its queue and its ledger, opened for one command.
struct PipelineSession {
    const config::PipelineSettings& pipeline;
    std::unique_ptr<queue::TaskQueue> queue;
    std::unique_ptr<ledger::Ledger> ledger;
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

/// Finds a task by its id or by a beginning of it (6 digits or more) that is unique.
/// A queue that does not answer leaves what the ledger knows.
/// Errors: std::invalid_argument that says what to do; queue::QueueError where the ledger does not
///         know it either.
KnownTask findTask(const PipelineSession& session, const std::string& idOrBeginning);

/// For commands that change what a run may be using: runs `change` with the pipeline's lock held
/// and what an earlier run left in the middle settled, or says that a run is at work and returns
/// status later.
host::ExitStatus withLock(Program& program, const PipelineSession& session,
                          const std::function<host::ExitStatus()>& change);

} // namespace notifyhost::app
