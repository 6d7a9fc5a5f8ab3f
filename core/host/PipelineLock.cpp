#include "host/PipelineLock.h"

#include "storage/Digest.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace notifyhost::host {

namespace {

/// File systems allow 255 octets.
constexpr std::size_t kLongestName = 200;

/// A file name for any text, another one for each: what is not a letter, digit, '-', '_' or '.'
/// as "%2F". "%-" begins nothing else, and nothing begins with "claim-" as the queue's own lock
/// files do.
std::string fileNameFor(const std::string& text)
{
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    std::string name;
    for (const char character : text) {
        const bool likeClaimLock = name.empty() && text.starts_with("claim-");
        if (kPlain.find(character) != std::string_view::npos && !likeClaimLock) {
            name += character;
            continue;
        }
        std::array<char, 4> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "%%%02X",
                      static_cast<unsigned>(static_cast<unsigned char>(character)));
        name += escaped.data();
    }
    return name.size() > kLongestName ? "%-" + storage::sha256Hex(text) : name;
}

} // namespace

PipelineLock::PipelineLock(const std::filesystem::path& stateFolder, const std::string& porchName)
{
    const auto file = stateFolder / (fileNameFor(porchName) + ".lock");
    _descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (_descriptor < 0) {
        throw std::runtime_error("cannot open the lock file " + file.string() + ": " +
                                 std::strerror(errno) +
                                 ". The state folder must belong to the user who runs notifyhost.");
    }
    _held = ::flock(_descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!_held && errno != EWOULDBLOCK) {
        const int number = errno;
        ::close(_descriptor);
        throw std::runtime_error("cannot lock " + file.string() + ": " + std::strerror(number));
    }
}

PipelineLock::~PipelineLock()
{
    ::close(_descriptor);
}

} // namespace notifyhost::host
