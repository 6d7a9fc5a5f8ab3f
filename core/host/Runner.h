#pragma once

#include "host/Assembly.h"
#include "host/HostClock.h"
#include "host/SharedRun.h"
#include "host/StaleWatch.h"
#include "host/StopSignal.h"
#include "ledger/Ledger.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace notifyhost::host {

/// One run of one pipeline: first what the ledger holds, then what the queue gives, until it is
/// drained or the time is over. The caller holds the pipeline's lock.
/// Source: docs/delivery.md.
class Runner {
public:
    Runner(Assembly& assembly, const config::PipelineSettings& pipeline, queue::TaskQueue& queue,
           ledger::Ledger& ledger, const HostClock& clock, const RetryPolicy& retryPolicy,
           const StopSignal& stop);
    ~Runner();

    /// Blocks until the run is over. Errors: storage::StorageError, ConfigurationError,
    /// message::TemplateError, PluginRefusal; nothing that is held is lost by any of them.
    RunReport run();

private:
    class Worker;
    struct Batch;
    /// By the name of the task's pipeline in the queue, and its id.
    using Listed = std::map<std::pair<std::string, std::string>, queue::QueuedTask>;

    void prepareWorkers(std::size_t count);
    std::vector<queue::Pipeline> pipelinesInHand() const;
    /// Tasks of these statuses; nullopt: of any. False where the queue does not answer.
    bool list(const std::vector<std::optional<queue::TaskStatus>>& statuses,
              std::vector<queue::QueuedTask>& tasks);
    void noteOrigin(const std::vector<queue::QueuedTask>& listed);
    void resume(const std::vector<queue::QueuedTask>& listed);
    void sayWhereNoneIsThere(const std::vector<ledger::TaskRow>& rows, const Listed& listed);
    void sort(const ledger::TaskRow& row, const Listed& listed);
    void letGo(const ledger::TaskRow& row, const std::string& why);
    void handsOff(const ledger::TaskRow& row, const std::string& shownAs);
    void tellFinalAgain(const ledger::TaskRow& row);
    void watchForeign(const std::vector<queue::QueuedTask>& listed);
    void claimUntilDrained();
    bool hasRoom();
    std::vector<queue::QueuedTask> askForTasks();
    void take(std::vector<queue::QueuedTask> tasks, const ledger::ClaimTime& claimed,
              std::vector<ledger::TaskRow>& rows);
    std::vector<ledger::TaskRow> work(std::vector<ledger::TaskRow> tasks);
    void workTogether(const std::vector<Worker*>& workers, Batch& batch);
    void workAlone(Worker& worker, Batch& batch);
    std::vector<Worker*> workersFor(std::size_t tasks);
    void lookBack();
    void holdThroughOutage();
    void giveBackUnrecorded(const std::vector<queue::QueuedTask>& tasks,
                            const ledger::ClaimTime& claimed);
    void giveBack(const std::vector<ledger::TaskRow>& untouched);
    void summarise();

    Assembly& _assembly;
    const config::PipelineSettings& _pipeline;
    ledger::Ledger& _ledger;
    Fuse _fuse;
    Refusals _refusals;
    SharedRun _run;
    StaleWatch _watch;
    ledger::ClaimTime _listed; ///< before the queue was listed
    std::vector<std::unique_ptr<Worker>> _workers;
    std::vector<ledger::TaskRow> _first; ///< held by the ledger, to go on with
    std::vector<ledger::TaskRow> _last;  ///< those whose last attempts ended the process or a run
};

} // namespace notifyhost::host
