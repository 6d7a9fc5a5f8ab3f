#pragma once

#include "support/Certificates.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::test {

/// A request as it came in, octet by octet.
struct ScriptedRequest {
    std::string head; ///< request line and headers, up to and with the empty line
    std::string body;
    int connection{}; ///< 1 for the first connection that was accepted

    /// "POST /tasks/ HTTP/1.1"
    std::string line() const { return head.substr(0, head.find('\r')); }
    /// A header's value by its name, whatever its case; empty where absent.
    std::string header(const std::string& name) const;
};

/// What the server does about one request.
struct ScriptedReply {
    enum class Then {
        keep,    ///< waits for the next request
        close,   ///< hangs up in good order
        cut,     ///< hangs up; over TLS without the closing alert
        reset,   ///< hangs up with a TCP reset
        silence, ///< neither sends nor hangs up
        endless, ///< sends filling for as long as it is taken
        tunnel   ///< connects through to tunnelPort
    };
    std::string octets; ///< sent as they are
    Then then{Then::keep};
    std::chrono::milliseconds pause{0}; ///< before each octet; 0: all at once
    std::chrono::milliseconds delay{0}; ///< before the first octet
    int tunnelPort{};
};

/// An answer with a Content-Length.
ScriptedReply answer(int status, const std::string& body,
                     const std::string& contentType = "application/json",
                     const std::string& moreHeaders = "");

/// How the server takes requests.
struct ScriptedListening {
    std::optional<CertificateAuthority::Files> tls{}; ///< nullopt: in plain
    int newestTls{};                                  ///< as OpenSSL numbers versions; 0: the usual
    std::size_t hangUpAfter{}; ///< hangs up after so many octets of a request; 0: never
    std::size_t answerAfter{}; ///< answers after so many, and reads the rest for nothing; 0: never
};

/// An HTTP peer on 127.0.0.1 that follows a script, in plain or over TLS; real sockets, one thread
/// per connection. Everything is stopped in the destructor.
class ScriptedHttpServer {
public:
    using Handler = std::function<ScriptedReply(const ScriptedRequest&)>;

    /// Called for each request, by several threads at a time where there are several connections.
    explicit ScriptedHttpServer(Handler handler, const ScriptedListening& listening = {});

    /// Replies in the order in which requests come; after the last one it answers 599.
    explicit ScriptedHttpServer(std::vector<ScriptedReply> replies,
                                const ScriptedListening& listening = {});
    ~ScriptedHttpServer();
    ScriptedHttpServer(const ScriptedHttpServer&) = delete;
    ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

    int port() const;
    /// "http://127.0.0.1:PORT" + path, or "https://localhost:PORT" + path.
    std::string url(const std::string& path = "/") const;

    /// All requests whose end has come, in order.
    std::vector<ScriptedRequest> requests() const;
    /// How many connections were accepted.
    int connections() const;
    /// How many of them are open on this side.
    int openConnections() const;
    /// The largest number of requests that were being answered at one time.
    int mostAtOnce() const;

private:
    class Listener;
    std::unique_ptr<Listener> _listener;
};

} // namespace notifyhost::test
