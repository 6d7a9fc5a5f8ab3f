#include "host/PipelineLock.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace notifyhost::host {

PipelineLock::PipelineLock(const std::filesystem::path& stateFolder, const std::string& pipeline)
{
    const auto file = stateFolder / (pipeline + ".lock");
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
