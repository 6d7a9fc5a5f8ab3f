#include "queue/PorchClient.h"
#include "support/MiniporchServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace notifyhost::test {
namespace {

// Not for any porch: real porch's database deadlocks on claims side by side, which is why one host
// never makes two. Several hosts may, and then each task must still be given out once.
TEST(ClaimRace, GivesEachOfFiveThousandTasksToOneOfEightClients)
{
    constexpr int kTasks = 5000;
    constexpr std::size_t kClients = 8;
    const queue::Pipeline pipeline{"race", "https://git.example.org/race.git", "1"};
    const MiniporchServer porch;
    queue::PorchSettings settings;
    settings.url = "http://127.0.0.1:" + std::to_string(porch.port()) + "/";
    settings.adminToken = {porch.administratorToken(), "the administrator's"};
    queue::PorchClient(settings).registerPipeline(pipeline);
    settings.pipelineToken = {queue::PorchClient(settings).makeToken(pipeline, "race"), "its own"};
    settings.connections = 8;
    std::vector<std::string> inputs;
    for (int number = 0; number < kTasks; ++number) {
        inputs.push_back("{\"n\": " + std::to_string(number) + "}");
    }
    queue::PorchClient(settings).add(pipeline, inputs);

    std::vector<std::vector<std::string>> claimed(kClients);
    {
        std::vector<std::jthread> clients;
        for (auto& mine : claimed) {
            clients.emplace_back([&] {
                queue::PorchClient client(settings);
                for (;;) {
                    const auto batch = client.claim(pipeline, 37);
                    if (batch.empty()) {
                        return;
                    }
                    for (const auto& task : batch) {
                        mine.push_back(task.inputText);
                    }
                }
            });
        }
    }
    std::multiset<std::string> all;
    for (const auto& mine : claimed) {
        all.insert(mine.begin(), mine.end());
    }
    EXPECT_EQ(all, std::multiset<std::string>(inputs.begin(), inputs.end()));
}

} // namespace
} // namespace notifyhost::test
