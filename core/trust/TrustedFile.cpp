#include "PathWalk.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

[[noreturn]] void failReading(int error)
{
    throw FileRefusal(FileRefusal::Kind::unreadable,
                      "cannot be read: " + std::generic_category().message(error));
}

} // namespace

TrustedFile TrustedFile::open(const std::filesystem::path& file, FileUse use)
{
    return PathWalk(use, PathWalk::Wanted::file).fromRoot(file);
}

TrustedFile TrustedFile::openFolder(const std::filesystem::path& folder, FileUse use)
{
    return PathWalk(use, PathWalk::Wanted::folder).fromRoot(folder);
}

TrustedFile TrustedFile::openInside(const std::filesystem::path& file) const
{
    return PathWalk(_use, PathWalk::Wanted::file).from(*this, file);
}

TrustedFile::~TrustedFile()
{
    if (_descriptor >= 0) {
        ::close(_descriptor);
    }
}

TrustedFile::TrustedFile(TrustedFile&& other) noexcept
{
    *this = std::move(other);
}

TrustedFile& TrustedFile::operator=(TrustedFile&& other) noexcept
{
    std::swap(_descriptor, other._descriptor);
    _use = other._use;
    _path = std::move(other._path);
    _status = other._status;
    _reachable = other._reachable;
    _warnings = std::move(other._warnings);
    return *this;
}

std::string TrustedFile::pathOfDescriptor() const
{
    return "/proc/self/fd/" + std::to_string(_descriptor);
}

std::string TrustedFile::privacyCommand() const
{
    return notifyhost::privacyCommand(_path, _status);
}

std::string TrustedFile::read(std::size_t limit) const
{
    std::string result;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t count =
            ::pread(_descriptor, buffer.data(), buffer.size(), static_cast<off_t>(result.size()));
        if (count < 0 && errno != EINTR) {
            failReading(errno);
        }
        if (count == 0) {
            return result;
        }
        result.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (result.size() > limit) {
            throw FileRefusal(FileRefusal::Kind::unreadable,
                              "is larger than " + std::to_string(limit / 1024) + " KiB");
        }
    }
}

std::vector<std::string> TrustedFile::names() const
{
    // A descriptor of its own, because a listing has a place where it is.
    const int own = ::openat(_descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(own < 0 ? nullptr : ::fdopendir(own),
                                                     &::closedir);
    if (!folder) {
        const int error = errno;
        if (own >= 0) {
            ::close(own);
        }
        failReading(error);
    }
    std::vector<std::string> result;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());
        if (entry == nullptr) {
            break;
        }
        const std::string name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..") {
            result.push_back(name);
        }
    }
    if (errno != 0) {
        failReading(errno);
    }
    std::sort(result.begin(), result.end());
    return result;
}

NOTIFYHOST_NAMESPACE_END
