#include "config/TextFile.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::config {

namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : _number(number) {}
    ~Descriptor() { ::close(_number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return _number; }

private:
    int _number;
};

[[noreturn]] void failWith(int error)
{
    if (error == ENOENT) {
        throw std::runtime_error("does not exist");
    }
    throw std::runtime_error("cannot be read: " + std::generic_category().message(error));
}

void requireRegularFile(const struct stat& status)
{
    if (S_ISDIR(status.st_mode)) {
        throw std::runtime_error("is a folder, not a file");
    }
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error("is not a regular file (a pipe, socket or device)");
    }
}

} // namespace

TextFile readTextFile(const std::filesystem::path& file, std::size_t limit)
{
    // Looked at first, since opening some devices has effects; O_NONBLOCK so that a pipe put in
    // its place meanwhile cannot hold us up.
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        failWith(errno);
    }
    requireRegularFile(status);
    const int number = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (number < 0) {
        failWith(errno);
    }
    const Descriptor descriptor(number);
    if (::fstat(number, &status) != 0) {
        failWith(errno);
    }
    requireRegularFile(status);
    TextFile result{{}, status.st_mode & 07777U};
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t count = ::read(number, buffer.data(), buffer.size());
        if (count < 0) {
            failWith(errno);
        }
        if (count == 0) {
            return result;
        }
        result.content.append(buffer.data(), static_cast<std::size_t>(count));
        if (result.content.size() > limit) {
            throw std::runtime_error("is larger than " + std::to_string(limit / 1024) + " KiB");
        }
    }
}

} // namespace notifyhost::config
