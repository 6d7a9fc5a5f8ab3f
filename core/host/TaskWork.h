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
    int lost{};      ///< refused or expired
    int cancelled{}; ///< by the operator: a decision, no failure
    int obsolete{};  ///< superseded or repeated
};
Standing standing(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows);

/// One worker's way of taking a task from claimed to final: compose, RUNNING, freeze, deliver, tell
/// the queue. Every step is on record before the next begins. Threads: one.
/// Source: docs/delivery.md.
class TaskWork {
public:
    /// worker: its number in the run.
    TaskWork(SharedRun& run, std::size_t worker, Composer& composer, Courier& courier,
             HostServices& sourceServices);

    /// What became of a worker's turn at a task.
    enum class Turn {
        over,   ///< the task was taken as far as it gets now
        noRoom, ///< a service serves other workers and not this one: the task is theirs
    };

    /// Takes the task as far as it gets now.
    /// Errors: storage::StorageError; everything else ends up in the run's report.
    Turn process(ledger::TaskRow row);

    /// Once all work of the run is done: counts what became of a task that was left before its end.
    /// Ends it where nothing of it is open any more, since a newer word about the same thing took
    /// its place; mayEnd: whether a run that was halted still may. Errors: as process().
    void lookBack(const std::string& taskId, Left left, bool mayEnd);

    /// Makes a claimed task RUNNING, so that this ledger goes on with it however long an outage
    /// lasts. Errors: storage::StorageError.
    void hold(ledger::TaskRow row);

private:
    /// How far a step got.
    enum class Step { goOn, stop, noRoom };

    Step compose(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows);
    Step composeNow(ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                    Composition& composition);
    Step putRunning(ledger::TaskRow& row);
    ledger::TaskStanding freeze(const ledger::TaskRow& row, const Composition& composition);
    bool awaitEarlier(const std::vector<ledger::DeliveryRow>& deliveries) const;
    void reload(ledger::DeliveryRow& delivery) const;
    Step deliver(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows);
    Step deliverOne(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows,
                    ledger::DeliveryRow& delivery);
    Step serviceFailed(const ServiceError& error, const ledger::TaskRow& row,
                       PeerRecord::Turn& turn, Composition& composition);
    void putOff(Attempt& attempt) const;
    void record(ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                ledger::DeliveryRow& delivery, const Attempt& attempt);
    void noteRefusals(const std::vector<ledger::DeliveryRow>& rows, const Standing& now);
    void stopRun(const ledger::TaskRow& row, ExitStatus status, const std::string& reason);
    void turnAway(const std::string& reason);
    void applyFuse(ledger::DeliveryRow& row);
    void giveUp(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                ledger::DeliveryState state, const std::string& why);
    void end(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows);
    std::optional<ledger::Ending> ending(const ledger::TaskRow& row, const Standing& now) const;
    void putFinal(const ledger::TaskRow& row, const Standing& now);
    void letGo(const ledger::TaskRow& row, const std::string& why);

    SharedRun& _run;
    std::size_t _worker;
    Composer& _composer;
    Courier& _courier;
    HostServices& _sourceServices;
    log::Ids _ids;
    bool _attemptOpen{}; ///< on record as begun, and nothing since has ended it
    bool _refused{};     ///< the peer refused somebody in this turn
};

/// PUTs a final status again or for the first time. A queue that is away halts the run; one that
/// does not know the task, or will not have it, is reported.
void tellQueue(SharedRun& run, const queue::QueuedTask& task, queue::TaskStatus status,
               const log::Ids& ids);

} // namespace notifyhost::host
