#include "net/HttpExchange.h"

#include "net/ExchangeError.h"
#include "support/Process.h"
#include "support/ScriptedHttpServer.h"

#include <Poco/Net/ServerSocket.h>

#include <gtest/gtest.h>

#include <thread>

using namespace notifyhost;
using namespace notifyhost::net;
using namespace notifyhost::test;
using namespace std::chrono_literals;
using Then = ScriptedReply::Then;

namespace {

constexpr auto kPlenty = 20s;
constexpr auto kShort = 1s;

std::chrono::steady_clock::time_point in(std::chrono::milliseconds time)
{
    return std::chrono::steady_clock::now() + time;
}

struct Failure {
    ServiceError::Kind kind{};
    bool maybeReceived{};
    std::string text;
};

class HttpExchange : public testing::Test {
protected:
    static HttpRequest get(const std::string& url) { return {"GET", url, {}, {}}; }
    static HttpRequest post(const std::string& url, const std::string& body = "{}")
    {
        return {"POST", url, {{"Content-Type", "application/json"}}, body};
    }

    HttpResponse exchange(const HttpRequest& request, std::chrono::milliseconds limit = kPlenty)
    {
        return http->exchange(request, in(limit));
    }

    Failure failure(const HttpRequest& request, std::chrono::milliseconds limit = kPlenty)
    {
        try {
            const auto response = http->exchange(request, in(limit));
            ADD_FAILURE() << "answered " << response.status << " " << response.body.size();
        } catch (const ExchangeError& error) {
            EXPECT_NE(std::string(error.what()).find(request.method + " http"), std::string::npos);
            return {error.kind(), error.maybeReceived(), error.what()};
        }
        return {};
    }

    /// What becomes of an answer with these octets, after which the peer hangs up.
    std::string troubleWith(const std::string& octets)
    {
        const ScriptedHttpServer peer(std::vector<ScriptedReply>{{octets, Then::close}});
        return failure(get(peer.url())).text;
    }

    std::unique_ptr<Http> http = makeHttp({});
};

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

TEST_F(HttpExchange, SendsWhatItWasGivenAndLittleElse)
{
    const ScriptedHttpServer peer({answer(200, "[]")});
    const auto response = exchange(
        {"POST", peer.url("/tasks/?a=b%20c"), {{"X-One", "1"}, {"X-Two", ""}}, "{\"a\": 1}"});
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.reason, "Scripted");
    EXPECT_EQ(response.body, "[]");
    ASSERT_EQ(peer.requests().size(), 1U);
    EXPECT_EQ(peer.requests()[0].head,
              "POST /tasks/?a=b%20c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) +
                  "\r\nConnection: keep-alive\r\nX-One: 1\r\nX-Two: \r\n"
                  "Content-Length: 8\r\n\r\n");
    EXPECT_EQ(peer.requests()[0].body, "{\"a\": 1}");
}

TEST_F(HttpExchange, SaysTheLengthOfAnEmptyPost)
{
    const ScriptedHttpServer peer({answer(201, "{}"), answer(200, "[]")});
    exchange(post(peer.url(), ""));
    exchange(get(peer.url()));
    EXPECT_EQ(peer.requests()[0].header("content-length"), "0");
    EXPECT_EQ(peer.requests()[1].header("content-length"), "");
}

TEST_F(HttpExchange, RefusesWhatWouldForgeARequest)
{
    const std::string url = "http://127.0.0.1:9/";
    EXPECT_THROW(exchange(get(url + "\r\nX: y")), std::invalid_argument);
    EXPECT_THROW(exchange({"GET", url, {{"X", "a\r\nY: b"}}, ""}), std::invalid_argument);
    EXPECT_THROW(exchange({"GET", url, {{"X", "a\nb"}}, ""}), std::invalid_argument);
    EXPECT_THROW(exchange({"GET", url, {{"X", std::string("a\0b", 3)}}, ""}),
                 std::invalid_argument);
    EXPECT_THROW(exchange({"GET", url, {{"X: y\r\nZ", "a"}}, ""}), std::invalid_argument);
    EXPECT_THROW(exchange({"GET / HTTP/1.1\r\n", url, {}, ""}), std::invalid_argument);
    EXPECT_THROW(exchange({"GET", url, {{"Transfer-Encoding", "chunked"}}, ""}),
                 std::invalid_argument);
    EXPECT_THROW(exchange({"GET", url, {{"Accept-Encoding", "gzip"}}, ""}), std::invalid_argument);
}

