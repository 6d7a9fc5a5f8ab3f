#include "net/Socket.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::net {

namespace {

std::string reason(int error)
{
    return std::generic_category().message(error);
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size{};
    int family{};
};

struct Lookup {
    std::mutex mutex;
    std::condition_variable changed;
    bool done{};
    int code{};
    std::vector<Address> addresses;
};

int lookUp(const std::string& host, const std::string& port, int flags,
           std::vector<Address>& addresses)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    if (code != 0) {
        return code;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
        address.family = entry->ai_family;
        addresses.push_back(address);
    }
    return 0;
}

std::vector<Address> resolve(const std::string& host, const std::string& port, TimePoint deadline)
{
    std::vector<Address> addresses;
    if (lookUp(host, port, AI_NUMERICHOST, addresses) == 0) {
        return addresses;
    }
    // The thread outlives a lookup that takes too long, so it owns all it touches.
    const auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host, port] {
        std::vector<Address> found;
        const int code = lookUp(host, port, AI_ADDRCONFIG, found);
        const std::lock_guard lock(lookup->mutex);
        lookup->code = code;
        lookup->addresses = std::move(found);
        lookup->done = true;
        lookup->changed.notify_one();
    }).detach();
    std::unique_lock lock(lookup->mutex);
    if (!lookup->changed.wait_until(lock, deadline, [&] { return lookup->done; })) {
        throw TimedOut();
    }
    if (lookup->code != 0) {
        throw LinkError("the name " + host +
                        " cannot be looked up: " + ::gai_strerror(lookup->code));
    }
    return std::move(lookup->addresses);
}

std::string numeric(const Address& address)
{
    char host[NI_MAXHOST] = "";
    ::getnameinfo(reinterpret_cast<const sockaddr*>(&address.storage), address.size, host,
                  sizeof host, nullptr, 0, NI_NUMERICHOST);
    return host;
}

Socket connectOne(const Address& address, TimePoint deadline)
{
    Socket socket(::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (socket.descriptor() < 0) {
        throw LinkError("cannot make a socket: " + reason(errno) + " (" + numeric(address) + ")");
    }
    const int on = 1;
    ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address.storage),
                  address.size) == 0)
    {
        return socket;
    }
    int error = errno;
    if (error == EINPROGRESS) {
        socket.wait(Socket::Event::writable, deadline);
        socklen_t size = sizeof error;
        ::getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size);
    }
    if (error != 0) {
        throw LinkError(reason(error) + " (" + numeric(address) + ")");
    }
    return socket;
}

/// Keeps the first address's trouble; with the last one's there is no more to try.
void noteOrThrow(std::string& first, const std::string& trouble, bool last)
{
    if (last) {
        throw LinkError(first.empty() ? trouble : first + "; " + trouble);
    }
    if (first.empty()) {
        first = trouble;
    }
}

} // namespace

Socket::~Socket()
{
    if (_descriptor >= 0) {
        ::close(_descriptor);
    }
}

Socket::Socket(Socket&& other) noexcept : _descriptor(std::exchange(other._descriptor, -1)) {}

short Socket::wait(Event event, TimePoint deadline) const
{
    pollfd entry{};
    entry.fd = _descriptor;
    if (event != Event::writable) {
        entry.events = static_cast<short>(entry.events | POLLIN);
    }
    if (event != Event::readable) {
        entry.events = static_cast<short>(entry.events | POLLOUT);
    }
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            throw TimedOut();
        }
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
        if (ready > 0) {
            return entry.revents;
        }
        if (ready < 0 && errno != EINTR) {
            throw LinkError("waiting for the peer failed: " + reason(errno));
        }
    }
}

Socket connectTo(const std::string& host, std::uint16_t port, TimePoint deadline)
{
    const auto addresses = resolve(host, std::to_string(port), deadline);
    std::string first;
    for (std::size_t index = 0;; ++index) {
        const bool last = index + 1 == addresses.size();
        const auto now = std::chrono::steady_clock::now();
        const auto share = (deadline - now) / static_cast<int>(addresses.size() - index);
        try {
            return connectOne(addresses[index], last ? deadline : now + share);
        } catch (const TimedOut&) {
            if (last && first.empty()) {
                throw;
            }
            noteOrThrow(first, "no answer in time (" + numeric(addresses[index]) + ")", last);
        } catch (const LinkError& error) {
            noteOrThrow(first, error.what(), last);
        }
    }
}

std::size_t PlainStream::write(std::string_view octets, TimePoint deadline)
{
    for (;;) {
        const short events = _socket.wait(Socket::Event::both, deadline);
        if ((events & (POLLIN | POLLHUP)) != 0) {
            return 0;
        }
        const auto sent = ::send(_socket.descriptor(), octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            return static_cast<std::size_t>(sent);
        }
        if (errno != EAGAIN && errno != EINTR) {
            throw LinkError("the connection broke: " + reason(errno));
        }
    }
}

std::size_t PlainStream::read(char* buffer, std::size_t size, TimePoint deadline)
{
    for (;;) {
        const auto received = ::recv(_socket.descriptor(), buffer, size, 0);
        if (received >= 0) {
            return static_cast<std::size_t>(received);
        }
        if (errno == EAGAIN) {
            _socket.wait(Socket::Event::readable, deadline);
        } else if (errno != EINTR) {
            throw LinkError("the connection broke: " + reason(errno));
        }
    }
}

bool PlainStream::quiet()
{
    char octet{};
    const auto received = ::recv(_socket.descriptor(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return received < 0 && errno == EAGAIN;
}

} // namespace notifyhost::net
