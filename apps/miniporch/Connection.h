#pragma once

#include "HttpServer.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace notifyhost::miniporch {

namespace asio = boost::asio;

/// What all connections of a server share.
struct Service {
    Limits limits;
    Handler handler;
    AccessLog log;
    bool stopping{}; ///< then every answer is a connection's last
};

/// Hangs up on a socket's operations when a time is over. Unlike Beast's own timeouts it leaves the
/// socket open, so that the client can still be told.
class Deadline {
public:
    explicit Deadline(asio::ip::tcp::socket& socket)
        : _timer(socket.get_executor()), _state(std::make_shared<State>(State{socket}))
    {
    }
    void set(std::chrono::milliseconds limit);
    void clear();
    bool passed() const { return _state->passed; }

private:
    /// What the timer's handler looks at. A time that is over can wait behind the connection's end
    /// in the same turn of the loop, so the handler does not keep it, but asks whether it is there.
    struct State {
        asio::ip::tcp::socket& socket;
        unsigned turn{};
        bool passed{};
    };

    asio::steady_timer _timer;
    std::shared_ptr<State> _state;
};

/// One client, from its first octet to the end. Threads: the server's.
class Connection {
public:
    virtual ~Connection() = default;
    virtual asio::awaitable<void> run() = 0;
    /// Between two requests, since when; nullopt in the middle of one.
    virtual std::optional<std::chrono::steady_clock::time_point> idleSince() const = 0;
    /// Ends it at once.
    virtual void abandon() = 0;
};

std::shared_ptr<Connection> plainConnection(asio::ip::tcp::socket socket, Service& service);
std::shared_ptr<Connection> tlsConnection(asio::ip::tcp::socket socket, asio::ssl::context& tls,
                                          Service& service);

} // namespace notifyhost::miniporch