TEST_F(HttpExchange, KeepsTheConnection)
{
    const ScriptedHttpServer peer({answer(200, "1"), answer(200, "2"), answer(404, "3")});
    EXPECT_EQ(exchange(post(peer.url())).body, "1");
    EXPECT_EQ(exchange(get(peer.url())).body, "2");
    EXPECT_EQ(exchange(post(peer.url())).body, "3");
    EXPECT_EQ(peer.connections(), 1);
}

TEST_F(HttpExchange, KeepsOneConnectionPerServer)
{
    const ScriptedHttpServer one({answer(200, "1"), answer(200, "3")});
    const ScriptedHttpServer other({answer(200, "2")});
    EXPECT_EQ(exchange(get(one.url())).body, "1");
    EXPECT_EQ(exchange(get(other.url())).body, "2");
    EXPECT_EQ(exchange(get(one.url())).body, "3");
    EXPECT_EQ(one.connections(), 1);
}

TEST_F(HttpExchange, ConnectsAnewAfterThePeerSaidClose)
{
    const ScriptedHttpServer peer(
        {answer(200, "1", "text/plain", "Connection: close\r\n"), answer(200, "2")});
    EXPECT_EQ(exchange(post(peer.url())).body, "1");
    EXPECT_EQ(exchange(post(peer.url())).body, "2");
    EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpExchange, SendsNothingTwiceWhenTheKeptConnectionWasClosed)
{
    auto first = answer(200, "1");
    first.then = Then::close;
    const ScriptedHttpServer peer({first, answer(200, "2")});
    EXPECT_EQ(exchange(post(peer.url(), "one")).body, "1");
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(exchange(post(peer.url(), "two")).body, "2");
    ASSERT_EQ(peer.requests().size(), 2U);
    EXPECT_EQ(peer.requests()[1].body, "two");
    EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpExchange, TrustsNoConnectionThatSpokeUnasked)
{
    auto first = answer(200, "1");
    first.octets += "HTTP/1.1 200 Forged\r\nContent-Length: 1\r\n\r\nX";
    const ScriptedHttpServer peer({first, answer(200, "2")});
    EXPECT_EQ(exchange(get(peer.url())).body, "1");
    EXPECT_EQ(exchange(get(peer.url())).body, "2");
    EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpExchange, NeverRepeatsAPostThatThePeerMayHaveHad)
{
    const ScriptedHttpServer peer({answer(200, "1"), {"", Then::close}, answer(200, "2")});
    exchange(post(peer.url()));
    const auto trouble = failure(post(peer.url()));
    EXPECT_TRUE(trouble.maybeReceived);
    EXPECT_EQ(trouble.kind, ServiceError::Kind::unavailable);
    EXPECT_TRUE(has(trouble.text, "closed without an answer")) << trouble.text;
    EXPECT_EQ(peer.requests().size(), 2U);
}

TEST_F(HttpExchange, RepeatsAGetOnceWhenTheKeptConnectionBreaks)
{
    const ScriptedHttpServer peer({answer(200, "1"),
                                   {"", Then::close},
                                   answer(200, "2"),
                                   {"", Then::reset},
                                   {"", Then::reset}});
    exchange(get(peer.url()));
    EXPECT_EQ(exchange(get(peer.url())).body, "2");
    EXPECT_EQ(peer.requests().size(), 3U);
    failure(get(peer.url()));
    EXPECT_EQ(peer.requests().size(), 5U);
}

