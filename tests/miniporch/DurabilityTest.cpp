#include "miniporch/Miniporch.h"

#include "queue/EmbeddedQueue.h"

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

const std::string kPipeline = pipelineText("mails");

class Durability : public testing::Test {
protected:
    /// Runs work on so many threads, each with a connection; an exception ends its thread.
    void together(int count, const std::function<void(HttpClient&, int)>& work)
    {
        std::vector<std::thread> threads;
        for (int index = 0; index < count; ++index) {
            threads.emplace_back([&, index] {
                try {
                    HttpClient client(porch.port());
                    work(client, index);
                } catch (const std::runtime_error&) {
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
    }

    HttpReply add(HttpClient& client, int number)
    {
        return client.exchange("POST", "/tasks/", headersWith(token),
                               taskText(kPipeline, inputOf(number)));
    }

    static std::string inputOf(int number) { return "{\"n\":" + std::to_string(number) + "}"; }

    std::set<std::string> storedInputs()
    {
        queue::EmbeddedQueue embedded(porch.file());
        std::set<std::string> inputs;
        for (const auto& task :
             embedded.list({"mails", "https://git.example.org/mails", "1"}, std::nullopt))
        {
            inputs.insert(task.inputText);
        }
        return inputs;
    }

    Miniporch porch;
    std::string token = porch.tokenFor("mails");
};

} // namespace

TEST_F(Durability, WhatWasAcknowledgedSurvivesAKill)
{
    constexpr int kConnections = 8;
    constexpr int kBeforeTheKill = 400;
    std::set<std::string> acknowledged;
    for (int round = 0; round < 3; ++round) {
        std::mutex mutex;
        std::atomic<int> next{round * 1'000'000};
        std::atomic<int> answered{0};
        together(kConnections, [&](HttpClient& client, int index) {
            for (;;) {
                const int number = next++;
                if (add(client, number).status != 201) {
                    return;
                }
                const std::lock_guard lock(mutex);
                acknowledged.insert(inputOf(number));
                if (++answered >= kBeforeTheKill && index == 0) {
                    ::kill(porch.process().id(), SIGKILL);
                }
            }
        });
        EXPECT_EQ(porch.process().wait(std::chrono::seconds{30}), 128 + SIGKILL);
        EXPECT_GE(answered, kBeforeTheKill);
        porch.start();
        const auto stored = storedInputs();
        for (const auto& input : acknowledged) {
            EXPECT_EQ(stored.count(input), 1U) << input;
        }
    }
}

TEST_F(Durability, EachTaskIsClaimedOnceByEightClients)
{
    constexpr int kTasks = 2'000;
    queue::EmbeddedQueue embedded(porch.file());
    std::vector<std::string> inputs;
    for (int number = 0; number < kTasks; ++number) {
        inputs.push_back(inputOf(number));
    }
    embedded.add({"mails", "https://git.example.org/mails", "1"}, inputs);
    std::mutex mutex;
    std::multiset<std::string> claimed;
    together(8, [&](HttpClient& client, int index) {
        for (;;) {
            const auto reply =
                client.exchange("POST", "/tasks/claim?num_tasks=" + std::to_string(7 + index),
                                headersWith(token), kPipeline);
            EXPECT_EQ(reply.status, 200);
            const json::Value tasks = json::parse(reply.body);
            if (tasks.elements.empty()) {
                return;
            }
            const std::lock_guard lock(mutex);
            for (const auto& task : tasks.elements) {
                claimed.insert(task.find("task_input_id")->text);
            }
        }
    });
    EXPECT_EQ(claimed.size(), static_cast<std::size_t>(kTasks));
    EXPECT_EQ(std::set(claimed.begin(), claimed.end()).size(), static_cast<std::size_t>(kTasks));
}

TEST_F(Durability, OneTaskAddedByManyAtOnceIsNewToOne)
{
    std::atomic<int> created{0};
    std::atomic<int> known{0};
    together(32, [&](HttpClient& client, int) {
        for (int number = 0; number < 20; ++number) {
            const int status = add(client, number).status;
            created += status == 201 ? 1 : 0;
            known += status == 200 ? 1 : 0;
        }
    });
    EXPECT_EQ(created, 20);
    EXPECT_EQ(known, 31 * 20);
    EXPECT_EQ(storedInputs().size(), 20U);
}

TEST_F(Durability, ATermStopsItWhenWhatIsInHandIsAnswered)
{
    HttpClient idle(porch.port());
    HttpClient half(porch.port());
    const std::string request =
        requestText("POST", "/tasks/", headersWith(token), taskText(kPipeline, inputOf(1)));
    half.send(request.substr(0, request.size() - 5));
    // An answer on another connection shows that the half request has been read so far.
    EXPECT_EQ(porch.call("GET", "/tasks/").status, 200);
    porch.process().signal(SIGTERM);
    EXPECT_TRUE(idle.ends());
    half.send(request.substr(request.size() - 5));
    const auto reply = half.reply();
    EXPECT_EQ(reply.status, 201);
    EXPECT_EQ(reply.headers.at("connection"), "close");
    EXPECT_TRUE(half.ends());
    EXPECT_EQ(porch.process().wait(std::chrono::seconds{30}), 0);
    EXPECT_EQ(storedInputs(), std::set<std::string>{inputOf(1)});
}

TEST_F(Durability, ItSharesItsFileWithTheEmbeddedQueue)
{
    queue::EmbeddedQueue embedded(porch.file());
    const queue::Pipeline pipeline{"mails", "https://git.example.org/mails", "1"};
    embedded.add(pipeline, {inputOf(1)});
    EXPECT_EQ(sizeOf(porch.call("POST", "/tasks/claim", token, kPipeline).body), 1U);
    EXPECT_EQ(embedded.list(pipeline, queue::TaskStatus::claimed).size(), 1U);
    const std::string own = embedded.makeToken(pipeline, "from the command line");
    EXPECT_EQ(porch.call("POST", "/tasks/claim", own, kPipeline).status, 200);
}
