#include "TcpStream.h"

#include "LinkError.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

namespace notifyhost::email {

namespace {

[[noreturn]] void lost(const std::string& what, int error)
{
    throw LinkError(LinkError::Kind::lost, what + ": " + std::strerror(error));
}

void connectOne(int descriptor, const PeerAddress& address, const Limit& limit)
{
    const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(descriptor, target, address.size) == 0) {
        return;
    }
    if (errno != EINPROGRESS && errno != EINTR) {
        lost("cannot connect", errno);
    }
    limit.wait(descriptor, POLLOUT);
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        lost("cannot connect", error);
    }
}

} // namespace

TcpStream::TcpStream(int descriptor, std::string peer)
    : _descriptor(descriptor), _peer(std::move(peer))
{
}

TcpStream::TcpStream(TcpStream&& other) noexcept
    : _descriptor(std::exchange(other._descriptor, -1)), _peer(std::move(other._peer))
{
}

TcpStream::~TcpStream()
{
    if (_descriptor >= 0) {
        ::close(_descriptor);
    }
}

TcpStream TcpStream::connect(const std::vector<PeerAddress>& addresses, const Limit& limit)
{
    std::string first;
    std::string last;
    for (std::size_t at = 0; at < addresses.size(); ++at) {
        const PeerAddress& address = addresses[at];
        TcpStream stream(
            ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
            address.text());
        const int descriptor = stream._descriptor;
        try {
            if (descriptor < 0) {
                lost("cannot make a socket", errno);
            }
            connectOne(descriptor, address, limit.share(addresses.size() - at));
            const int on = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return stream;
        } catch (const LinkError& error) {
            if (error.kind() == LinkError::Kind::cancelled) {
                throw;
            }
            last = stream.peer() + ": " + error.what();
            first = first.empty() ? last : first;
        }
    }
    throw LinkError(LinkError::Kind::lost,
                    first + (first == last ? "" : "; " + last) + "; check the keys host and port");
}

void TcpStream::send(std::string_view octets, const Limit& limit)
{
    while (!octets.empty()) {
        const ssize_t count = ::send(_descriptor, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            octets.remove_prefix(static_cast<std::size_t>(count));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            limit.wait(_descriptor, POLLOUT);
        } else if (errno != EINTR) {
            lost("the connection broke", errno);
        }
    }
}

std::optional<std::string> TcpStream::receiveNow()
{
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = ::recv(_descriptor, buffer.data(), buffer.size(), 0);
        if (count >= 0) {
            return std::string(buffer.data(), static_cast<std::size_t>(count));
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return std::nullopt;
        }
        if (errno != EINTR) {
            lost("the connection broke", errno);
        }
    }
}

std::string TcpStream::receive(const Limit& limit)
{
    for (;;) {
        // Asked also where octets are waiting: a server that never pauses must not outrun the
        // limit.
        limit.check();
        if (auto octets = receiveNow()) {
            return *octets;
        }
        limit.wait(_descriptor, POLLIN);
    }
}

std::string TcpStream::ownAddress() const
{
    PeerAddress own;
    own.size = sizeof own.storage;
    ::getsockname(_descriptor, reinterpret_cast<sockaddr*>(&own.storage), &own.size);
    return own.text();
}

} // namespace notifyhost::email
