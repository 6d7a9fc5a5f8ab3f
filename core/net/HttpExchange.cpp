#include "net/HttpExchange.h"

#include "net/AnswerText.h"
#include "net/ExchangeError.h"
#include "net/Network.h"
#include "net/Proxy.h"
#include "net/ResponseReader.h"
#include "net/TlsContext.h"
#include "net/Url.h"

#include <Poco/Net/HTTPRequest.h>
#include <Poco/String.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace notifyhost::net {

namespace {

using Kind = ConnectionError::Kind;

// Poco writes requests. Its client session is not used, nor does it read answers: docs/design.md
// names the tests that they do not pass.

/// The longest that a kept connection is trusted with a request that must not be sent twice: some
/// servers hang up after two seconds, and hanging up and sending can cross.
constexpr std::chrono::seconds kTrustedIdle{1};

bool isToken(std::string_view text)
{
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char octet) {
        return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
               (octet >= 'a' && octet <= 'z') || kMarks.find(octet) != std::string_view::npos;
    });
}

void checkHeader(const std::string& name, const std::string& value)
{
    static constexpr std::string_view kOurs[] = {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect",
        "te",   "accept-encoding"};
    if (!isToken(name)) {
        throw std::invalid_argument("a request header has a name that cannot be sent");
    }
    if (std::find(std::begin(kOurs), std::end(kOurs), Poco::toLower(name)) != std::end(kOurs)) {
        throw std::invalid_argument("the request header " + name +
                                    " is not the caller's to set: the exchange itself takes care");
    }
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
        throw std::invalid_argument("the request header " + name +
                                    " holds a line break or NUL and cannot be sent");
    }
}

/// Repeating it has no effect beyond that of the first time, and no one minds.
bool isHarmless(const std::string& method)
{
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

std::string requestText(const HttpRequest& request, const Url& url, const Proxy* proxy)
{
    const bool wholeUrl = proxy != nullptr && url.scheme == "http";
    Poco::Net::HTTPRequest head(request.method,
                                (wholeUrl ? "http://" + url.authority() : "") + url.target,
                                Poco::Net::HTTPMessage::HTTP_1_1);
    head.add("Host", url.authority());
    head.add("Connection", "keep-alive");
    if (wholeUrl && !proxy->authorization.empty()) {
        head.add("Proxy-Authorization", proxy->authorization);
    }
    for (const auto& [name, value] : request.headers) {
        head.add(name, value);
    }
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        head.add("Content-Length", std::to_string(request.body.size()));
    }
    std::ostringstream text;
    head.write(text);
    return text.str() + request.body;
}

struct KeptConnection {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point since; ///< when it became idle
};

/// One exchange: what is known about it for the messages, and how far it got.
struct Progress {
    std::string doing;
    bool sending{};       ///< the peer may have had some of the request
    bool heardAnything{}; ///< some of an answer came
};

class HttpClient : public Http {
public:
    explicit HttpClient(const HttpSettings& settings) : _settings(settings) {}

    HttpResponse exchange(const HttpRequest& request,
                          std::chrono::steady_clock::time_point deadline) override
    {
        if (!isToken(request.method)) {
            throw std::invalid_argument("the request's method cannot be sent");
        }
        for (const auto& [name, value] : request.headers) {
            checkHeader(name, value);
        }
        const Url url = parseUrl(request.url);
        const auto proxy = proxyFor(url);
        const Route route{url, proxy ? &*proxy : nullptr,
                          url.scheme + "://" + url.endpoint() +
                              (proxy ? " by " + proxy->endpoint() : "")};
        const auto start = std::chrono::steady_clock::now();
        Progress progress;
        try {
            return perform(request, route, Limit{deadline}, progress);
        } catch (const ServiceError& error) {
            fail(request, url, progress, error.kind(), error.what());
        } catch (const ConnectionError& error) {
            if (error.kind() != Kind::late) {
                fail(request, url, progress,
                     error.kind() == Kind::certificate ? ServiceError::Kind::configuration
                                                       : ServiceError::Kind::unavailable,
                     error.what());
            }
            const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
            char seconds[32] = "";
            std::snprintf(seconds, sizeof seconds, "%.1f", spent.count());
            fail(request, url, progress, ServiceError::Kind::unavailable,
                 std::string("gave up after ") + seconds + " s");
        }
    }

private:
    struct Route {
        const Url& url;
        const Proxy* proxy;
        std::string key;
    };

    [[noreturn]] static void fail(const HttpRequest& request, const Url& url,
                                  const Progress& progress, ServiceError::Kind kind,
                                  const std::string& what)
    {
        throw ExchangeError(
            kind, progress.sending ? ExchangeError::Received::perhaps : ExchangeError::Received::no,
            request.method + " " + url.forMessages() + ": " +
                (progress.doing.empty() ? "" : progress.doing + ": ") + what);
    }

