// How many tasks a second miniporch takes: starts one on a free port of this machine with a file of
// its own, adds tasks over keep-alive connections, each waiting for its answer, and prints the rate
// for 8 and for 32 connections.
// usage: miniporch_load [TASKS]   (default 10000 per measurement, at most 200000)

#include "support/HttpClient.h"
#include "support/MiniporchServer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

using namespace notifyhost::test;
using Clock = std::chrono::steady_clock;

constexpr const char* kPipeline =
    R"({"name":"load","uri":"https://git.example.org/load.git","version":"1"})";

HttpClient::Headers headersWith(const std::string& token)
{
    return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

std::string makePipelineToken(int port, const std::string& admin)
{
    HttpClient client(port);
    client.exchange("POST", "/pipelines/", headersWith(admin), kPipeline);
    const std::string body =
        client.exchange("POST", "/pipelines/load/token/load", headersWith(admin)).body;
    const std::string key = R"("token":")";
    return body.substr(body.find(key) + key.size(), 32);
}

/// A task as large as those of the ONT pipeline.
std::string taskBody(int connections, int number)
{
    return R"({"pipeline":)" + std::string(kPipeline) +
           R"(,"task_input":{"experiment_name":"run )" + std::to_string(connections) +
           R"(","instrument_slot":)" + std::to_string(number) +
           R"(,"flowcell_id":"PBA90101","event":"uploaded",)"
           R"("path":"/seq/nanopore/flow/ONTRUN-901/PBA90101"},"status":"PENDING"})";
}

void measure(int port, const std::string& token, int connections, int tasks)
{
    std::atomic<int> next{0};
    std::atomic<int> failures{0};
    std::mutex mutex;
    std::vector<double> waits;
    const auto begin = Clock::now();
    std::vector<std::thread> clients;
    for (int index = 0; index < connections; ++index) {
        clients.emplace_back([&] {
            HttpClient client(port);
            std::vector<double> own;
            for (int number = next++; number < tasks; number = next++) {
                const auto sent = Clock::now();
                const auto reply = client.exchange("POST", "/tasks/", headersWith(token),
                                                   taskBody(connections, number));
                failures += reply.status == 201 ? 0 : 1;
                own.push_back(
                    std::chrono::duration<double, std::milli>(Clock::now() - sent).count());
            }
            const std::lock_guard lock(mutex);
            waits.insert(waits.end(), own.begin(), own.end());
        });
    }
    for (auto& client : clients) {
        client.join();
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    std::sort(waits.begin(), waits.end());
    std::printf("%2d connections: %6.0f POST/s   wait: median %.2f ms, 99 of 100 below %.2f ms, "
                "longest %.2f ms   not 201: %d\n",
                connections, tasks / seconds, waits[waits.size() / 2],
                waits[waits.size() * 99 / 100], waits.back(), failures.load());
}

} // namespace

int main(int argc, char** argv)
{
    constexpr int kMost = 200'000;
    const int tasks = std::clamp(argc > 1 ? std::atoi(argv[1]) : 10'000, 100, kMost);
    MiniporchServer server;
    const std::string token = makePipelineToken(server.port(), server.administratorToken());
    for (const int connections : {1, 8, 32}) {
        measure(server.port(), token, connections, connections == 1 ? tasks / 4 : tasks);
    }
    return server.stop();
}
