#include "miniporch/Miniporch.h"

#include "support/Certificates.h"

#include <csignal>
#include <functional>
#include <thread>

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

using std::chrono::milliseconds;

constexpr int kClients = 20;
constexpr std::size_t kTasks = 12;

/// How far a client has come when it leaves.
struct Stage {
    std::string name;
    std::function<void(HttpClient&)> reach;
    milliseconds limit{1'000}; ///< the server's
};

const std::vector<Stage> kStages{
    {"before a word", [](HttpClient&) {}},
    {"between two requests",
     [](HttpClient& client) { EXPECT_EQ(client.exchange("GET", "/nothing").status, 404); }},
    {"in the header", [](HttpClient& client) { client.send("GET /x HTTP/1.1\r\nHost: a\r\n"); }},
    {"in the body",
     [](HttpClient& client) {
         client.send("POST /tasks/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{");
     }},
    {"in a chunk",
     [](HttpClient& client) {
         client.send(
             "POST /tasks/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{");
     }},
    {"in an answer that it does not read",
     [](HttpClient& client) { client.send("GET /tasks/ HTTP/1.1\r\nHost: a\r\n\r\n"); }},
    {"after it was turned away", [](HttpClient& client) { client.send("nonsense\r\n\r\n"); },
     milliseconds{2'000}}};

/// The server finds at once that the clients' time is over and that they have gone: it is stopped
/// from before they leave until after the limit.
void leaveAtTheDeadline(Miniporch& porch, const Stage& stage)
{
    SCOPED_TRACE(stage.name);
    std::vector<HttpClient> clients;
    for (int count = 0; count < kClients; ++count) {
        stage.reach(clients.emplace_back(porch.port()));
    }
    std::this_thread::sleep_for(milliseconds{100});
    porch.process().signal(SIGSTOP);
    clients.clear();
    std::this_thread::sleep_for(stage.limit + milliseconds{200});
    porch.process().signal(SIGCONT);
}

const std::vector<std::string> kShort{"--request-seconds", "1", "--idle-seconds", "1"};

} // namespace

TEST(Deadlines, AreHarmlessToClientsThatLeaveAtThem)
{
    Miniporch porch(kShort);
    const std::string token = porch.tokenFor("mails");
    for (std::size_t number = 0; number < kTasks; ++number) {
        const std::string input = R"({"n":)" + std::to_string(number) + R"(,"text":")" +
                                  std::string(1'000'000, 'x') + "\"}";
        ASSERT_EQ(
            porch.call("POST", "/tasks/", token, taskText(pipelineText("mails"), input)).status,
            201);
    }
    for (const auto& stage : kStages) {
        leaveAtTheDeadline(porch, stage);
        EXPECT_EQ(porch.call("GET", "/pipelines/mails").status, 200) << porch.log();
    }
    EXPECT_EQ(porch.stop(), 0) << porch.log();
}

TEST(Deadlines, AreHarmlessToClientsThatLeaveInTheHandshake)
{
    TemporaryFolder certificates;
    const auto files =
        CertificateAuthority(certificates.path(), "Test CA").issue("localhost", "IP:127.0.0.1");
    auto options = kShort;
    options.insert(options.end(), {"--tls-cert", files.certificate, "--tls-key", files.key});
    Miniporch porch(options);
    leaveAtTheDeadline(porch, kStages.front());
    leaveAtTheDeadline(porch, {"in the handshake", [](HttpClient& client) {
                                   client.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
                               }});
    EXPECT_EQ(porch.stop(), 0) << porch.log();
}

TEST(Deadlines, EndTheServerAtOnceWhereItIsToldToStopMeanwhile)
{
    Miniporch porch(kShort);
    std::vector<HttpClient> clients;
    for (const auto& stage : kStages) {
        stage.reach(clients.emplace_back(porch.port()));
    }
    std::this_thread::sleep_for(milliseconds{100});
    porch.process().signal(SIGSTOP);
    clients.clear();
    porch.process().signal(SIGTERM);
    std::this_thread::sleep_for(milliseconds{1'200});
    porch.process().signal(SIGCONT);
    EXPECT_EQ(porch.stop(), 0) << porch.log();
}
