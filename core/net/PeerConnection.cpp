#include "net/PeerConnection.h"

#include "net/Certificate.h"
#include "net/TlsContext.h"

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/Session.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace notifyhost::net {

namespace {

using Kind = ConnectionError::Kind;
using Poco::Net::SecureStreamSocket;
using Poco::Net::Socket;

/// How long the operator's wish to end may stay unnoticed.
constexpr std::chrono::milliseconds kSlice{100};
constexpr std::chrono::milliseconds kLongestWait{std::chrono::minutes{1}};

/// Calls a socket's function. OpenSSL judges a call by a queue of errors that belongs to the thread
/// and that Poco leaves behind when it throws: another connection's error would be taken for one of
/// this.
template<typename Call> int withoutOldErrors(Call&& call)
{
    ERR_clear_error();
    return call();
}

/// Whether the peer hung up where TLS does not end.
bool isCutShort(const Poco::Exception& error)
{
    return dynamic_cast<const Poco::Net::SSLConnectionUnexpectedlyClosedException*>(&error) !=
               nullptr ||
           wordsOf(error).starts_with("unexpected eof");
}

[[noreturn]] void broke(const Poco::Exception& error)
{
    throw ConnectionError(Kind::lost,
                          "the connection broke: " +
                              (isCutShort(error) ? "the peer closed it without the closing alert "
                                                   "of TLS"
                                                 : wordsOf(error)));
}

} // namespace

std::string wordsOf(const Poco::Exception& error)
{
    if (error.code() > 0) {
        return std::generic_category().message(error.code());
    }
    // OpenSSL's come as "error:0A00042E:SSL routines::tlsv1 alert protocol version".
    const std::string text = error.message().empty() ? error.displayText() : error.message();
    const auto colons = text.rfind("::");
    return colons == std::string::npos ? text : text.substr(colons + 2);
}

void waitFor(const Socket& socket, int mode, const Limit& limit)
{
    for (;;) {
        limit.check();
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            limit.end - std::chrono::steady_clock::now());
        const auto slice =
            std::clamp(left, std::chrono::milliseconds{1}, limit.cancelled ? kSlice : kLongestWait);
        if (socket.poll(Poco::Timespan(std::chrono::microseconds(slice).count()), mode)) {
            return;
        }
    }
}

PeerConnection::PeerConnection(const Poco::Net::StreamSocket& socket) : _socket(socket)
{
    _peer.address = _socket.peerAddress().host().toString();
    _peer.ownAddress = _socket.address().host().toString();
}

PeerConnection::~PeerConnection()
{
    if (_peer.tls.empty() || _broken) {
        return;
    }
    try {
        withoutOldErrors([&] {
            _socket.shutdown(); // the closing alert, which is not waited for
            return 0;
        });
    } catch (const Poco::Exception&) {
        // The peer is gone: there is nobody to take leave of.
    }
}

/// Sends what can be sent at once; 0: nothing.
int PeerConnection::trySend(std::string_view octets)
try {
    const int size = static_cast<int>(std::min<std::size_t>(octets.size(), 1U << 20));
    const int sent =
        withoutOldErrors([&] { return _socket.sendBytes(octets.data(), size, MSG_NOSIGNAL); });
    const bool wantsRead = !_peer.tls.empty() && sent == SecureStreamSocket::ERR_SSL_WANT_READ;
    _waitedFor = wantsRead ? Socket::SELECT_READ : Socket::SELECT_WRITE;
    return std::max(sent, 0);
} catch (const Poco::Exception& error) {
    if (_peer.tls.empty() && error.code() == EAGAIN) { // it throws where TLS would answer -2
        _waitedFor = Socket::SELECT_WRITE;
        return 0;
    }
    _broken = true;
    broke(error);
}

