#include "PorchLoad.h"

#include "support/HttpClient.h"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace notifyhost::bench {

namespace {

using test::HttpClient;

constexpr const char* kPipeline =
    R"({"name":"load","uri":"https://git.example.org/load.git","version":"1"})";

HttpClient::Headers headersWith(const std::string& token)
{
    return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

std::string body(int number, const char* status)
{
    return R"({"pipeline":)" + std::string(kPipeline) + R"(,"task_input":{"number":)" +
           std::to_string(number) + R"(},"status":")" + status + "\"}";
}

/// Calls work for each number, side by side on so many connections.
template<typename Work> void sideBySide(int port, int connections, int count, const Work& work)
{
    std::atomic<int> next{0};
    std::atomic<int> failures{0};
    {
        std::vector<std::jthread> clients;
        for (int index = 0; index < connections; ++index) {
            clients.emplace_back([&] {
                HttpClient client(port);
                for (int number = next++; number < count; number = next++) {
                    failures += work(client, number) ? 0 : 1;
                }
            });
        }
    }
    if (failures > 0) {
        throw std::runtime_error("the porch refused " + std::to_string(failures) + " requests");
    }
}

} // namespace

double putsPerSecond(int port, const std::string& administratorToken, int connections, int tasks)
{
    HttpClient client(port);
    client.exchange("POST", "/pipelines/", headersWith(administratorToken), kPipeline);
    const std::string made =
        client.exchange("POST", "/pipelines/load/token/load", headersWith(administratorToken)).body;
    const std::string key = R"("token":")";
    const auto headers = headersWith(made.substr(made.find(key) + key.size(), 32));
    sideBySide(port, connections, tasks, [&](HttpClient& one, int number) {
        return one.exchange("POST", "/tasks/", headers, body(number, "PENDING")).status == 201;
    });
    const auto begin = std::chrono::steady_clock::now();
    sideBySide(port, connections, tasks, [&](HttpClient& one, int number) {
        return one.exchange("PUT", "/tasks/", headers, body(number, "RUNNING")).status == 200 &&
               one.exchange("PUT", "/tasks/", headers, body(number, "DONE")).status == 200;
    });
    return 2 * tasks /
           std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace notifyhost::bench
