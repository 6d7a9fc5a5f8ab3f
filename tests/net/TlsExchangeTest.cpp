#include "net/ExchangeError.h"
#include "net/HttpExchange.h"
#include "support/OwnHosts.h"
#include "support/Process.h"
#include "support/ScriptedHttpServer.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <ctime>
#include <thread>

#include <openssl/ssl.h>
#include <sys/stat.h>

using namespace notifyhost;
using namespace notifyhost::net;
using namespace notifyhost::test;
using namespace std::chrono_literals;
using Then = ScriptedReply::Then;

namespace {

constexpr auto kNames = "DNS:localhost,IP:127.0.0.1";

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

class TlsExchange : public testing::Test {
protected:
    static HttpRequest get(const std::string& url) { return {"GET", url, {}, {}}; }
    static HttpRequest post(const std::string& url) { return {"POST", url, {}, "{}"}; }
    static auto soon() { return std::chrono::steady_clock::now() + 20s; }

    std::unique_ptr<Http> trusting() const { return makeHttp({authority.certificate(), 10s}); }

    static ExchangeError failure(Http& http, const HttpRequest& request,
                                 std::chrono::milliseconds limit = 20s)
    {
        try {
            http.exchange(request, std::chrono::steady_clock::now() + limit);
        } catch (const ExchangeError& error) {
            return error;
        }
        throw std::runtime_error("an answer came");
    }

    TemporaryFolder folder;
    CertificateAuthority authority{folder.path(), "Our Test CA"};
};

TEST_F(TlsExchange, AnswersOverAVerifiedConnectionThatIsKept)
{
    const ScriptedHttpServer peer({answer(200, "1"), answer(200, "2"), answer(200, "3")},
                                  {.tls = authority.issue("localhost", kNames)});
    const auto http = trusting();
    EXPECT_EQ(http->exchange(get(peer.url()), soon()).body, "1");
    EXPECT_EQ(http->exchange(post(peer.url()), soon()).body, "2");
    EXPECT_EQ(http->exchange(post(peer.url()), soon()).body, "3");
    EXPECT_EQ(peer.connections(), 1);
}

TEST_F(TlsExchange, AcceptsAnAddressThatTheCertificateNames)
{
    const ScriptedHttpServer peer({answer(200, "1")}, {.tls = authority.issue("x", kNames)});
    const std::string url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/";
    EXPECT_EQ(trusting()->exchange(get(url), soon()).body, "1");
}

TEST_F(TlsExchange, WaitsForNoNamedPipeAsAuthority)
{
    const auto pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    const auto error = failure(*makeHttp({pipe, 10s}), get("https://localhost:9/"));
    EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
    EXPECT_TRUE(has(error.what(), "cannot be read")) << error.what();
}

TEST_F(TlsExchange, LeavesTheDotOfAnAbsoluteNameOutOfTheCertificate)
{
    const auto files = authority.issue("localhost", kNames);
    const auto seen =
        withOwnHosts("127.0.0.1 localhost localhost.\n", "host.example.net", [&]() -> std::string {
            const ScriptedHttpServer peer({answer(200, "1")}, {.tls = files});
            const std::string url = "https://localhost.:" + std::to_string(peer.port()) + "/";
            return trusting()->exchange(get(url), soon()).body;
        });
    if (!seen) {
        GTEST_SKIP() << "nobody may have hosts of his own here";
    }
    EXPECT_EQ(*seen, "1");
}

TEST_F(TlsExchange, TellsTheFirstAddressesTroubleAndTheLasts)
{
    const std::string url = "http://mx.example.test:" + std::to_string(freePort()) + "/";
    const auto seen =
        withOwnHosts("127.0.0.1 mx.example.test\n127.0.0.2 mx.example.test\n", "host.example.net",
                     [&]() -> std::string { return failure(*trusting(), get(url), 5s).what(); });
    if (!seen) {
        GTEST_SKIP() << "nobody may have hosts of his own here";
    }
    EXPECT_TRUE(has(*seen, "Connection refused (127.0.0.1)")) << *seen;
    EXPECT_TRUE(has(*seen, "Connection refused (127.0.0.2)")) << *seen;
}

TEST_F(TlsExchange, RefusesAForeignAuthority)
{
    const CertificateAuthority foreign(folder / "foreign", "Foreign Test CA");
    const auto files = CertificateAuthority(foreign).issue("localhost", kNames);
    const ScriptedHttpServer peer({answer(200, "1")}, {.tls = files});
    const auto http = trusting();
    const auto error = failure(*http, post(peer.url("/x?secret=1")));
    EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
    EXPECT_FALSE(error.maybeReceived());
    const std::string text = error.what();
    EXPECT_TRUE(has(text, "POST " + peer.url("/x") + "?…: ")) << text;
    EXPECT_TRUE(has(text, "certificate of localhost is not accepted: unable to get local issuer"))
        << text;
    EXPECT_TRUE(has(text, "issuer CN=Foreign Test CA, expires 20")) << text;
    EXPECT_TRUE(has(text, "ssl_cert_file in section [SSL]")) << text;
    EXPECT_TRUE(peer.requests().empty());
}

TEST_F(TlsExchange, RefusesAnAuthorityThatOnlyTheSystemCouldKnow)
{
    const ScriptedHttpServer peer({answer(200, "1")},
                                  {.tls = authority.issue("localhost", kNames)});
    EXPECT_EQ(failure(*makeHttp({}), get(peer.url())).kind(), ServiceError::Kind::configuration);
}

TEST_F(TlsExchange, RefusesAnExpiredCertificate)
{
    const auto files =
        authority.issue("localhost", kNames, CertificateAuthority::Validity::expired);
    const ScriptedHttpServer peer({answer(200, "1")}, {.tls = files});
    const auto error = failure(*trusting(), get(peer.url()));
    EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
    const std::string text = error.what();
    const std::time_t yesterday = std::time(nullptr) - 24 * 3600;
    char date[16] = "";
    std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&yesterday));
    EXPECT_TRUE(has(text, "certificate of localhost is not accepted: certificate has expired"))
        << text;
    EXPECT_TRUE(has(text, std::string("issuer CN=Our Test CA, expires ") + date)) << text;
    EXPECT_TRUE(has(text, "have it renewed")) << text;
    EXPECT_TRUE(has(text, "ssl_cert_file")) << text;
}

