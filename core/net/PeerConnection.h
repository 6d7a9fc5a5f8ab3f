#pragma once

#include <notifyhost/Connection.h>

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocket.h>

namespace notifyhost::net {

/// What an error says, without the class it is of.
std::string wordsOf(const Poco::Exception& error);

/// Waits until a socket is ready in one of the ways of Poco's Socket::SelectMode, or has an error
/// to tell. Errors: ConnectionError late, cancelled.
void waitFor(const Poco::Net::Socket& socket, int mode, const Limit& limit);

/// A connection over one of Poco's sockets, which never blocks: whoever waits is waitFor().
class PeerConnection : public Connection {
public:
    /// Takes a socket that is connected and does not block.
    explicit PeerConnection(const Poco::Net::StreamSocket& socket);
    ~PeerConnection() override;
    PeerConnection(const PeerConnection&) = delete;
    PeerConnection& operator=(const PeerConnection&) = delete;

    void send(std::string_view octets, const Limit& limit) override;
    std::size_t sendUnlessAnswered(std::string_view octets, const Limit& limit) override;
    std::string receive(const Limit& limit) override;
    std::optional<std::string> receiveNow(const Limit& limit) override;
    void startTls(const TlsWish& wish, const Limit& limit) override;
    const PeerDescription& peer() const override { return _peer; }

private:
    int trySend(std::string_view octets);
    bool lookForOctets(const Limit& limit);

    Poco::Net::StreamSocket _socket; ///< a SecureStreamSocket's under TLS
    PeerDescription _peer;
    std::string _arrived; ///< and not yet received
    bool _ended{};        ///< the peer has closed in good order
    bool _broken{};       ///< nothing can be said to the peer any more
    int _waitedFor{};     ///< what the last call that did nothing waits for, as waitFor()'s mode
};

} // namespace notifyhost::net
