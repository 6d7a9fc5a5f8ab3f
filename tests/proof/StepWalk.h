#pragma once

#include "proof/ProofSite.h"
#include "proof/StateLook.h"
#include "proof/StepQueue.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::test {

struct StepFigures {
    long steps{};         ///< so many calls a program was stopped after, one attempt for each
    std::string problems; ///< whatever is not as promised; empty: nothing
};

/// One attempt, with the program stopped after its n-th call: returns whether it was stopped, and
/// adds whatever is not as promised. Threads: several make attempts at a time.
using StepAttempt = std::function<bool(long number, std::string& problems)>;

/// Makes attempts for every n, until the program ends by itself.
StepFigures walkSteps(const StepAttempt& attempt, int walkers = 4);

/// Lets later runs of a pipeline of the configuration end all its tasks, a quarter of an hour
/// apart; between: what else happens before each.
StateLook letThemEnd(
    ProofSite& site, const std::string& pipeline,
    const std::function<void(ProofSite& site, int number)>& between = [](ProofSite&, int) {});

/// Whether a program was ended by the stop that was asked for.
bool wasStopped(const ProcessResult& result);

/// What the mail server does to the second of three recipients, once.
enum class MailTrouble { none, deferredAtRcpt, refusedAfterDot, cutAfterDot };

struct StepScenario {
    MailTrouble mail{};
    int status{};                        ///< of the first run where nothing stops it
    std::optional<QueueTrouble> queue{}; ///< nullopt: the embedded queue
    std::string token{};                 ///< of the pipeline, where the queue is a server
    bool clockJumps{};                   ///< ahead and back by a year between the runs
};

/// Stops a run with one task and one worker after its n-th call, for every n. After each stop it
/// lets later runs end the task and compares what the peer accepted with what should have been
/// told. original: a site to copy, with one task and all that it needs.
StepFigures walkRun(const StepScenario& scenario, const ProofSite& original);

} // namespace notifyhost::test
