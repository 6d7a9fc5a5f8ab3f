// Preloaded into a program under test, it leads to servers of the test what was meant for those
// that a configuration names. NAME:PORT=LOCALPORT words stand in ELSEWHERE, with blanks between;
// FOLDER=LOCALFOLDER in ELSEWHERE_FOLDER.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdarg>
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

/// Where a folder lies in truth; empty: where it says.
std::string placeOf(const std::string& folder)
{
    const char* text = std::getenv("ELSEWHERE_FOLDER");
    const char* equals = text == nullptr ? nullptr : std::strchr(text, '=');
    return equals != nullptr && std::string(text, equals) == folder ? equals + 1 : "";
}

std::string pathOf(int folder)
{
    char path[4096]{};
    const std::string link = "/proc/self/fd/" + std::to_string(folder);
    return readlink(link.c_str(), path, sizeof path - 1) > 0 ? path : "";
}

template<typename Function> Function next(const char* name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
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

/// Files are opened folder by folder.
__attribute__((visibility("default"))) int openat64(int folder, const char* name, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    const auto mode = static_cast<mode_t>(va_arg(more, unsigned));
    va_end(more);
    const auto real = next<int (*)(int, const char*, int, ...)>("openat64");
    const std::string place = placeOf(pathOf(folder) + "/" + name);
    return place.empty() ? real(folder, name, flags, mode)
                         : real(AT_FDCWD, place.c_str(), flags, mode);
}
}
