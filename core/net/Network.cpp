#include "net/Network.h"

#include "net/PeerConnection.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

namespace notifyhost::net {

namespace {

using Kind = ConnectionError::Kind;

struct Found {
    std::vector<std::string> addresses;
    std::string canonicalName;
    std::string problem;
};

struct Question {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Found> answer;
};

/// The system's resolver itself, because Poco's HostEntry sorts what it says by number: the order
/// that RFC 6724 asks for, and the administrator's own, would be lost.
Found lookUp(const std::string& host, int flags)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    const int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (status != 0) {
        return {{},
                {},
                status == EAI_SYSTEM ? std::generic_category().message(errno)
                                     : ::gai_strerror(status)};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
    Found found;
    found.canonicalName = list->ai_canonname == nullptr ? "" : list->ai_canonname;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        found.addresses.push_back(
            Poco::Net::SocketAddress(entry->ai_addr, entry->ai_addrlen).host().toString());
    }
    return found;
}

/// Waits for the answer no longer than the limit; the thread, which takes no signal, outlives that
/// and so owns all it touches.
Found lookUpWithin(const Limit& limit, const std::string& host, int flags)
{
    const auto question = std::make_shared<Question>();
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([question, host, flags] {
        Found found = lookUp(host, flags);
        const std::lock_guard lock(question->mutex);
        question->answer = std::move(found);
        question->changed.notify_all();
    }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    std::unique_lock lock(question->mutex);
    while (!question->answer) {
        limit.check();
        question->changed.wait_for(lock, std::chrono::milliseconds{50});
    }
    return std::move(*question->answer);
}

std::string withoutFinalDot(std::string name)
{
    name.resize(name.size() - (name.ends_with('.') ? 1 : 0));
    return name;
}

/// Whether it is a name that others can know this host by.
bool isFullName(std::string_view name)
{
    const bool usable = std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
               (letter >= 'A' && letter <= 'Z') || letter == '.' || letter == '-';
    });
    return usable && name.find('.') != std::string_view::npos && !name.starts_with('.') &&
           !name.starts_with("localhost.");
}

Poco::Net::StreamSocket connectOne(const std::string& address, std::uint16_t port,
                                   const Limit& limit)
try {
    Poco::Net::StreamSocket socket;
    // As an address, because as a name it would be looked up, however long that takes.
    socket.connectNB(Poco::Net::SocketAddress(Poco::Net::IPAddress(address), port));
    socket.impl()->fcntl(F_SETFD, FD_CLOEXEC);
    waitFor(socket, Poco::Net::Socket::SELECT_WRITE, limit);
    if (const int error = socket.impl()->socketError(); error != 0) {
        throw ConnectionError(Kind::lost, std::generic_category().message(error));
    }
    socket.setNoDelay(true);
    return socket;
} catch (const Poco::Exception& error) {
    throw ConnectionError(Kind::lost, wordsOf(error));
}

class SystemNetwork : public Network {
public:
    std::vector<std::string> addresses(const std::string& host, const Limit& limit) override
    {
        Poco::Net::IPAddress numeric;
        if (Poco::Net::IPAddress::tryParse(host, numeric)) {
            return {numeric.toString()};
        }
        const Found found = lookUpWithin(limit, host, AI_ADDRCONFIG);
        if (found.addresses.empty()) {
            throw ConnectionError(Kind::lost,
                                  "the name " + host + " cannot be looked up: " + found.problem);
        }
        return found.addresses;
    }

    std::unique_ptr<Connection> connect(const std::vector<std::string>& addresses,
                                        std::uint16_t port, const Limit& limit) override
    {
        std::string first;
        std::string last;
        for (std::size_t at = 0; at < addresses.size(); ++at) {
            const auto now = std::chrono::steady_clock::now();
            Limit share = limit;
            share.end = now + (limit.end - now) / static_cast<int>(addresses.size() - at);
            if (addresses.size() > 1) {
                share.late = "no answer in its share of the time";
            }
            try {
                return std::make_unique<PeerConnection>(connectOne(addresses[at], port, share));
            } catch (const ConnectionError& error) {
                last = error.what() + (" (" + addresses[at] + ")");
                first = first.empty() ? last : first;
                if (error.kind() == Kind::cancelled) {
                    throw;
                }
                if (error.kind() == Kind::late && addresses.size() == 1) {
                    throw ConnectionError(Kind::late, last);
                }
            }
        }
        throw ConnectionError(Kind::lost, first + (first == last ? "" : "; " + last));
    }

    std::string ownName(const Limit& limit) override
    {
        std::array<char, 256> buffer{};
        const bool known = ::gethostname(buffer.data(), buffer.size() - 1) == 0;
        const std::string own = known ? buffer.data() : "";
        if (own.empty() || isFullName(withoutFinalDot(own))) {
            return withoutFinalDot(own);
        }
        try {
            const std::string name =
                withoutFinalDot(lookUpWithin(limit, own, AI_CANONNAME).canonicalName);
            return isFullName(name) ? name : "";
        } catch (const ConnectionError& error) {
            if (error.kind() == Kind::cancelled) {
                throw;
            }
            return {};
        }
    }
};

} // namespace

Network& network()
{
    static SystemNetwork network;
    return network;
}

} // namespace notifyhost::net
