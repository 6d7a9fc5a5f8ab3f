#include "proof/StepWalk.h"

#include "proof/StateLook.h"
#include "proof/StepPeer.h"
#include "support/TemporaryFolder.h"

#include <csignal>
#include <thread>
#include <vector>

namespace notifyhost::test {

namespace {

/// More where runs wait before they ask a queue again that has lost an answer.
constexpr int kWalkers = 4;
constexpr int kPatientWalkers = 16;
constexpr int kKilled = 128 + SIGKILL;

/// Longer than a first pause, and what the stale watch counts in full.
constexpr std::chrono::minutes kBetweenRuns{15};
constexpr int kRuns = 60;

TaskLook lookAtTask(const ProofSite& site)
{
    return look(site.queue(), site.ledger()).begin()->second;
}

/// Lets later runs end the task.
TaskLook letItEnd(const ProofSite& site)
{
    auto task = lookAtTask(site);
    for (int number = 1; number <= kRuns && !task.isFinal(); ++number) {
        site.runLater(kBetweenRuns * number);
        task = lookAtTask(site);
    }
    return task;
}

} // namespace

StepWalk::StepWalk(const StepScenario& scenario, const ProofSite& original)
    : _scenario(scenario), _original(original)
{
}

StepFigures StepWalk::walk()
{
    {
        std::vector<std::jthread> walkers;
        for (int number = 0; number < (_scenario.queue ? kPatientWalkers : kWalkers); ++number) {
            walkers.emplace_back([this] { walkAlone(); });
        }
    }
    return _figures;
}

void StepWalk::walkAlone()
{
    while (!_over) {
        const long number = _next++;
        try {
            if (!walkOne(number)) {
                _over = true;
            }
        } catch (const std::exception& error) {
            _over = true;
            const std::scoped_lock lock(_mutex);
            _figures.problems += "step " + std::to_string(number) + ": " + error.what() + "\n";
        }
    }
}

bool StepWalk::walkOne(long number)
{
    const TemporaryFolder folder;
    const ProofSite site(_original, folder / "site");
    const StepPeer peer(_scenario.mail);
    ProofSettings settings;
    settings.port = peer.port();
    settings.pipeline = {{"workers", "1"}, {"stale_after", "2 h"}};
    std::optional<StepQueue> queue;
    if (_scenario.queue) {
        queue.emplace(site, *_scenario.queue);
        settings.porch = {{"url", "http://127.0.0.1:" + std::to_string(queue->port())},
                          {"pipeline_token", _scenario.token}};
    }
    site.configure(settings);

    const auto first = site.run({number});
    const bool stopped = first.status == kKilled;
    if (queue) {
        queue->becomeWell();
    }
    const auto then = lookAtTask(site);
    std::string problems = peer.falseWords(then);
    if (!stopped && first.status != _scenario.status) {
        problems += "without a stop the run ends with " + std::to_string(first.status) + "\n";
    }
    problems += peer.differences(then, letItEnd(site));

    const std::scoped_lock lock(_mutex);
    _figures.steps += stopped ? 1 : 0;
    if (!problems.empty()) {
        _figures.problems += "stopped after call " + std::to_string(number) + ":\n" + problems;
    }
    return stopped;
}

} // namespace notifyhost::test
