#pragma once

#include "host/SharedRun.h"

#include <string>
#include <vector>

namespace notifyhost::host {

/// Watches tasks of the queue that no row here answers for, and gives back those that stay CLAIMED
/// for stale_after: their claimer died or lost its claim's answer. Ages are added up between looks,
/// since the queue does not tell them.
/// Source: docs/delivery.md, "Stale claims".
class StaleWatch {
public:
    explicit StaleWatch(SharedRun& run);

    /// One look. foreign: tasks listed CLAIMED or RUNNING that this ledger does not hold.
    /// Errors: storage::StorageError; a queue that does not answer halts the run.
    void look(const std::vector<queue::QueuedTask>& foreign);

private:
    ledger::WatchRow watch(const queue::QueuedTask& task, const ledger::WatchRow* before,
                           bool firstLookEver) const;
    void giveBack(const queue::QueuedTask& task);
    void report(const std::vector<ledger::WatchRow>& rows) const;

    SharedRun& _run;
};

} // namespace notifyhost::host
