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

    /// One look. foreign: tasks listed CLAIMED or RUNNING that this ledger does not hold; listed:
    /// the time before they were listed. A task that cannot be given back is reported and stays.
    /// Errors: storage::StorageError.
    void look(const std::vector<queue::QueuedTask>& foreign, const ledger::ClaimTime& listed);

    /// Tells the operator, at the end of the run, what only a person can decide.
    void report() const;

private:
    ledger::WatchRow watch(const queue::QueuedTask& task, const ledger::WatchRow* before,
                           bool firstLookEver) const;
    void giveBack(const queue::QueuedTask& task, const ledger::ClaimTime& listed);

    SharedRun& _run;
    std::vector<ledger::WatchRow> _rows;
    int _tooFarApart{}; ///< claims whose last two looks do not count
};

} // namespace notifyhost::host
