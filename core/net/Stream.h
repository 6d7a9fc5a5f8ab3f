#pragma once

#include <notifyhost/Services.h>

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace notifyhost::net {

using TimePoint = std::chrono::steady_clock::time_point;

/// What went wrong on a connection. The exchange adds which request it was about.
class LinkError : public std::runtime_error {
public:
    explicit LinkError(const std::string& what,
                       ServiceError::Kind kind = ServiceError::Kind::unavailable)
        : std::runtime_error(what), _kind(kind)
    {
    }
    ServiceError::Kind kind() const noexcept { return _kind; }

private:
    ServiceError::Kind _kind;
};

/// The deadline is over. The text is left to the exchange, which knows what it was doing.
class TimedOut : public LinkError {
public:
    TimedOut() : LinkError("no answer in time") {}
};

/// One connection to a peer, in plain or over TLS.
/// Errors: LinkError, or TimedOut where the deadline is over. Threads: one.
class Stream {
public:
    virtual ~Stream() = default;

    /// Sends some octets and returns how many; 0 where the peer has spoken (or hung up) instead of
    /// listening, so that its answer is to be read now.
    virtual std::size_t write(std::string_view octets, TimePoint deadline) = 0;

    /// Receives at least one octet, or 0 where the peer has ended the stream in good order.
    virtual std::size_t read(char* buffer, std::size_t size, TimePoint deadline) = 0;

    /// Whether an idle connection can take another request: still open, and nothing unasked came.
    virtual bool quiet() = 0;
};

} // namespace notifyhost::net
