#include "support/ScriptedHttpServer.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

/// A descriptor that another thread may interrupt.
class Descriptor {
public:
    explicit Descriptor(int number) : _number(number) {}
    ~Descriptor() { ::close(_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return _number; }
    void interrupt() const { ::shutdown(_number, SHUT_RDWR); }

private:
    const int _number;
};

/// One accepted connection, blocking, in plain or over TLS.
class Channel {
public:
    Channel(int descriptor, SSL_CTX* context) : _descriptor(descriptor), _tls(nullptr, &SSL_free)
    {
        if (context != nullptr) {
            _tls.reset(SSL_new(context));
            SSL_set_fd(_tls.get(), descriptor);
        }
    }

    bool greet() { return !_tls || SSL_accept(_tls.get()) == 1; }

    bool send(const char* data, std::size_t size)
    {
        while (size > 0) {
            const auto sent =
                _tls ? static_cast<ssize_t>(SSL_write(_tls.get(), data, static_cast<int>(size)))
                     : ::send(_descriptor, data, size, MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            data += sent;
            size -= static_cast<std::size_t>(sent);
        }
        return true;
    }

    /// False where the peer is gone.
    bool receive(std::string& buffer)
    {
        char octets[16384];
        const auto received =
            _tls ? static_cast<ssize_t>(SSL_read(_tls.get(), octets, sizeof octets))
                 : ::recv(_descriptor, octets, sizeof octets, 0);
        if (received <= 0) {
            return false;
        }
        buffer.append(octets, static_cast<std::size_t>(received));
        return true;
    }

    void endInGoodOrder()
    {
        if (_tls) {
            SSL_shutdown(_tls.get());
        }
    }

private:
    int _descriptor;
    std::unique_ptr<SSL, decltype(&SSL_free)> _tls;
};

std::size_t bodySize(const ScriptedRequest& request)
{
    const std::string length = request.header("Content-Length");
    return length.empty() ? 0 : std::stoul(length);
}

bool equalIgnoringCase(const std::string& one, const std::string& other)
{
    return ::strcasecmp(one.c_str(), other.c_str()) == 0;
}

/// Passes octets both ways until one side hangs up.
void splice(int one, int other)
{
    const int ends[2] = {one, other};
    for (;;) {
        pollfd entries[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
        ::poll(entries, 2, -1);
        for (int index = 0; index < 2; ++index) {
            if (entries[index].revents == 0) {
                continue;
            }
            char octets[16384];
            const auto received = ::recv(ends[index], octets, sizeof octets, 0);
            if (received <= 0 || ::send(ends[1 - index], octets, static_cast<std::size_t>(received),
                                        MSG_NOSIGNAL) != received)
            {
                return;
            }
        }
    }
}

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

} // namespace

std::string ScriptedRequest::header(const std::string& name) const
{
    std::size_t at = head.find("\r\n");
    while (at != std::string::npos && at + 2 < head.size()) {
        const auto end = head.find("\r\n", at + 2);
        const std::string line = head.substr(at + 2, end - at - 2);
        const auto colon = line.find(": ");
        if (colon != std::string::npos && equalIgnoringCase(line.substr(0, colon), name)) {
            return line.substr(colon + 2);
        }
        at = end;
    }
    return {};
}

ScriptedReply answer(int status, const std::string& body, const std::string& contentType,
                     const std::string& moreHeaders)
{
    return {"HTTP/1.1 " + std::to_string(status) + " Scripted\r\nContent-Type: " + contentType +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + moreHeaders +
                "\r\n" + body,
            ScriptedReply::Then::keep,
            {},
            {},
            0};
}

class ScriptedHttpServer::Listener {
public:
    Listener(Handler script, const ScriptedListening& how)
        : handler(std::move(script)),
          listening(how),
          context(nullptr, &SSL_CTX_free),
          socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        if (const auto& tls = listening.tls) {
            context.reset(SSL_CTX_new(TLS_server_method()));
            SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
            SSL_CTX_set_max_proto_version(context.get(), listening.newestTls);
            if (SSL_CTX_use_certificate_chain_file(context.get(), tls->certificate.c_str()) != 1 ||
                SSL_CTX_use_PrivateKey_file(context.get(), tls->key.c_str(), SSL_FILETYPE_PEM) != 1)
            {
                throw std::runtime_error("the scripted server cannot use its certificate");
            }
        }
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        if (::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(socket.number(), 64) != 0 ||
            ::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        {
            throw std::runtime_error("the scripted server cannot listen");
        }
        port = ntohs(address.sin_port);
        accepting = std::thread([this] { acceptAll(); });
    }

    ~Listener()
    {
        stopping = true;
        socket.interrupt();
        accepting.join();
        {
            const std::lock_guard lock(mutex);
            for (const auto& descriptor : open) {
                descriptor.interrupt();
            }
        }
        for (auto& thread : threads) {
            thread.join();
        }
    }

    const Handler handler;
    const ScriptedListening listening;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context;
    Descriptor socket;
    int port{};

    mutable std::mutex mutex;
    std::vector<ScriptedRequest> requests;
    std::atomic<int> connections{};
    std::atomic<int> atOnce{};
    std::atomic<int> mostAtOnce{};
    std::list<Descriptor> open;

private:
    void acceptAll()
    {
        // A peer that has gone must not end the test program, whatever library writes to it.
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        while (!stopping) {
            const int accepted = ::accept4(socket.number(), nullptr, nullptr, SOCK_CLOEXEC);
            if (accepted < 0) {
                continue;
            }
            const int on = 1;
            ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const int number = ++connections;
            const std::lock_guard lock(mutex);
            const auto descriptor = open.emplace(open.end(), accepted);
            threads.emplace_back([this, descriptor, number] { serve(descriptor, number); });
        }
    }

