#include "net/HttpExchange.h"

#include "net/AnswerText.h"
#include "net/ExchangeError.h"
#include "net/Proxy.h"
#include "net/ResponseReader.h"
#include "net/TlsContext.h"
#include "net/TlsStream.h"
#include "net/Url.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>

namespace notifyhost::net {

namespace {

// Poco's HTTP client is not used here: its time limits are per read (a peer that drips passes any
// of them) and multiply under TLS, it takes a body cut short for a whole one, and it neither bounds
// a body nor tells whether the peer may have had the request. So the exchange is our own, on
// sockets that never block, with OpenSSL underneath, and every wait ends at one deadline.

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

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return text;
}

void checkHeader(const std::string& name, const std::string& value)
{
    static constexpr std::string_view kOurs[] = {
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "expect",
        "te",   "accept-encoding"};
    if (!isToken(name)) {
        throw std::invalid_argument("a request header has a name that cannot be sent");
    }
    if (std::find(std::begin(kOurs), std::end(kOurs), lower(name)) != std::end(kOurs)) {
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
    std::string text = request.method + " " +
                       (wholeUrl ? "http://" + url.authority() : std::string()) + url.target +
                       " HTTP/1.1\r\nHost: " + url.authority() + "\r\nConnection: keep-alive\r\n";
    if (wholeUrl && !proxy->authorization.empty()) {
        text += "Proxy-Authorization: " + proxy->authorization + "\r\n";
    }
    for (const auto& [name, value] : request.headers) {
        text += name + ": " + value + "\r\n";
    }
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD")) {
        text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    return text + "\r\n" + request.body;
}

struct KeptConnection {
    std::unique_ptr<Stream> stream;
    TimePoint since; ///< when it became idle
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

    HttpResponse exchange(const HttpRequest& request, TimePoint deadline) override
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
            return perform(request, route, deadline, progress);
        } catch (const TimedOut&) {
            const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
            char seconds[32] = "";
            std::snprintf(seconds, sizeof seconds, "%.1f", spent.count());
            fail(request, url, progress, ServiceError::Kind::unavailable,
                 std::string("gave up after ") + seconds + " s");
        } catch (const LinkError& error) {
            fail(request, url, progress, error.kind(), error.what());
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

    HttpResponse perform(const HttpRequest& request, const Route& route, TimePoint deadline,
                         Progress& progress)
    {
        const std::string text = requestText(request, route.url, route.proxy);
        if (auto kept = takeKept(route.key, isHarmless(request.method))) {
            try {
                return converse(request, text, route, std::move(kept), deadline, progress);
            } catch (const TimedOut&) {
                throw;
            } catch (const LinkError&) {
                // The peer hung up on an idle connection while the request was on its way.
                if (progress.heardAnything || !isHarmless(request.method)) {
                    throw;
                }
                progress = {};
            }
        }
        return converse(request, text, route, connect(route, deadline, progress), deadline,
                        progress);
    }

    std::unique_ptr<Stream> takeKept(const std::string& key, bool harmless)
    {
        const auto found = _kept.find(key);
        if (found == _kept.end()) {
            return nullptr;
        }
        KeptConnection kept = std::move(found->second);
        _kept.erase(found);
        const bool young = std::chrono::steady_clock::now() - kept.since <= kTrustedIdle;
        if ((!harmless && !young) || !kept.stream->quiet()) {
            return nullptr;
        }
        return std::move(kept.stream);
    }

    std::unique_ptr<Stream> connect(const Route& route, TimePoint deadline, Progress& progress)
    {
        const auto limit =
            std::min(deadline, std::chrono::steady_clock::now() + _settings.connectTimeout);
        const Url& url = route.url;
        const std::string host = route.proxy != nullptr ? route.proxy->host : url.host;
        const auto port = route.proxy != nullptr ? route.proxy->port : url.port;
        progress.doing =
            "connecting to " +
            (route.proxy != nullptr ? "the proxy " + route.proxy->endpoint() : url.endpoint());
        if (url.scheme == "https") {
            // A CA file that cannot be used is said before anybody is bothered.
            tlsContext(_settings.caFile);
        }
        auto plain = std::make_unique<PlainStream>(connectTo(host, port, limit));
        if (url.scheme == "http") {
            return plain;
        }
        if (route.proxy != nullptr) {
            askForTunnel(*plain, url, *route.proxy, limit);
        }
        progress.doing = "greeting " + url.endpoint() + " with TLS";
        // Neither certificates nor SNI have the dot that makes a name absolute: RFC 6066 section 3.
        const std::string name = url.host.substr(0, url.host.size() - url.host.ends_with('.'));
        return tlsStream(plain->release(), name, _settings.caFile, limit);
    }

    static void askForTunnel(Stream& stream, const Url& url, const Proxy& proxy, TimePoint deadline)
    {
        std::string text =
            "CONNECT " + url.endpoint() + " HTTP/1.1\r\nHost: " + url.endpoint() + "\r\n";
        if (!proxy.authorization.empty()) {
            text += "Proxy-Authorization: " + proxy.authorization + "\r\n";
        }
        send(stream, text + "\r\n", deadline);
        ResponseReader reader(stream, deadline);
        const HttpResponse answer = reader.readHead();
        if (answer.status == 407) {
            throw LinkError("the proxy wants a user name and password: put them into https_proxy "
                            "as http://USER:PASSWORD@HOST:PORT",
                            ServiceError::Kind::configuration);
        }
        if (answer.status / 100 != 2) {
            throw LinkError("the proxy " + proxy.endpoint() + " refuses: " +
                            std::to_string(answer.status) + " " + firstLine(answer.reason));
        }
    }

    /// Whether all of it was taken; otherwise the peer has spoken first.
    static bool send(Stream& stream, std::string_view text, TimePoint deadline)
    {
        while (!text.empty()) {
            const std::size_t sent = stream.write(text, deadline);
            if (sent == 0) {
                return false;
            }
            text.remove_prefix(sent);
        }
        return true;
    }

    HttpResponse converse(const HttpRequest& request, const std::string& text, const Route& route,
                          std::unique_ptr<Stream> stream, TimePoint deadline, Progress& progress)
    {
        progress.doing = "sending the request";
        progress.sending = true;
        bool sentAll = false;
        std::string sendingTrouble;
        try {
            sentAll = send(*stream, text, deadline);
        } catch (const TimedOut&) {
            throw;
        } catch (const LinkError& error) {
            // A server that refuses early answers and hangs up: its answer may still be there.
            sendingTrouble = error.what();
        }
        ResponseReader reader(*stream, deadline);
        HttpResponse response;
        try {
            response = reader.readHead();
            reader.readBody(response, request.method, request.bodyLimit);
        } catch (const LinkError&) {
            progress.heardAnything = reader.heardAnything();
            if (!sendingTrouble.empty() && !reader.heardAnything()) {
                throw LinkError(sendingTrouble);
            }
            progress.doing = reader.waitingFor();
            throw;
        }
        if (sentAll && reader.reusable()) {
            _kept[route.key] = {std::move(stream), std::chrono::steady_clock::now()};
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
