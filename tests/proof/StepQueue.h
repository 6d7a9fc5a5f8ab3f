#pragma once

#include "proof/ProofSite.h"
#include "support/MiniporchServer.h"
#include "support/ScriptedHttpServer.h"

#include <atomic>
#include <string>

namespace notifyhost::test {

/// What becomes of requests to the queue during the first run.
enum class QueueTrouble {
    none,
    runningLost,    ///< PUT RUNNING never arrives
    runningUnheard, ///< PUT RUNNING has its effect, its answer is lost
    doneLost,
    doneUnheard,
    claimUnheard ///< the claim has its effect, its answer is lost
};

/// A site's queue file served over HTTP by the real miniporch, with somebody in between who loses
/// requests or answers for as long as he is told to.
class StepQueue {
public:
    StepQueue(const ProofSite& site, QueueTrouble trouble);

    int port() const { return _between.port(); }
    void becomeWell() { _isWell = true; }

    /// Makes a token for the pipeline in a site's queue file.
    static std::string makeToken(const ProofSite& site);

private:
    ScriptedReply passOn(const ScriptedRequest& request) const;

    QueueTrouble _trouble;
    std::atomic<bool> _isWell{false};
    MiniporchServer _porch;
    ScriptedHttpServer _between; ///< after what its thread uses
};

} // namespace notifyhost::test
