#include "support/HttpClient.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

constexpr int kLimitSeconds = 30;

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char character) {
        return static_cast<char>(std::tolower(character));
    });
    return text;
}

HttpReply readHead(std::string_view head)
{
    HttpReply reply;
    reply.status = std::stoi(std::string(head.substr(head.find(' ') + 1, 3)));
    for (auto line = head.find("\r\n"); line != std::string_view::npos;) {
        const auto end = head.find("\r\n", line + 2);
        const auto text =
            head.substr(line + 2, end == std::string_view::npos ? end : end - line - 2);
        if (const auto colon = text.find(": "); colon != std::string_view::npos) {
            reply.headers[lower(std::string(text.substr(0, colon)))] = text.substr(colon + 2);
        }
        line = end;
    }
    return reply;
}

} // namespace

HttpClient::HttpClient(int port) : _socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    const int on = 1;
    const timeval limit{kLimitSeconds, 0};
    ::setsockopt(_socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        const std::string why = std::strerror(errno);
        ::close(_socket);
        throw std::runtime_error("cannot connect to 127.0.0.1:" + std::to_string(port) + ": " +
                                 why);
    }
}

HttpClient::~HttpClient()
{
    if (_socket >= 0) {
        ::close(_socket);
    }
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : _socket(std::exchange(other._socket, -1)), _received(std::move(other._received))
{
}

bool HttpClient::send(std::string_view octets)
{
    while (!octets.empty()) {
        const auto sent = ::send(_socket, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// False at the end of what the peer sends.
bool HttpClient::receive()
{
    std::array<char, 65536> buffer{};
    const auto count = ::recv(_socket, buffer.data(), buffer.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        throw std::runtime_error("the peer said nothing for 30 s");
    }
    if (count > 0) {
        _received.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return count > 0;
}

HttpReply HttpClient::reply(Body body)
{
    constexpr std::string_view kEnd = "\r\n\r\n";
    while (_received.find(kEnd) == std::string::npos) {
        if (!receive()) {
            throw std::runtime_error("the peer hung up before its reply: " + _received);
        }
    }
    const std::size_t head = _received.find(kEnd);
    HttpReply reply = readHead(std::string_view(_received).substr(0, head));
    if (body == Body::expected && reply.headers.contains("transfer-encoding")) {
        _received.erase(0, head + kEnd.size());
        reply.body = chunks();
        return reply;
    }
    const auto length = reply.headers.find("content-length");
    const std::size_t size =
        body == Body::none || length == reply.headers.end() ? 0 : std::stoul(length->second);
    while (_received.size() < head + kEnd.size() + size) {
        if (!receive()) {
            throw std::runtime_error("the peer hung up in the middle of its reply");
        }
    }
    reply.body = _received.substr(head + kEnd.size(), size);
    _received.erase(0, head + kEnd.size() + size);
    return reply;
}

/// A body in chunks, to its end.
std::string HttpClient::chunks()
{
    std::string body;
    const auto take = [this](std::size_t size) {
        while (_received.size() < size) {
            if (!receive()) {
                throw std::runtime_error("the peer hung up in the middle of a chunk");
            }
        }
        std::string taken = _received.substr(0, size);
        _received.erase(0, size);
        return taken;
    };
    for (;;) {
        std::string line;
        while (!line.ends_with("\r\n")) {
            line += take(1);
        }
        const std::size_t size = std::stoul(line, nullptr, 16);
        body += take(size);
        if (take(2) != "\r\n") {
            throw std::runtime_error("a chunk is longer than it says");
        }
        if (size == 0) {
            return body;
        }
    }
}

bool HttpClient::ends()
{
    return _received.empty() && !receive();
}

HttpReply HttpClient::exchange(const std::string& method, const std::string& target,
                               const Headers& headers, const std::string& body)
{
    if (!send(requestText(method, target, headers, body))) {
        throw std::runtime_error("the peer hung up before the request was sent");
    }
    return reply(method == "HEAD" ? Body::none : Body::expected);
}

std::string requestText(const std::string& method, const std::string& target,
                        const HttpClient::Headers& headers, const std::string& body)
{
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const auto& [name, value] : headers) {
        text += name + ": " + value + "\r\n";
    }
    if (!body.empty() || method == "POST" || method == "PUT") {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    return text + "\r\n" + body;
}

} // namespace notifyhost::test