TEST_F(HttpExchange, DoesNotRepeatAGetOnAFreshConnection)
{
    const ScriptedHttpServer peer({{"", Then::reset}, answer(200, "2")});
    EXPECT_TRUE(failure(get(peer.url())).maybeReceived);
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_F(HttpExchange, SaysThatNothingWasReceivedWhenRefused)
{
    const std::string port = std::to_string(freePort());
    const auto trouble = failure(post("http://127.0.0.1:" + port + "/x?token=hidden"));
    EXPECT_FALSE(trouble.maybeReceived);
    EXPECT_EQ(trouble.kind, ServiceError::Kind::unavailable);
    EXPECT_TRUE(has(trouble.text, "POST http://127.0.0.1:" + port +
                                      "/x?…: connecting to 127.0.0.1:" + port +
                                      ": Connection refused"))
        << trouble.text;
}

TEST_F(HttpExchange, SaysThatANameIsUnknown)
{
    const auto trouble = failure(get("http://no-such-host.invalid/"));
    EXPECT_FALSE(trouble.maybeReceived);
    EXPECT_TRUE(has(trouble.text, "no-such-host.invalid cannot be looked up")) << trouble.text;
}

TEST_F(HttpExchange, ReportsAReset)
{
    const ScriptedHttpServer peer({{"HTTP/1.1 200 OK\r\nContent-Le", Then::reset}});
    const auto trouble = failure(post(peer.url()));
    EXPECT_TRUE(trouble.maybeReceived);
    EXPECT_TRUE(has(trouble.text, "reset")) << trouble.text;
}

TEST_F(HttpExchange, GivesUpOnSilence)
{
    const ScriptedHttpServer peer({{"", Then::silence}});
    const auto start = std::chrono::steady_clock::now();
    const auto trouble = failure(post(peer.url()), kShort);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
    EXPECT_TRUE(trouble.maybeReceived);
    EXPECT_TRUE(has(trouble.text, "waiting for the answer: gave up after 1.")) << trouble.text;
}

TEST_F(HttpExchange, GivesUpOnAPeerThatDrips)
{
    auto slow = answer(200, std::string(5000, 'x'));
    slow.pause = 20ms;
    const ScriptedHttpServer peer({slow});
    const auto start = std::chrono::steady_clock::now();
    const auto trouble = failure(get(peer.url()), kShort);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
    EXPECT_TRUE(has(trouble.text, "reading the answer's")) << trouble.text;
    EXPECT_TRUE(has(trouble.text, "gave up after 1.")) << trouble.text;
}

TEST_F(HttpExchange, GivesUpOnADeadlineThatIsOver)
{
    const ScriptedHttpServer peer({answer(200, "")});
    EXPECT_FALSE(failure(post(peer.url()), 0ms).maybeReceived);
}

TEST_F(HttpExchange, StopsSendingToAPeerThatDoesNotRead)
{
    // The system accepts connections for a listener that never looks at them.
    const Poco::Net::ServerSocket deaf(Poco::Net::SocketAddress("127.0.0.1", 0));
    const std::string url = "http://" + deaf.address().toString() + "/";
    const auto start = std::chrono::steady_clock::now();
    const auto trouble = failure(post(url, std::string(64U << 20, 'x')), kShort);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
    EXPECT_TRUE(trouble.maybeReceived);
    EXPECT_TRUE(has(trouble.text, "sending the request: gave up after 1.")) << trouble.text;
}

TEST_F(HttpExchange, HearsARefusalBeforeAllIsSent)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) { return answer(413, "too large"); },
                                  {.answerAfter = 1U << 20});
    const auto response = exchange(post(peer.url(), std::string(64U << 20, 'x')));
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "too large");
}

TEST_F(HttpExchange, SurvivesAPeerThatIsGoneInTheMiddleOfALargeRequest)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) { return ScriptedReply{}; },
                                  {.hangUpAfter = 1U << 20});
    const auto trouble = failure(post(peer.url(), std::string(64U << 20, 'x')));
    EXPECT_TRUE(trouble.maybeReceived);
    EXPECT_TRUE(has(trouble.text, "the connection")) << trouble.text;
}

TEST_F(HttpExchange, BoundsAnEndlessBody)
{
    const ScriptedHttpServer peer(
        {{"HTTP/1.1 200 OK\r\n\r\n", Then::endless},
         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", Then::endless},
         {"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n", Then::endless}});
    for (int turn = 0; turn < 3; ++turn) {
        HttpRequest request = get(peer.url());
        request.bodyLimit = 1U << 20;
        const auto trouble = failure(request);
        EXPECT_TRUE(has(trouble.text, "larger than the 1048576 octets")) << trouble.text;
    }
}

TEST_F(HttpExchange, AcceptsABodyOfExactlyTheLimit)
{
    const ScriptedHttpServer peer({answer(200, "12345"), answer(200, "123456")});
    HttpRequest request = get(peer.url());
    request.bodyLimit = 5;
    EXPECT_EQ(exchange(request).body, "12345");
    EXPECT_TRUE(has(failure(request).text, "larger than the 5 octets"));
}

TEST_F(HttpExchange, MeetsItsDeadlineUnderAFlood)
{
    const ScriptedHttpServer peer({{"HTTP/1.1 200 OK\r\n\r\n", Then::endless}});
    HttpRequest request = get(peer.url());
    request.bodyLimit = std::size_t{1} << 40;
    EXPECT_TRUE(has(failure(request, 300ms).text, "gave up after"));
}