    void serve(std::list<Descriptor>::iterator descriptor, int number)
    {
        {
            Channel channel(descriptor->number(), context.get());
            if (channel.greet()) {
                std::string buffer;
                while (serveOne(channel, descriptor->number(), number, buffer)) {
                }
            }
            ERR_clear_error();
        }
        const std::lock_guard lock(mutex);
        open.erase(descriptor);
    }

    /// Whether the connection goes on.
    bool serveOne(Channel& channel, int descriptor, int number, std::string& buffer)
    {
        ScriptedRequest request;
        request.connection = number;
        while (buffer.find("\r\n\r\n") == std::string::npos) {
            if (!channel.receive(buffer)) {
                return false;
            }
        }
        request.head = buffer.substr(0, buffer.find("\r\n\r\n") + 4);
        const std::size_t size = bodySize(request);
        const auto reached = [&](std::size_t limit) { return limit > 0 && buffer.size() > limit; };
        while (buffer.size() < request.head.size() + size && !reached(listening.answerAfter)) {
            if (!channel.receive(buffer) || reached(listening.hangUpAfter)) {
                return false;
            }
        }
        request.body = buffer.substr(request.head.size(), size);
        buffer.erase(0, request.head.size() + size);
        {
            const std::lock_guard lock(mutex);
            requests.push_back(request);
        }
        const int now = ++atOnce;
        int most = mostAtOnce;
        while (now > most && !mostAtOnce.compare_exchange_weak(most, now)) {
        }
        const ScriptedReply reply = handler(request);
        pause(reply.delay);
        --atOnce;
        const bool early = request.body.size() < size;
        return send(channel, reply) &&
               (early ? listenForNothing(channel) : follow(channel, descriptor, reply));
    }

    void pause(std::chrono::milliseconds length) const
    {
        const auto end = std::chrono::steady_clock::now() + length;
        while (!stopping && std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::min(length, std::chrono::milliseconds{20}));
        }
    }

    bool send(Channel& channel, const ScriptedReply& reply) const
    {
        if (reply.pause.count() == 0) {
            return channel.send(reply.octets.data(), reply.octets.size());
        }
        for (const char& octet : reply.octets) {
            pause(reply.pause);
            if (stopping || !channel.send(&octet, 1)) {
                return false;
            }
        }
        return true;
    }

    static bool listenForNothing(Channel& channel)
    {
        std::string ignored;
        while (channel.receive(ignored)) {
            ignored.clear();
        }
        return false;
    }

    bool follow(Channel& channel, int descriptor, const ScriptedReply& reply)
    {
        switch (reply.then) {
        case ScriptedReply::Then::keep:
            return true;
        case ScriptedReply::Then::close:
            channel.endInGoodOrder();
            return false;
        case ScriptedReply::Then::cut:
            return false;
        case ScriptedReply::Then::reset: {
            const linger now{1, 0};
            ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            return false;
        }
        case ScriptedReply::Then::silence:
            return listenForNothing(channel);
        case ScriptedReply::Then::endless: {
            const std::string filling(65536, 'x');
            while (!stopping && channel.send(filling.data(), filling.size())) {
            }
            return false;
        }
        case ScriptedReply::Then::tunnel: {
            const Descriptor other(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
            const sockaddr_in address = loopback(reply.tunnelPort);
            if (::connect(other.number(), reinterpret_cast<const sockaddr*>(&address),
                          sizeof address) == 0) {
                splice(descriptor, other.number());
            }
            return false;
        }
        }
        return false;
    }

    std::atomic<bool> stopping{};
    std::vector<std::thread> threads;
    std::thread accepting;
};

ScriptedHttpServer::ScriptedHttpServer(Handler handler, const ScriptedListening& listening)
    : _listener(std::make_unique<Listener>(std::move(handler), listening))
{
}

ScriptedHttpServer::ScriptedHttpServer(std::vector<ScriptedReply> replies,
                                       const ScriptedListening& listening)
    : ScriptedHttpServer(
          [script = std::move(replies),
           next = std::make_shared<std::atomic<std::size_t>>(0)](const ScriptedRequest&) {
              const std::size_t index = (*next)++;
              return index < script.size() ? script[index]
                                           : answer(599, R"({"detail": "the script is over"})");
          },
          listening)
{
}

ScriptedHttpServer::~ScriptedHttpServer() = default;

int ScriptedHttpServer::port() const
{
    return _listener->port;
}

std::string ScriptedHttpServer::url(const std::string& path) const
{
    return (_listener->context ? "https://localhost:" : "http://127.0.0.1:") +
           std::to_string(_listener->port) + path;
}

std::vector<ScriptedRequest> ScriptedHttpServer::requests() const
{
    const std::lock_guard lock(_listener->mutex);
    return _listener->requests;
}

int ScriptedHttpServer::connections() const
{
    return _listener->connections;
}

int ScriptedHttpServer::openConnections() const
{
    const std::lock_guard lock(_listener->mutex);
    return static_cast<int>(_listener->open.size());
}

int ScriptedHttpServer::mostAtOnce() const
{
    return _listener->mostAtOnce;
}

} // namespace notifyhost::test
