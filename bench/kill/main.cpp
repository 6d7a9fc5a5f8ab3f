#include "proof/KillCampaign.h"
#include "support/TemporaryFolder.h"

#include <CLI/CLI.hpp>

#include <iostream>
#include <optional>

/// The kill test in its long form. Ends with status 0 where the promise was kept.
int main(int argc, char** argv)
{
    using namespace notifyhost::test;
    CLI::App application{"Kills `notifyhost run` again and again and counts who was told.", "kill"};
    KillPlan plan;
    plan.tasks = 10'000;
    plan.kills = 2'000;
    plan.chunk = 500;
    std::string folder;
    application.add_option("--tasks", plan.tasks, "Tasks, with three recipients each");
    application.add_option("--kills", plan.kills, "Kills before the rest is left in peace");
    application.add_option("--chunk", plan.chunk, "Tasks added at one time");
    application.add_option("--claim-size", plan.claimSize, "Tasks claimed at one time");
    application.add_option("--cut-every", plan.cutEvery,
                           "Messages to one that is taken unanswered");
    application.add_option("--seed", plan.seed, "Of the random moments");
    application.add_option("--build", plan.build, "The build whose programs run");
    application.add_option("--folder", folder, "An empty folder to keep everything in");
    CLI11_PARSE(application, argc, argv);

    std::optional<TemporaryFolder> temporary;
    if (folder.empty()) {
        folder = temporary.emplace().path();
    }
    const auto figures = KillCampaign(folder, plan, std::cerr).run();
    std::cout << figures;
    return figures.kept() ? 0 : 1;
}