    HttpResponse perform(const HttpRequest& request, const Route& route, const Limit& limit,
                         Progress& progress)
    {
        const std::string text = requestText(request, route.url, route.proxy);
        if (auto kept = takeKept(route.key, isHarmless(request.method), limit)) {
            try {
                return converse(request, text, route, std::move(kept), limit, progress);
            } catch (const ConnectionError& error) {
                // The peer hung up on an idle connection while the request was on its way.
                if (error.kind() == Kind::late || progress.heardAnything ||
                    !isHarmless(request.method)) {
                    throw;
                }
                progress = {};
            }
        }
        return converse(request, text, route, connect(route, limit, progress), limit, progress);
    }

    /// Whether an idle connection can take another request: it is open, and nothing unasked came.
    static bool isQuiet(Connection& connection, const Limit& limit)
    try {
        return !connection.receiveNow(limit);
    } catch (const ConnectionError&) {
        return false;
    }

    std::unique_ptr<Connection> takeKept(const std::string& key, bool harmless, const Limit& limit)
    {
        const auto found = _kept.find(key);
        if (found == _kept.end()) {
            return nullptr;
        }
        KeptConnection kept = std::move(found->second);
        _kept.erase(found);
        const bool young = std::chrono::steady_clock::now() - kept.since <= kTrustedIdle;
        if ((!harmless && !young) || !isQuiet(*kept.connection, limit)) {
            return nullptr;
        }
        return std::move(kept.connection);
    }

    std::unique_ptr<Connection> connect(const Route& route, const Limit& whole, Progress& progress)
    {
        Limit limit = whole;
        limit.end =
            std::min(limit.end, std::chrono::steady_clock::now() + _settings.connectTimeout);
        const Url& url = route.url;
        const std::string host = route.proxy != nullptr ? route.proxy->host : url.host;
        const auto port = route.proxy != nullptr ? route.proxy->port : url.port;
        TlsWish wish{url.host};
        wish.caFile = _settings.caFile;
        wish.hostSetting = "the URL";
        wish.caSetting = "ssl_cert_file in section [SSL]";
        progress.doing =
            "connecting to " +
            (route.proxy != nullptr ? "the proxy " + route.proxy->endpoint() : url.endpoint());
        if (url.scheme == "https") {
            // A CA file that cannot be used is said before anybody is bothered.
            tlsContext(wish.caFile, wish.caSetting);
        }
        auto connection = network().connect(network().addresses(host, limit), port, limit);
        if (url.scheme == "http") {
            return connection;
        }
        if (route.proxy != nullptr) {
            askForTunnel(*connection, url, *route.proxy, limit);
        }
        progress.doing = "greeting " + url.endpoint() + " with TLS";
        connection->startTls(wish, limit);
        return connection;
    }

    static void askForTunnel(Connection& connection, const Url& url, const Proxy& proxy,
                             const Limit& limit)
    {
        std::string text =
            "CONNECT " + url.endpoint() + " HTTP/1.1\r\nHost: " + url.endpoint() + "\r\n";
        if (!proxy.authorization.empty()) {
            text += "Proxy-Authorization: " + proxy.authorization + "\r\n";
        }
        connection.sendUnlessAnswered(text + "\r\n", limit);
        ResponseReader reader(connection, limit);
        const HttpResponse answer = reader.readHead();
        if (answer.status == 407) {
            throw ServiceError(ServiceError::Kind::configuration,
                               "the proxy wants a user name and password: put them into "
                               "https_proxy as http://USER:PASSWORD@HOST:PORT");
        }
        if (answer.status / 100 != 2) {
            throw ConnectionError(Kind::lost, "the proxy " + proxy.endpoint() +
                                                  " refuses: " + std::to_string(answer.status) +
                                                  " " + firstLine(answer.reason));
        }
    }

    HttpResponse converse(const HttpRequest& request, const std::string& text, const Route& route,
                          std::unique_ptr<Connection> connection, const Limit& limit,
                          Progress& progress)
    {
        progress.doing = "sending the request";
        progress.sending = true;
        bool sentAll = false;
        std::optional<ConnectionError> trouble;
        try {
            sentAll = connection->sendUnlessAnswered(text, limit) == text.size();
        } catch (const ConnectionError& error) {
            if (error.kind() == Kind::late) {
                throw;
            }
            // A server that refuses early answers and hangs up: its answer may still be there.
            trouble = error;
        }
        ResponseReader reader(*connection, limit);
        HttpResponse response;
        try {
            response = reader.readHead();
            reader.readBody(response, request.method, request.bodyLimit);
        } catch (const ConnectionError&) {
            progress.heardAnything = reader.heardAnything();
            if (trouble && !reader.heardAnything()) {
                throw *trouble;
            }
            progress.doing = reader.waitingFor();
            throw;
        }
        if (sentAll && reader.reusable()) {
            _kept[route.key] = {std::move(connection), std::chrono::steady_clock::now()};
        }
        return response;
    }

    HttpSettings _settings;
    std::map<std::string, KeptConnection> _kept;
};

} // namespace

std::unique_ptr<Http> makeHttp(const HttpSettings& settings)
{
    return std::make_unique<HttpClient>(settings);
}

} // namespace notifyhost::net
