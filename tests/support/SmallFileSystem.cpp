#include "support/SmallFileSystem.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

constexpr const char* kFilling = "filling";

} // namespace

SmallFileSystem::SmallFileSystem(std::filesystem::path folder, const std::string& size)
    : _folder(std::move(folder)),
      _mounted(::mount("tmpfs", _folder.c_str(), "tmpfs", 0, ("mode=700,size=" + size).c_str()) ==
               0)
{
}

SmallFileSystem::~SmallFileSystem()
{
    if (_mounted) {
        ::umount2(_folder.c_str(), MNT_DETACH);
    }
}

std::uint64_t SmallFileSystem::free() const
{
    struct statvfs status {};
    if (::statvfs(_folder.c_str(), &status) != 0) {
        throw std::system_error(errno, std::generic_category(), "statvfs");
    }
    return status.f_bfree * status.f_frsize;
}

void SmallFileSystem::fillBut(std::uint64_t left) const
{
    empty();
    const int file = ::open((_folder / kFilling).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const auto free = this->free();
    const int error = free > left ? ::posix_fallocate(file, 0, static_cast<off_t>(free - left)) : 0;
    ::close(file);
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), "filling " + _folder.string());
    }
}

void SmallFileSystem::empty() const
{
    std::filesystem::remove(_folder / kFilling);
}

void SmallFileSystem::resize(const std::string& size) const
{
    if (::mount(nullptr, _folder.c_str(), nullptr, MS_REMOUNT, ("size=" + size).c_str()) != 0) {
        throw std::system_error(errno, std::generic_category(), "remounting");
    }
}

void SmallFileSystem::becomeReadOnly() const
{
    if (::mount(nullptr, _folder.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
        throw std::system_error(errno, std::generic_category(), "remounting");
    }
}

} // namespace notifyhost::test
