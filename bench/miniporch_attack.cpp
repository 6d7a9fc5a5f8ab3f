// How long a client with a token waits for miniporch while others without one attack it: for each
// attack, a server with a queue of 20,000 tasks, and requests one after the other, each on a
// connection of its own. usage: miniporch_attack [REQUESTS]   (default 300 per attack)

#include "support/HttpClient.h"
#include "support/MiniporchServer.h"
#include "support/Stranger.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace {

using namespace notifyhost::test;
using Clock = std::chrono::steady_clock;

constexpr const char* kPipeline =
    R"({"name":"load","uri":"https://git.example.org/load.git","version":"1"})";
constexpr int kTasks = 20'000;

HttpClient::Headers headersWith(const std::string& token)
{
    return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

std::string makeQueue(const MiniporchServer& server)
{
    HttpClient client(server.port());
    const std::string admin = server.administratorToken();
    client.exchange("POST", "/pipelines/", headersWith(admin), kPipeline);
    const std::string body =
        client.exchange("POST", "/pipelines/load/token/load", headersWith(admin)).body;
    const std::string key = R"("token":")";
    const std::string token = body.substr(body.find(key) + key.size(), 32);
    std::atomic<int> next{0};
    std::vector<std::thread> clients;
    for (int index = 0; index < 32; ++index) {
        clients.emplace_back([&] {
            HttpClient own(server.port());
            for (int number = next++; number < kTasks; number = next++) {
                own.exchange("POST", "/tasks/", headersWith(token),
                             R"({"pipeline":)" + std::string(kPipeline) +
                                 R"(,"task_input":{"instrument_slot":)" + std::to_string(number) +
                                 R"(,"text":")" + std::string(250, 'x') +
                                 R"("},"status":"PENDING"})");
            }
        });
    }
    for (auto& one : clients) {
        one.join();
    }
    return token;
}

using Crowd = std::deque<Stranger>;

/// Keeps so many connections that say something; whoever was hung up on comes again.
void crowd(Crowd& strangers, int port, std::size_t count, std::string_view saying, bool renewed)
{
    while (renewed && !strangers.empty() && strangers.front().isGone()) {
        strangers.pop_front();
    }
    while (strangers.size() < count) {
        strangers.emplace_back(port).say(saying);
    }
}

struct Attack {
    const char* name;
    std::size_t connections;
    std::string_view saying;
    bool renewed;
};

void measure(const Attack& attack, int requests)
{
    const MiniporchServer server;
    const std::string token = makeQueue(server);
    std::atomic<bool> over{false};
    std::atomic<bool> begun{attack.connections == 0};
    std::thread attackers([&] {
        Crowd strangers;
        while (!over) {
            crowd(strangers, server.port(), attack.connections, attack.saying, attack.renewed);
            begun = true;
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    });
    while (!begun) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    std::vector<double> waits;
    int failures = 0;
    for (int number = 0; number < requests; ++number) {
        const auto sent = Clock::now();
        try {
            const auto reply =
                HttpClient(server.port())
                    .exchange("POST", "/tasks/claim?num_tasks=1", headersWith(token), kPipeline);
            failures += reply.status == 200 ? 0 : 1;
        } catch (const std::exception&) {
            ++failures;
        }
        waits.push_back(std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
    }
    over = true;
    attackers.join();
    std::sort(waits.begin(), waits.end());
    std::printf("%-45s wait: median %7.2f ms, 99 of 100 below %8.2f ms, longest %8.2f ms   "
                "not 200: %d   peak %ld MiB\n",
                attack.name, waits[waits.size() / 2], waits[waits.size() * 99 / 100], waits.back(),
                failures, peakMemory(server.id()));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv)
{
    allowManyDescriptors();
    const int requests = std::clamp(argc > 1 ? std::atoi(argv[1]) : 300, 100, 100'000);
    constexpr std::string_view kListing = "GET /tasks/ HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::vector<Attack> attacks{
        {"nobody", 0, "", false},
        {"800 silent connections", 800, "", false},
        {"10,000 silent connections", 10'000, "", false},
        {"10,000 silent connections, renewed", 10'000, "", true},
        {"399 connections of one octet, renewed", 399, "G", true},
        {"100 listings that nobody reads", 100, kListing, false},
        {"399 listings that nobody reads, renewed", 399, kListing, true}};
    for (const auto& attack : attacks) {
        measure(attack, requests);
    }
    return 0;
}