TEST_F(TlsExchange, RefusesACertificateForAnotherName)
{
    const auto files = authority.issue("other", "DNS:other.example.org,DNS:*.example.net");
    const ScriptedHttpServer peer({answer(200, "1")}, {.tls = files});
    const auto http = trusting();
    const auto error = failure(*http, get(peer.url()));
    EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
    const std::string text = error.what();
    EXPECT_TRUE(has(text, "certificate of localhost is not accepted")) << text;
    EXPECT_TRUE(has(text, "names other.example.org, *.example.net")) << text;
    EXPECT_TRUE(has(text, "use a name that the certificate is for in the URL")) << text;
    const std::string url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/";
    EXPECT_TRUE(has(failure(*http, get(url)).what(), "certificate of 127.0.0.1 is not accepted"));
    EXPECT_TRUE(peer.requests().empty());
}

TEST_F(TlsExchange, SaysWhatIsWrongWithTheCaFile)
{
    const ScriptedHttpServer peer({answer(200, "1")},
                                  {.tls = authority.issue("localhost", kNames)});
    const auto trouble = [&](const std::filesystem::path& file) {
        const auto error = failure(*makeHttp({file, 10s}), get(peer.url()));
        EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
        EXPECT_TRUE(has(error.what(), file.string() + " (ssl_cert_file in section [SSL])"))
            << error.what();
        return std::string(error.what());
    };
    EXPECT_TRUE(has(trouble(folder / "absent.pem"), "cannot be read"));
    EXPECT_TRUE(has(trouble(folder.path()), "cannot be read"));
    EXPECT_TRUE(has(trouble(folder.write("text.pem", "no certificate")), "no certificate in PEM"));
    EXPECT_TRUE(has(trouble(folder.write("empty.pem", "")), "no certificate in PEM"));
}

TEST_F(TlsExchange, CannotTalkTlsToAPlainServer)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) { return answer(400, ""); });
    const std::string url = "https://localhost:" + std::to_string(peer.port()) + "/";
    const auto error = failure(*trusting(), post(url), 3s);
    EXPECT_EQ(error.kind(), ServiceError::Kind::unavailable);
    EXPECT_FALSE(error.maybeReceived());
    EXPECT_TRUE(has(error.what(), "with TLS: gave up")) << error.what();
}

TEST_F(TlsExchange, RefusesOldTls)
{
    // Nothing below 1.2 is offered, so a server that has nothing else says so.
    const auto files = authority.issue("localhost", kNames);
    const ScriptedHttpServer peer({answer(200, "1")}, {.tls = files, .newestTls = TLS1_1_VERSION});
    const auto error = failure(*trusting(), get(peer.url()));
    EXPECT_EQ(error.kind(), ServiceError::Kind::unavailable);
    EXPECT_TRUE(has(error.what(), "the TLS handshake failed")) << error.what();
}

