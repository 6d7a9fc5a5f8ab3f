#include "host/PipelineLock.h"

#include "storage/FileSystem.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::host {

PipelineLock::PipelineLock(const std::filesystem::path& stateFolder, const std::string& porchName)
    : _file(stateFolder / (storage::fileNameFor(porchName) + ".lock"))
{
    _descriptor = ::open(_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (_descriptor < 0) {
        throw std::runtime_error("cannot open the lock file " + _file.string() + ": " +
                                 std::strerror(errno) +
                                 ". The state folder must belong to the user who runs notifyhost, "
                                 "on a file system that is mounted for writing and has room.");
    }
    _held = ::flock(_descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!_held && errno != EWOULDBLOCK) {
        const int number = errno;
        ::close(_descriptor);
        throw std::runtime_error("cannot lock " + _file.string() + ": " + std::strerror(number));
    }
}

PipelineLock::~PipelineLock()
{
    ::close(_descriptor);
}

bool PipelineLock::isInPlace() const
{
    struct stat here {};
    struct stat own {};
    return ::fstat(_descriptor, &own) == 0 && ::stat(_file.c_str(), &here) == 0 &&
           here.st_dev == own.st_dev && here.st_ino == own.st_ino;
}

} // namespace notifyhost::host
