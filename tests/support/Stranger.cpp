#include "support/Stranger.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::test {

Stranger::Stranger(int port, const std::string& from)
    : _socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    const int small = 4'096;
    ::setsockopt(_socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    ::inet_pton(AF_INET, from.c_str(), &address.sin_addr);
    ::bind(_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::fcntl(_socket, F_SETFL, O_NONBLOCK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Stranger::~Stranger()
{
    ::close(_socket);
}

std::size_t Stranger::say(std::string_view octets)
{
    const auto count = ::send(_socket, octets.data(), octets.size(), MSG_NOSIGNAL);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

bool Stranger::isGone()
{
    char octet{};
    const auto count = ::recv(_socket, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

int allowManyDescriptors()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    constexpr rlim_t kEnough = 20'000;
    return static_cast<int>(std::min(limit.rlim_max, kEnough));
}

long peakMemory(pid_t process)
{
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::stol(line.substr(6)) / 1024;
        }
    }
    return -1;
}

} // namespace notifyhost::test
