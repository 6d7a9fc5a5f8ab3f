#pragma once

#include "proof/ProofSite.h"
#include "proof/StepQueue.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace notifyhost::test {

/// What the mail server does to the second of three recipients, once.
enum class MailTrouble { none, deferredAtRcpt, refusedAfterDot, cutAfterDot };

struct StepScenario {
    MailTrouble mail{};
    int status{};                        ///< of the first run where nothing stops it
    std::optional<QueueTrouble> queue{}; ///< nullopt: the embedded queue
    std::string token{};                 ///< of the pipeline, where the queue is a server
};

struct StepFigures {
    long steps{};         ///< so many calls a run was stopped after, one run for each
    std::string problems; ///< whatever is not as promised; empty: nothing
};

/// Stops a run with one task and one worker after its n-th call, for every n until a run ends by
/// itself. After each stop it lets later runs end the task and compares what the peer accepted with
/// what should have been told.
class StepWalk {
public:
    /// original: a site to copy, with one task and all that it needs.
    StepWalk(const StepScenario& scenario, const ProofSite& original);
    StepFigures walk();

private:
    void walkAlone();
    bool walkOne(long number);

    StepScenario _scenario;
    const ProofSite& _original;
    std::atomic<long> _next{1};
    std::atomic<bool> _over{false};
    std::mutex _mutex;
    StepFigures _figures;
};

} // namespace notifyhost::test
