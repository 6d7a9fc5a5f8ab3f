#include "Resolver.h"

#include "LinkError.h"
#include "SmtpText.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

namespace notifyhost::email {

namespace {

struct Answer {
    std::vector<PeerAddress> addresses;
    std::string canonicalName; ///< where asked for
    std::string problem;
};

struct Question {
    std::mutex mutex;
    std::condition_variable changed;
    bool done{};
    Answer answer;
};

Answer ask(const std::string& host, int port, int flags)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | flags;
    addrinfo* list = nullptr;
    const int status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (status != 0) {
        return {{}, {}, status == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(status)};
    }
    Answer answer;
    if (list->ai_canonname != nullptr) {
        answer.canonicalName = list->ai_canonname;
    }
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        PeerAddress address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
        answer.addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return answer;
}

/// A thread that takes no signal: those belong to the program's own threads.
void startQuietly(const std::shared_ptr<Question>& question, const std::string& host, int port,
                  int flags)
{
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([question, host, port, flags] {
        Answer answer = ask(host, port, flags);
        const std::lock_guard lock(question->mutex);
        question->answer = std::move(answer);
        question->done = true;
        question->changed.notify_all();
    }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/// Waits for the answer, which a thread of its own waits for as well.
Answer askWithin(const Limit& limit, const std::string& host, int port, int flags)
{
    const auto question = std::make_shared<Question>();
    startQuietly(question, host, port, flags);
    std::unique_lock lock(question->mutex);
    while (!question->done) {
        limit.check();
        question->changed.wait_for(lock, std::chrono::milliseconds{50});
    }
    return question->answer;
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

} // namespace

std::string PeerAddress::text() const
{
    std::array<char, NI_MAXHOST> name{};
    const auto* address = reinterpret_cast<const sockaddr*>(&storage);
    if (::getnameinfo(address, size, name.data(), name.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
        return "an address";
    }
    return name.data();
}

std::vector<PeerAddress> resolve(const std::string& host, int port, const Limit& limit)
{
    if (Answer numeric = ask(host, port, AI_NUMERICHOST); !numeric.addresses.empty()) {
        return numeric.addresses;
    }
    const Answer answer = askWithin(limit, host, port, AI_ADDRCONFIG);
    if (answer.addresses.empty()) {
        throw LinkError(LinkError::Kind::lost, "the name " + host + " cannot be resolved: " +
                                                   answer.problem + "; check the key host");
    }
    return answer.addresses;
}

std::string fullHostName(const std::string& hostName, const Limit& limit)
{
    if (const std::string own = withoutFinalDot(hostName); own.empty() || isFullName(own)) {
        return own;
    }
    try {
        const std::string name =
            withoutFinalDot(askWithin(limit, hostName, 0, AI_CANONNAME).canonicalName);
        return isFullName(name) ? name : "";
    } catch (const LinkError& error) {
        if (error.kind() == LinkError::Kind::late) {
            return {};
        }
        throw;
    }
}

std::string ownHostName()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

} // namespace notifyhost::email
