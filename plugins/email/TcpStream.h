#pragma once

#include "Limit.h"
#include "Resolver.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::email {

/// A connected TCP socket that never blocks: every wait is a Limit's.
/// Errors: LinkError. Threads: one at a time.
class TcpStream {
public:
    /// Tries the addresses in turn, each with a fair share of the time. Where none will do,
    /// the error tells what became of the first and of the last.
    static TcpStream connect(const std::vector<PeerAddress>& addresses, const Limit& limit);

    TcpStream(TcpStream&& other) noexcept;
    TcpStream& operator=(TcpStream&&) = delete;
    ~TcpStream();

    /// Sends all octets.
    void send(std::string_view octets, const Limit& limit);

    /// What has arrived, waiting for at least one octet. Empty: the other side has closed.
    std::string receive(const Limit& limit);

    /// What has arrived by now, without waiting; nullopt: nothing. Empty: the other side has
    /// closed.
    std::optional<std::string> receiveNow();

    /// The address the server is connected at, and our own.
    const std::string& peer() const { return _peer; }
    std::string ownAddress() const;

private:
    TcpStream(int descriptor, std::string peer);

    int _descriptor;
    std::string _peer;
};

} // namespace notifyhost::email
