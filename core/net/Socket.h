#pragma once

#include "net/Stream.h"

#include <cstdint>
#include <utility>

namespace notifyhost::net {

/// A connected TCP socket that never blocks; closed at the end.
class Socket {
public:
    enum class Event { readable, writable, both };

    explicit Socket(int descriptor) : _descriptor(descriptor) {}
    ~Socket();
    Socket(Socket&& other) noexcept;
    Socket& operator=(Socket&&) = delete;

    int descriptor() const { return _descriptor; }

    /// Waits for an event (an error or an end counts as each of them); poll's revents.
    /// Errors: TimedOut.
    short wait(Event event, TimePoint deadline) const;

private:
    int _descriptor;
};

/// Connects to the first address of host that accepts, dividing the time among them. Names are
/// looked up in a thread of their own, because the system's resolver knows no deadline.
/// Shape: host without brackets.
/// Errors: LinkError naming address and reason, of the first address and of the last; TimedOut
///         where the deadline is over.
Socket connectTo(const std::string& host, std::uint16_t port, TimePoint deadline);

/// A socket as a stream.
class PlainStream : public Stream {
public:
    explicit PlainStream(Socket socket) : _socket(std::move(socket)) {}

    std::size_t write(std::string_view octets, TimePoint deadline) override;
    std::size_t read(char* buffer, std::size_t size, TimePoint deadline) override;
    bool quiet() override;

    /// Gives the socket away, for TLS through a proxy; nothing else may be done afterwards.
    Socket release() { return std::move(_socket); }

private:
    Socket _socket;
};

} // namespace notifyhost::net