TEST_F(HttpExchange, BoundsTheHeaders)
{
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n"),
                    "headers are larger than 65536"));
    std::string many = "HTTP/1.1 200 OK\r\n";
    for (int line = 0; line < 20000; ++line) {
        many += "A: b\r\n";
    }
    EXPECT_TRUE(has(troubleWith(many + "\r\n"), "headers are larger than 65536"));
}

TEST_F(HttpExchange, NoticesABodyCutShort)
{
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1, 2"),
                    "cut short: 5 octets"));
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, "),
                    "cut short"));
    EXPECT_TRUE(
        has(troubleWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n"),
            "in the middle of the answer"));
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 200 OK\r\nContent-"), "in the middle of the answer"));
}

TEST_F(HttpExchange, UnderstandsChunks)
{
    const ScriptedHttpServer peer(
        {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
          "3;note=x\r\n[1,\r\n0A\r\n 234567890\r\n1\r\n]\r\n0\r\nX-Trailer: y\r\n\r\n"},
         answer(200, "2")});
    EXPECT_EQ(exchange(get(peer.url())).body, "[1, 234567890]");
    EXPECT_EQ(exchange(get(peer.url())).body, "2");
    EXPECT_EQ(peer.connections(), 1);
}

TEST_F(HttpExchange, PassesOverInterimAnswers)
{
    const ScriptedHttpServer peer(
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"}});
    const auto response = exchange(get(peer.url()));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.body, "[]");
}

TEST_F(HttpExchange, ExpectsNoBodyWhereThereIsNone)
{
    const ScriptedHttpServer peer({{"HTTP/1.1 204 No Content\r\n\r\n"},
                                   {"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n"},
                                   answer(200, "3")});
    EXPECT_EQ(exchange(get(peer.url())).status, 204);
    EXPECT_EQ(exchange({"HEAD", peer.url(), {}, {}}).body, "");
    EXPECT_EQ(exchange(get(peer.url())).body, "3");
    EXPECT_EQ(peer.connections(), 1);
}

TEST_F(HttpExchange, ReadsABodyWithoutLengthToItsEnd)
{
    const ScriptedHttpServer peer({{"HTTP/1.0 200 OK\r\n\r\n<html>", Then::close}});
    EXPECT_EQ(exchange(get(peer.url())).body, "<html>");
}

TEST_F(HttpExchange, RefusesWhatIsNoHttp)
{
    EXPECT_TRUE(has(troubleWith("220 mail.example.org ESMTP\r\n"), "not an HTTP answer"));
    EXPECT_TRUE(has(troubleWith("HTTP/2 200 OK\r\n\r\n"), "not an HTTP answer"));
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 20 OK\r\n\r\n"), "not an HTTP answer"));
    EXPECT_TRUE(
        has(troubleWith("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), "header line that is none"));
    EXPECT_TRUE(
        has(troubleWith("HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n"), "header line that is none"));
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "not a number"));
    EXPECT_TRUE(
        has(troubleWith("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12"),
            "not a number"));
    EXPECT_TRUE(
        has(troubleWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"), "transfer coding"));
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
                    "not a number"));
    EXPECT_TRUE(has(troubleWith("HTTP/1.1 101 Switching\r\n\r\n"), "changed the protocol"));
}

TEST_F(HttpExchange, ReturnsARedirectAsItIs)
{
    const ScriptedHttpServer peer({answer(307, "", "text/plain", "Location: http://h/\r\n")});
    EXPECT_EQ(exchange(post(peer.url())).status, 307);
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_F(HttpExchange, TakesAPlainUrlThroughTheProxyWhole)
{
    const ScriptedHttpServer proxy({answer(200, "by proxy")});
    ::setenv("http_proxy", ("http://me:pw@127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
    const auto response = exchange(get("http://porch.example.org/tasks/?a=1"));
    ::unsetenv("http_proxy");
    EXPECT_EQ(response.body, "by proxy");
    EXPECT_EQ(proxy.requests()[0].line(), "GET http://porch.example.org/tasks/?a=1 HTTP/1.1");
    EXPECT_EQ(proxy.requests()[0].header("Host"), "porch.example.org");
    EXPECT_EQ(proxy.requests()[0].header("Proxy-Authorization"), "Basic bWU6cHc=");
}

} // namespace
