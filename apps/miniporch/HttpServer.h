#pragma once

#include "RequestReader.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace notifyhost::miniporch {

/// What a server takes from a client before it turns it away. Where there are too many clients, or
/// they hold too much, the most silent one goes: whose last octet, sent or taken, is the oldest.
/// Never one whose whole request is being answered, and never the newest.
struct Limits {
    RequestLimits request{};
    std::size_t connections{400};           ///< of all clients
    std::size_t connectionsOfOne{200};      ///< of one address; of one /64 network of IPv6
    std::size_t held{32u << 20};            ///< octets of half requests and of answers, together
    std::chrono::milliseconds idle{60'000}; ///< between two requests
    std::chrono::milliseconds requestTime{20'000}; ///< from a request's first octet to its last
    std::chrono::milliseconds write{20'000};       ///< for the client to take some of an answer
};

struct TlsFiles {
    std::filesystem::path certificate; ///< PEM, the chain with the server's own first
    std::filesystem::path key;         ///< PEM
};

struct ServerSettings {
    std::string host; ///< a name or an address, IPv6 without brackets
    std::uint16_t port{};
    std::optional<TlsFiles> tls{};
    bool beyondLoopback{}; ///< whether it may listen there without TLS
    Limits limits{};
};

/// The settings cannot be served.
class ServerError : public std::runtime_error {
public:
    enum class Kind { configuration, unavailable };
    ServerError(Kind kind, const std::string& what) : std::runtime_error(what), _kind(kind) {}
    Kind kind() const noexcept { return _kind; }

private:
    Kind _kind;
};

/// One line of the access log: who asked for what, and what was answered.
using AccessLog = std::function<void(const std::string& line)>;

/// HTTP/1.1 on one socket, one thread for all connections: keep-alive, requests one after the other
/// per connection, limits on everything a client may send, hold or wait for. It always accepts.
/// What is no HTTP, too large or too slow is answered with 400, 408, 413 or 431 and hung up on.
/// Errors: ServerError from the constructor.
/// Threads: one; the handler may call back from any.
class HttpServer {
public:
    /// Listens when it returns.
    /// warn: called, at most once a minute, with what an operator should know.
    HttpServer(const ServerSettings& settings, Handler handler, AccessLog log,
               std::function<void(const std::string&)> warn);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// "https://127.0.0.1:8081", with the port that was found for port 0.
    std::string url() const;

    /// Serves until SIGTERM or SIGINT; returns when the requests in hand are answered.
    void run();

private:
    class Impl;
    std::unique_ptr<Impl> _impl;
};

} // namespace notifyhost::miniporch
