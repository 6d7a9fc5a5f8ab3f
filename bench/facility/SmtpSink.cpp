#include "SmtpSink.h"

#include <array>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::bench {

namespace {

void say(int descriptor, const std::string& text)
{
    [[maybe_unused]] const auto sent = ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
}

} // namespace

SmtpSink::SmtpSink()
{
    _listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(_listener, raw, size) != 0 || ::listen(_listener, 64) != 0 ||
        ::getsockname(_listener, raw, &size) != 0)
    {
        throw std::runtime_error("the mail sink cannot listen on 127.0.0.1");
    }
    _port = ntohs(address.sin_port);
    _thread = std::thread([this] { serve(); });
}

SmtpSink::~SmtpSink()
{
    _stop = true;
    _thread.join();
    ::close(_listener);
    for (const auto& [descriptor, client] : _clients) {
        ::close(descriptor);
    }
}

void SmtpSink::serve()
{
    while (!_stop) {
        std::vector<pollfd> waiting{{_listener, POLLIN, 0}};
        for (const auto& [descriptor, client] : _clients) {
            waiting.push_back({descriptor, POLLIN, 0});
        }
        if (::poll(waiting.data(), waiting.size(), 100) <= 0) {
            continue;
        }
        for (const auto& ready : waiting) {
            if (ready.revents == 0) {
                continue;
            }
            if (ready.fd == _listener) {
                greet();
            } else if (!read(ready.fd, _clients[ready.fd])) {
                ::close(ready.fd);
                _clients.erase(ready.fd);
            }
        }
    }
}

void SmtpSink::greet()
{
    const int descriptor = ::accept4(_listener, nullptr, nullptr, SOCK_CLOEXEC);
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    _clients[descriptor] = {};
    ++_connections;
    say(descriptor, "220 sink ready\r\n");
}

bool SmtpSink::read(int descriptor, Client& client)
{
    std::array<char, 65536> buffer{};
    const auto count = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
        return false;
    }
    client.unread.append(buffer.data(), static_cast<std::size_t>(count));
    std::string answers;
    std::size_t begin = 0;
    for (auto end = client.unread.find("\r\n"); end != std::string::npos;
         end = client.unread.find("\r\n", begin))
    {
        answers += answer(client, client.unread.substr(begin, end - begin));
        begin = end + 2;
    }
    client.unread.erase(0, begin);
    if (!answers.empty()) {
        say(descriptor, answers);
    }
    return true;
}

std::string SmtpSink::answer(Client& client, const std::string& line)
{
    if (client.inMessage) {
        if (line != ".") {
            return "";
        }
        client.inMessage = false;
        ++_messages;
        return "250 2.0.0 taken\r\n";
    }
    if (line.starts_with("EHLO")) {
        return "250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250-8BITMIME\r\n250 "
               "ENHANCEDSTATUSCODES\r\n";
    }
    if (line == "DATA") {
        client.inMessage = true;
        return "354 go on\r\n";
    }
    return line == "QUIT" ? "221 2.0.0 bye\r\n" : "250 2.0.0 fine\r\n";
}

} // namespace notifyhost::bench
