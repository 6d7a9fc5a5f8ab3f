#include "proof/StepWalk.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <iostream>

namespace notifyhost::test {
namespace {

/// Walks one scenario and prints how many stops it took. Fewer than these would mean that the stops
/// no longer reach all of a run.
void expectEveryStepSafe(const std::string& name, StepScenario scenario, long fewestSteps)
{
    const TemporaryFolder folder;
    const ProofSite original(folder.path(), {});
    original.add(1, 1);
    if (scenario.queue) {
        scenario.token = StepQueue::makeToken(original);
    }
    const auto figures = walkRun(scenario, original);
    std::cout << name << ": stopped after each of " << figures.steps << " calls\n";
    EXPECT_EQ(figures.problems, "");
    EXPECT_GE(figures.steps, fewestSteps);
}

TEST(EveryStep, IsSafeWhereAllIsWell)
{
    expectEveryStepSafe("all well", {MailTrouble::none, 0}, 220);
}

TEST(EveryStep, IsSafeWhereTheClockIsPutAheadAndBackAfterTheStop)
{
    StepScenario scenario{MailTrouble::none, 0};
    scenario.clockJumps = true;
    expectEveryStepSafe("the clock jumps", scenario, 220);
}

TEST(EveryStep, IsSafeWhereARecipientIsDeferred)
{
    expectEveryStepSafe("451 at RCPT", {MailTrouble::deferredAtRcpt, 75}, 200);
}

TEST(EveryStep, IsSafeWhereAMessageIsRefusedAfterItsDot)
{
    expectEveryStepSafe("refusal after the dot", {MailTrouble::refusedAfterDot, 1}, 220);
}

TEST(EveryStep, IsSafeWhereTheLinkBreaksAfterTheDot)
{
    expectEveryStepSafe("link cut after the dot", {MailTrouble::cutAfterDot, 75}, 210);
}

/// Where the queue is a server: miniporch, with somebody in between.
StepScenario withQueue(QueueTrouble trouble, int status)
{
    return {MailTrouble::none, status, trouble};
}

TEST(EveryStep, IsSafeWhereTheQueueIsAServer)
{
    expectEveryStepSafe("a server for a queue", withQueue(QueueTrouble::none, 0), 190);
}

TEST(EveryStep, IsSafeWhereRunningIsLostBeforeItsEffect)
{
    expectEveryStepSafe("PUT RUNNING lost", withQueue(QueueTrouble::runningLost, 69), 54);
}

TEST(EveryStep, IsSafeWhereRunningIsLostAfterItsEffect)
{
    expectEveryStepSafe("PUT RUNNING unheard", withQueue(QueueTrouble::runningUnheard, 69), 54);
}

TEST(EveryStep, IsSafeWhereDoneIsLostBeforeItsEffect)
{
    expectEveryStepSafe("PUT DONE lost", withQueue(QueueTrouble::doneLost, 69), 195);
}

TEST(EveryStep, IsSafeWhereDoneIsLostAfterItsEffect)
{
    expectEveryStepSafe("PUT DONE unheard", withQueue(QueueTrouble::doneUnheard, 69), 195);
}

TEST(EveryStep, IsSafeWhereTheAnswerToAClaimIsLost)
{
    expectEveryStepSafe("claim unheard", withQueue(QueueTrouble::claimUnheard, 69), 22);
}

} // namespace
} // namespace notifyhost::test
