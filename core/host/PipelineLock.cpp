#include "host/PipelineLock.h"

#include "storage/Database.h"
#include "storage/FileSystem.h"
#include "storage/OwnFolder.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::host {

PipelineLock::PipelineLock(const std::filesystem::path& stateFolder, const std::string& porchName)
    : _file(stateFolder / (storage::fileNameFor(porchName) + ".lock"))
{
    try {
        _descriptor = storage::OwnFolder(stateFolder).open(_file.filename());
    } catch (const storage::StorageError& error) {
        throw storage::StorageError(error.kind(), "cannot open the lock file " + _file.string() +
                                                      " (" + error.what() +
                                                      "). The state folder must belong to the "
                                                      "user who runs notifyhost, on a file system "
                                                      "that is mounted for writing and has room.");
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
    return ::fstat(_descriptor, &own) == 0 && ::lstat(_file.c_str(), &here) == 0 &&
           here.st_dev == own.st_dev && here.st_ino == own.st_ino;
}

} // namespace notifyhost::host
