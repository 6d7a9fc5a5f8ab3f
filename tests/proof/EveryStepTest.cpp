#include "proof/StepWalk.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <iostream>

namespace notifyhost::test {
namespace {

/// Fewer calls than this would mean that the stops no longer reach all of a run.
constexpr long kFewestSteps = 200;

/// Walks one scenario and prints how many stops it took.
void expectEveryStepSafe(const std::string& name, const StepScenario& scenario)
{
    const TemporaryFolder folder;
    const ProofSite original(folder.path(), {});
    original.add(1, 1);
    const auto figures = StepWalk(scenario, original).walk();
    std::cout << name << ": stopped after each of " << figures.steps << " calls\n";
    EXPECT_EQ(figures.problems, "");
    EXPECT_GE(figures.steps, kFewestSteps);
}

TEST(EveryStep, IsSafeWhereAllIsWell)
{
    expectEveryStepSafe("all well", {MailTrouble::none, 0});
}

TEST(EveryStep, IsSafeWhereARecipientIsDeferred)
{
    expectEveryStepSafe("451 at RCPT", {MailTrouble::deferredAtRcpt, 75});
}

TEST(EveryStep, IsSafeWhereAMessageIsRefusedAfterItsDot)
{
    expectEveryStepSafe("refusal after the dot", {MailTrouble::refusedAfterDot, 1});
}

TEST(EveryStep, IsSafeWhereTheLinkBreaksAfterTheDot)
{
    expectEveryStepSafe("link cut after the dot", {MailTrouble::cutAfterDot, 75});
}

} // namespace
} // namespace notifyhost::test
