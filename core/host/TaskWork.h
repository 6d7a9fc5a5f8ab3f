#pragma once

#include "host/Composer.h"
#include "host/Courier.h"
#include "host/SharedRun.h"

#include <string>
#include <vector>

namespace notifyhost::host {

/// How a task stands, from its deliveries alone.
struct Standing {
    bool final{}; ///< nothing is left to do
    bool held{};  ///< something waits for the operator
    int accepted{};
    int nobody{};
    int lost{}; ///< refused, expired or cancelled
};
Standing standing(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows);

/// One worker's way of taking a task from claimed to final: compose, RUNNING, freeze, deliver, tell
/// the queue. Every step is on record before the next begins. Threads: one.
/// Source: docs/delivery.md.
class TaskWork {
public:
    TaskWork(SharedRun& run, Composer& composer, Courier& courier, HostServices& sourceServices);

    /// Takes the task as far as it gets now.
    /// Errors: storage::StorageError; everything else ends up in the run's report.
    void process(ledger::TaskRow row);

private:
    /// How far a step got.
    enum class Step { goOn, stop };

    Step compose(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows);
    Step composeNow(ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                    Composition& composition);
    Step putRunning(ledger::TaskRow& row);
    ledger::TaskStanding freeze(const ledger::TaskRow& row, const Composition& composition);
    void deliver(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows);
    Step deliverOne(ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                    ledger::DeliveryRow& delivery);
    void applyFuse(ledger::DeliveryRow& row);
    void giveUp(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                ledger::DeliveryState state, const std::string& why);
    void end(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows);
    std::optional<ledger::Ending> ending(const ledger::TaskRow& row, const Standing& now) const;
    void putFinal(const ledger::TaskRow& row, const Standing& now);
    void letGo(const ledger::TaskRow& row, const std::string& why);

    SharedRun& _run;
    Composer& _composer;
    Courier& _courier;
    HostServices& _sourceServices;
    log::Ids _ids;
    bool _attemptOpen{}; ///< on record as begun, and nothing since has ended it
};

/// PUTs a final status again or for the first time. A queue that is away halts the run; one that
/// does not know the task, or will not have it, is reported.
void tellQueue(SharedRun& run, const queue::QueuedTask& task, queue::TaskStatus status,
               const log::Ids& ids);

} // namespace notifyhost::host