/// Whether there is something to receive, octets or the end. Without waiting; but TLS records may
/// hold no octets for us and come without end, so the limit is looked at.
bool PeerConnection::lookForOctets(const Limit& limit)
try {
    std::array<char, 16384> buffer;
    while (_arrived.empty() && !_ended) {
        // Asked where octets are waiting, too: a peer that never pauses must not outrun the limit.
        limit.check();
        const int received = withoutOldErrors(
            [&] { return _socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size())); });
        if (received >= 0) {
            _arrived.assign(buffer.data(), static_cast<std::size_t>(received));
            _ended = received == 0;
            return true;
        }
        const bool wantsWrite =
            !_peer.tls.empty() && received == SecureStreamSocket::ERR_SSL_WANT_WRITE;
        _waitedFor = wantsWrite ? Socket::SELECT_WRITE : Socket::SELECT_READ;
        if (_peer.tls.empty() || wantsWrite || !_socket.poll(Poco::Timespan(), _waitedFor)) {
            return false;
        }
    }
    return true;
} catch (const Poco::Exception& error) {
    _broken = true;
    broke(error);
}

void PeerConnection::send(std::string_view octets, const Limit& limit)
{
    while (!octets.empty()) {
        const int sent = trySend(octets);
        octets.remove_prefix(static_cast<std::size_t>(sent));
        if (sent == 0) {
            waitFor(_socket, _waitedFor, limit);
        }
    }
}

std::size_t PeerConnection::sendUnlessAnswered(std::string_view octets, const Limit& limit)
{
    std::size_t total = 0;
    while (total < octets.size() && !lookForOctets(limit)) {
        const int sent = trySend(octets.substr(total));
        total += static_cast<std::size_t>(sent);
        if (sent == 0) {
            waitFor(_socket, Socket::SELECT_READ | _waitedFor, limit);
        }
    }
    return total;
}

std::string PeerConnection::receive(const Limit& limit)
{
    while (!lookForOctets(limit)) {
        waitFor(_socket, _waitedFor, limit);
    }
    return std::exchange(_arrived, {});
}

std::optional<std::string> PeerConnection::receiveNow(const Limit& limit)
{
    return lookForOctets(limit) ? std::optional(std::exchange(_arrived, {})) : std::nullopt;
}

void PeerConnection::startTls(const TlsWish& wish, const Limit& limit)
try {
    // Neither certificates nor SNI have the dot that makes a name absolute, and SNI has no
    // addresses: RFC 6066 section 3.
    const std::string host = wish.host.substr(0, wish.host.size() - wish.host.ends_with('.'));
    Poco::Net::IPAddress address;
    const bool numeric = Poco::Net::IPAddress::tryParse(host, address);
    const auto context = tlsContext(wish.caFile, wish.caSetting);
    _arrived.clear(); // in plain text: it must never be taken for words under TLS
    CertificateWatch watch;
    ERR_clear_error();
    auto secure = SecureStreamSocket::attach(_socket, numeric ? "" : host, context);
    for (int result = 0; result <= 0;) {
        result = withoutOldErrors([&] { return secure.completeHandshake(); });
        if (result <= 0) {
            waitFor(secure,
                    result == SecureStreamSocket::ERR_SSL_WANT_WRITE ? Socket::SELECT_WRITE
                                                                     : Socket::SELECT_READ,
                    limit);
        }
    }
    if (!secure.havePeerCertificate()) {
        throw ConnectionError(Kind::tls, "the TLS handshake failed: the peer has no certificate");
    }
    const auto certificate = secure.peerCertificate();
    watch.expectName(certificate, host, numeric);
    if (wish.trust == TlsWish::Trust::verified && !watch.complaint().empty()) {
        throw ConnectionError(Kind::certificate, watch.trouble(wish));
    }
    const int version = SSL_SESSION_get_protocol_version(secure.currentSession()->sslSession());
    _peer.tls = version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3";
    _peer.certificate = describe(certificate);
    _peer.distrust = watch.complaint();
    _socket = secure;
} catch (const Poco::Net::SSLException& error) {
    throw ConnectionError(Kind::tls, isCutShort(error)
                                         ? "the peer closed the connection in the TLS handshake"
                                         : "the TLS handshake failed: " + wordsOf(error));
} catch (const Poco::Exception& error) {
    broke(error);
}

} // namespace notifyhost::net
