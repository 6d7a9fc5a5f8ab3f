// Preloaded into a program under test, it leads to servers of the test what was meant for those
// that a configuration names. NAME:PORT=LOCALPORT words stand in ELSEWHERE, with blanks between;
// PATH=LOCALPATH in ELSEWHERE_FILE.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Way {
    std::string name;
    int port;
    int local;
};

const std::vector<Way>& ways()
{
    static const auto* all = [] {
        auto* result = new std::vector<Way>;
        const char* text = std::getenv("ELSEWHERE");
        std::istringstream words(text == nullptr ? "" : text);
        for (std::string word; words >> word;) {
            const auto colon = word.find(':');
            const auto equals = word.find('=');
            result->push_back({word.substr(0, colon), std::atoi(word.c_str() + colon + 1),
                               std::atoi(word.c_str() + equals + 1)});
        }
        return result;
    }();
    return *all;
}

/// The n-th name has the address 127.0.0.(n + 2).
std::string addressOf(std::size_t way)
{
    return "127.0.0." + std::to_string(way + 2);
}

const char* placeOf(const char* path)
{
    const char* text = std::getenv("ELSEWHERE_FILE");
    const char* equals = text == nullptr ? nullptr : std::strchr(text, '=');
    if (equals == nullptr || path == nullptr || std::string(text, equals) != path) {
        return path;
    }
    return equals + 1;
}

template<typename Function> Function next(const char* name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int openNext(const char* name, const char* path, int flags, mode_t mode)
{
    return next<int (*)(const char*, int, ...)>(name)(placeOf(path), flags, mode);
}

} // namespace

extern "C" {

__attribute__((visibility("default"))) int getaddrinfo(const char* name, const char* service,
                                                       const addrinfo* hints, addrinfo** result)
{
    std::string host = name == nullptr ? "" : name;
    for (std::size_t way = 0; way < ways().size(); ++way) {
        if (ways()[way].name == host) {
            host = addressOf(way);
        }
    }
    return next<decltype(&getaddrinfo)>("getaddrinfo")(name == nullptr ? nullptr : host.c_str(),
                                                       service, hints, result);
}

__attribute__((visibility("default"))) int connect(int descriptor, const sockaddr* address,
                                                   socklen_t size)
{
    const auto real = next<decltype(&connect)>("connect");
    if (address->sa_family != AF_INET) {
        return real(descriptor, address, size);
    }
    sockaddr_in place{};
    std::memcpy(&place, address, sizeof place);
    char shown[INET_ADDRSTRLEN]{};
    inet_ntop(AF_INET, &place.sin_addr, shown, sizeof shown);
    for (std::size_t way = 0; way < ways().size(); ++way) {
        const bool same = addressOf(way) == shown || ways()[way].name == shown;
        if (same && ways()[way].port == ntohs(place.sin_port)) {
            place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            place.sin_port = htons(static_cast<in_port_t>(ways()[way].local));
            return real(descriptor, reinterpret_cast<const sockaddr*>(&place), sizeof place);
        }
    }
    return real(descriptor, address, size);
}

__attribute__((visibility("default"))) int open(const char* path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const auto mode = static_cast<mode_t>(va_arg(more, unsigned));
    va_end(more);
    return openNext("open", path, flags, mode);
}

__attribute__((visibility("default"))) int open64(const char* path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const auto mode = static_cast<mode_t>(va_arg(more, unsigned));
    va_end(more);
    return openNext("open64", path, flags, mode);
}

__attribute__((visibility("default"))) FILE* fopen(const char* path, const char* mode)
{
    return next<FILE* (*)(const char*, const char*)>("fopen")(placeOf(path), mode);
}

__attribute__((visibility("default"))) FILE* fopen64(const char* path, const char* mode)
{
    return next<FILE* (*)(const char*, const char*)>("fopen64")(placeOf(path), mode);
}

__attribute__((visibility("default"))) int stat(const char* path, struct stat* status) noexcept
{
    return next<int (*)(const char*, struct stat*)>("stat")(placeOf(path), status);
}

__attribute__((visibility("default"))) int stat64(const char* path, struct stat64* status) noexcept
{
    return next<int (*)(const char*, struct stat64*)>("stat64")(placeOf(path), status);
}
}
