#pragma once

#include "HttpServer.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace notifyhost::miniporch {

namespace asio = boost::asio;

class Connection;

/// What all connections of a server share.
struct Service {
    Limits limits;
    Handler handler;
    AccessLog log;
    std::function<void(const Connection&)> holdsMore; ///< called where one keeps more than before
    bool stopping{};                                  ///< then every answer is a connection's last
};

/// Ends a socket's operations when a time is over. The socket stays open, so that the client can
/// still be told.
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
    using Time = std::chrono::steady_clock::time_point;

    virtual ~Connection() = default;
    virtual asio::awaitable<void> run() = 0;
    /// Ends it at once.
    virtual void abandon() = 0;
    /// Whether the client has sent octets that nobody looked at yet.
    virtual bool hasNews() = 0;

    /// Whose it is: the client's address, of IPv6 the network of it that one customer gets.
    const std::string& owner() const { return _owner; }
    /// Between two requests.
    bool idle() const { return _state == State::idle; }
    /// It has sent a whole request, and the answer is being made.
    bool busy() const { return _state == State::busy; }
    /// When the client last sent octets, or took some.
    Time lastMove() const { return _lastMove; }
    void moved() { _lastMove = std::chrono::steady_clock::now(); }
    /// Octets that are kept for it, of a body that is not whole or of an answer.
    std::size_t held() const { return _held; }

protected:
    enum class State { talking, idle, busy };

    explicit Connection(std::string owner) : _owner(std::move(owner)) {}

    State _state{State::talking};
    std::size_t _held{};

private:
    std::string _owner;
    Time _lastMove{std::chrono::steady_clock::now()};
};

std::shared_ptr<Connection> plainConnection(asio::ip::tcp::socket socket, Service& service);
std::shared_ptr<Connection> tlsConnection(asio::ip::tcp::socket socket, asio::ssl::context& tls,
                                          Service& service);

} // namespace notifyhost::miniporch
