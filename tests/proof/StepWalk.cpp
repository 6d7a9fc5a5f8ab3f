#include "proof/StepWalk.h"

#include "proof/StepPeer.h"
#include "support/TemporaryFolder.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

namespace notifyhost::test {

namespace {

/// Where runs wait before they ask a queue again that has lost an answer.
constexpr int kPatientWalkers = 16;
constexpr int kKilled = 128 + SIGKILL;

/// Longer than a first pause, and what the stale watch counts in full.
constexpr std::chrono::minutes kBetweenRuns{15};
constexpr int kRuns = 60;

TaskLook lookAtTask(const ProofSite& site)
{
    return look(site.queue(), site.ledger()).begin()->second;
}

/// Puts the wall clock ahead before every second run, and back before the others.
void jump(ProofSite& site, int number)
{
    constexpr std::chrono::hours kYear{24 * 365};
    site.stepWall(number % 2 == 1 ? kYear : -kYear);
}

bool attemptRun(const StepScenario& scenario, const ProofSite& original, long number,
                std::string& problems)
{
    const TemporaryFolder folder;
    ProofSite site(original, folder / "site");
    const StepPeer peer(scenario.mail);
    ProofSettings settings;
    settings.port = peer.port();
    settings.pipeline = {{"workers", "1"}, {"stale_after", "2 h"}};
    std::optional<StepQueue> queue;
    if (scenario.queue) {
        queue.emplace(site, *scenario.queue);
        settings.porch = {{"url", "http://127.0.0.1:" + std::to_string(queue->port())},
                          {"pipeline_token", scenario.token}};
    }
    site.configure(settings);

    const auto first = site.run({number});
    const bool stopped = wasStopped(first);
    if (queue) {
        queue->becomeWell();
    }
    const auto then = lookAtTask(site);
    problems += peer.falseWords(then);
    if (!stopped && first.status != scenario.status) {
        problems += "without a stop the run ends with " + std::to_string(first.status) + "\n";
    }
    const auto between = [&](ProofSite& each, int run) {
        if (scenario.clockJumps) {
            jump(each, run);
        }
    };
    problems += peer.differences(then, letThemEnd(site, "ont", between).begin()->second);
    return stopped;
}

} // namespace

bool wasStopped(const ProcessResult& result)
{
    return result.status == kKilled;
}

StateLook letThemEnd(ProofSite& site, const std::string& pipeline,
                     const std::function<void(ProofSite& site, int number)>& between)
{
    const auto allEnded = [](const StateLook& tasks) {
        return std::all_of(tasks.begin(), tasks.end(),
                           [](const auto& task) { return task.second.isFinal(); });
    };
    auto tasks = look(site.queue(), site.ledger());
    for (int number = 1; number <= kRuns && !allEnded(tasks); ++number) {
        between(site, number);
        site.operate({"run", pipeline}, kBetweenRuns * number);
        tasks = look(site.queue(), site.ledger());
    }
    return tasks;
}

StepFigures walkSteps(const StepAttempt& attempt, int walkers)
{
    std::atomic<long> next{1};
    std::atomic<bool> over{false};
    std::mutex mutex;
    StepFigures figures;
    const auto walkAlone = [&] {
        while (!over) {
            const long number = next++;
            std::string problems;
            bool stopped = false;
            try {
                stopped = attempt(number, problems);
            } catch (const std::exception& error) {
                problems += std::string(error.what()) + "\n";
            }
            over = over || !stopped;
            const std::scoped_lock lock(mutex);
            figures.steps += stopped ? 1 : 0;
            if (!problems.empty()) {
                figures.problems +=
                    "stopped after call " + std::to_string(number) + ":\n" + problems;
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < walkers; ++number) {
            threads.emplace_back(walkAlone);
        }
    }
    return figures;
}

StepFigures walkRun(const StepScenario& scenario, const ProofSite& original)
{
    constexpr int kWalkers = 4;
    return walkSteps(
        [&](long number, std::string& problems) {
            return attemptRun(scenario, original, number, problems);
        },
        scenario.queue ? kPatientWalkers : kWalkers);
}

} // namespace notifyhost::test