TEST_F(TlsExchange, MeetsItsDeadline)
{
    auto slow = answer(200, std::string(5000, 'x'));
    slow.pause = 20ms;
    const ScriptedHttpServer peer({{"", Then::silence}, slow},
                                  {.tls = authority.issue("localhost", kNames)});
    const auto http = trusting();
    for (const char* stage : {"waiting for the answer", "reading the answer's"}) {
        const auto start = std::chrono::steady_clock::now();
        const auto error = failure(*http, get(peer.url()), 1s);
        EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
        EXPECT_TRUE(has(error.what(), stage)) << error.what();
        EXPECT_TRUE(error.maybeReceived());
    }
}

TEST_F(TlsExchange, NoticesABodyCutShort)
{
    const ScriptedHttpServer peer(
        {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1, 2", Then::close},
         {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1, 2", Then::cut},
         {"HTTP/1.1 200 OK\r\n\r\n[1, 2", Then::cut},
         {"HTTP/1.1 200 OK\r\n\r\n[1, 2", Then::close}},
        {.tls = authority.issue("localhost", kNames)});
    const auto http = trusting();
    EXPECT_TRUE(has(failure(*http, post(peer.url())).what(), "5 octets of its body are missing"));
    EXPECT_TRUE(has(failure(*http, post(peer.url())).what(), "the connection broke"));
    EXPECT_TRUE(has(failure(*http, post(peer.url())).what(), "the connection broke"));
    EXPECT_EQ(http->exchange(post(peer.url()), soon()).body, "[1, 2");
}

TEST_F(TlsExchange, SendsNothingTwiceWhenTheKeptConnectionWasClosed)
{
    auto first = answer(200, "1");
    auto second = answer(200, "2");
    first.then = Then::close;
    second.then = Then::cut;
    const ScriptedHttpServer peer({first, second, answer(200, "3")},
                                  {.tls = authority.issue("localhost", kNames)});
    const auto http = trusting();
    for (const char* body : {"1", "2", "3"}) {
        EXPECT_EQ(http->exchange(post(peer.url()), soon()).body, body);
        std::this_thread::sleep_for(100ms);
    }
    EXPECT_EQ(peer.requests().size(), 3U);
    EXPECT_EQ(peer.connections(), 3);
}

TEST_F(TlsExchange, BoundsAnEndlessBody)
{
    const ScriptedHttpServer peer({{"HTTP/1.1 200 OK\r\n\r\n", Then::endless}},
                                  {.tls = authority.issue("localhost", kNames)});
    HttpRequest request = get(peer.url());
    request.bodyLimit = 1U << 20;
    EXPECT_TRUE(has(failure(*trusting(), request).what(), "larger than the 1048576 octets"));
}

TEST_F(TlsExchange, SurvivesAPeerThatIsGoneInTheMiddleOfALargeRequest)
{
    const ScriptedHttpServer peer(
        [](const ScriptedRequest&) { return ScriptedReply{}; },
        {.tls = authority.issue("localhost", kNames), .hangUpAfter = 1U << 20});
    HttpRequest request = post(peer.url());
    request.body = std::string(32U << 20, 'x');
    const auto error = failure(*trusting(), request);
    EXPECT_EQ(error.kind(), ServiceError::Kind::unavailable);
    EXPECT_TRUE(error.maybeReceived());
}

TEST_F(TlsExchange, GoesThroughAProxysTunnel)
{
    const ScriptedHttpServer peer({answer(200, "1")},
                                  {.tls = authority.issue("localhost", kNames)});
    ScriptedReply tunnel{"HTTP/1.1 200 Connected\r\n\r\n", Then::tunnel};
    tunnel.tunnelPort = peer.port();
    const ScriptedHttpServer proxy({tunnel, answer(403, "no"), answer(407, "who are you")});
    ::setenv("https_proxy", ("http://me:pw@127.0.0.1:" + std::to_string(proxy.port())).c_str(), 1);
    EXPECT_EQ(trusting()->exchange(get(peer.url()), soon()).body, "1");
    const auto refused = failure(*trusting(), get(peer.url()));
    const auto unknown = failure(*trusting(), get(peer.url()));
    ::unsetenv("https_proxy");
    EXPECT_EQ(proxy.requests()[0].head,
              "CONNECT localhost:" + std::to_string(peer.port()) + " HTTP/1.1\r\nHost: localhost:" +
                  std::to_string(peer.port()) + "\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n");
    EXPECT_EQ(peer.requests()[0].header("Proxy-Authorization"), "");
    EXPECT_TRUE(has(refused.what(), "refuses: 403 Scripted")) << refused.what();
    EXPECT_FALSE(refused.maybeReceived());
    EXPECT_EQ(unknown.kind(), ServiceError::Kind::configuration);
}

} // namespace
