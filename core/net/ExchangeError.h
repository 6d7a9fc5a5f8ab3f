#pragma once

#include <notifyhost/Services.h>

namespace notifyhost::net {

/// No complete answer came, or the peer is not who it should be.
class ExchangeError : public ServiceError {
public:
    /// Whether the peer may have had (some of) the request: if not, sending it again is no repeat.
    enum class Received { no, perhaps };

    ExchangeError(Kind kind, Received received, const std::string& what)
        : ServiceError(kind, what), _received(received)
    {
    }
    bool maybeReceived() const noexcept { return _received == Received::perhaps; }

private:
    Received _received;
};

} // namespace notifyhost::net
