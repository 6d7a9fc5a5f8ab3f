#pragma once

#include "config/Configuration.h"
#include "host/ExitStatus.h"
#include "host/Fuse.h"
#include "host/HostClock.h"
#include "host/PeerRecord.h"
#include "host/Refusals.h"
#include "host/RetryPolicy.h"
#include "host/StopSignal.h"
#include "ledger/Ledger.h"
#include "log/Logger.h"
#include "queue/TaskQueue.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <semaphore>
#include <set>
#include <string>

namespace notifyhost::host {

/// What became of a run, in numbers.
struct RunReport {
    int done{};      ///< tasks ended DONE
    int partial{};   ///< … of those, with a recipient refused or expired
    int nobody{};    ///< … of those, with nobody to tell
    int obsolete{};  ///< … of those, with nothing but what is superseded or repeated
    int failed{};    ///< tasks ended FAILED
    int cancelled{}; ///< … beside those, whole tasks that the operator cancelled
    int waiting{};   ///< tasks to be tried again later
    int held{};      ///< tasks with something held for the operator
    int handsOff{};  ///< tasks let go because their claim or their owner is in doubt
    int givenBack{}; ///< tasks put back for another run
    int accepted{};  ///< deliveries that a peer took during this run
    int copies{};    ///< messages sent on although an earlier one may have arrived
    ExitStatus status{ExitStatus::ok};
};

/// Why a task that is running here was left before its end.
enum class Left {
    waiting, ///< to be tried again later
    handsOff ///< its owner is in doubt
};

/// After give_up_after and this, the ledger sends nothing more: somebody may have taken over.
inline constexpr std::chrono::hours kAfterBudget{24};

/// What all workers of one run share. Threads: any; report under reportMutex, the queue's update()
/// in a QueueTurn.
struct SharedRun {
    const config::PipelineSettings& pipeline;
    ledger::Ledger& ledger;
    queue::TaskQueue& queue;
    log::Logger& logger;
    const HostClock& clock;
    const RetryPolicy& retryPolicy;
    const StopSignal& stop;
    Fuse& fuse;
    Refusals& refusals;
    ledger::ClaimTime begun;      ///< its wall time is the ledger's own
    std::chrono::nanoseconds end; ///< of max_run_minutes, since the boot

    std::counting_semaphore<> queueTurns{queue.updatesAtOnce()};
    std::mutex reportMutex{};
    RunReport report{};
    PeerRecord transportPeer{};
    PeerRecord sourcePeer{};            ///< the services that the source asks
    std::set<std::string> turnedAway{}; ///< what workers heard that found no room; reportMutex
    /// Tasks that had their turn and are not counted yet: what is newer about the same thing may
    /// take their place before the run is over. reportMutex.
    std::map<std::string, Left> left{};
    std::atomic<bool> halted{false}; ///< a service as a whole is gone: begin nothing new
    std::atomic<bool> queueIsAway{false};
    std::atomic<bool> outage{false}; ///< … which is neither the queue nor the ledger's disk

    /// Whether another message may be begun.
    bool mayGoOn() const { return !halted && !stop.requested() && clock.sinceBoot() < end; }

    /// The ledger's time.
    ledger::WallTime now() const
    {
        const auto running = clock.sinceBoot() - begun.sinceBoot;
        return begun.wall + std::chrono::duration_cast<ledger::WallTime::duration>(running);
    }

    /// How much of its budget a task has spent: a wall clock that is put elsewhere changes nothing,
    /// and a machine asleep in the middle of a run has spent it too.
    ledger::WallTime::duration age(const ledger::TaskRow& row) const
    {
        return now() - row.budgetStart;
    }

    /// Whether no further attempt may be made.
    bool isSpent(const ledger::TaskRow& row) const { return age(row) > pipeline.giveUpAfter; }

    /// Whether another host may have taken the task over, so that this one is silent about it.
    bool isPast(const ledger::TaskRow& row) const
    {
        return queue.isShared() && age(row) > pipeline.giveUpAfter + kAfterBudget;
    }

    /// Adds a status to the report.
    void count(ExitStatus status)
    {
        const std::scoped_lock lock(reportMutex);
        report.status = worse(report.status, status);
    }

    /// Stops the run because a service is gone, and says so once.
    void halt(ExitStatus status, const std::string& reason)
    {
        count(status);
        if (!halted.exchange(true)) {
            logger.error(reason + (reason.ends_with('.') ? "" : ".") +
                         " The run stops here; what it holds waits for the next one.");
        }
    }

    /// The same for the queue.
    void haltForQueue(ExitStatus status, const std::string& reason)
    {
        queueIsAway = true;
        halt(status, reason);
    }

    /// The same where the queue is there: what is claimed is made RUNNING, however long it takes.
    void haltForOutage(ExitStatus status, const std::string& reason)
    {
        outage = true;
        halt(status, reason);
    }
};

/// One of the turns at the queue's update(). Waits for it. Who has waited looks at queueIsAway
/// before asking: what has failed for one need not fail for each.
class QueueTurn {
public:
    explicit QueueTurn(SharedRun& run) : _run(run) { _run.queueTurns.acquire(); }
    ~QueueTurn() { _run.queueTurns.release(); }
    QueueTurn(const QueueTurn&) = delete;
    QueueTurn& operator=(const QueueTurn&) = delete;

private:
    SharedRun& _run;
};

} // namespace notifyhost::host
