#include "host/OutputStream.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace notifyhost::host {

namespace {

/// A signal may come between the question and the waiting, so the question is asked again.
constexpr std::chrono::milliseconds kAskAgain{200};

/// Of a descriptor that others have made non-blocking and that has no room after all.
constexpr std::chrono::milliseconds kPause{10};

std::string reason(int number)
{
    return std::generic_category().message(number);
}

} // namespace

void occupyStandardDescriptors() noexcept
{
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(number, F_GETFD) < 0 && errno == EBADF) {
            // The lowest free number is this one: those below it are open by now.
            ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

OutputStream::OutputStream(int descriptor, std::function<bool()> stopped)
    : _descriptor(descriptor), _stopped(std::move(stopped))
{
}

void OutputStream::giveUp()
{
    _givenUp = true;
    _trouble = "its reader takes nothing, and the program was asked to end";
}

bool OutputStream::wait()
{
    pollfd entry{_descriptor, POLLOUT, 0};
    for (;;) {
        const bool stopped = _stopped();
        const int ready = ::poll(&entry, 1, stopped ? 0 : static_cast<int>(kAskAgain.count()));
        if (ready > 0) {
            return true; // an error too: the write tells which
        }
        if (ready < 0 && errno != EINTR && errno != EAGAIN) {
            _trouble = reason(errno);
            return false;
        }
        if (stopped) {
            giveUp();
            return false;
        }
    }
}

std::size_t OutputStream::write(std::string_view octets)
{
    std::size_t written = 0;
    while (written < octets.size() && _trouble.empty() && wait()) {
        // So much a pipe takes without blocking once it is ready, and whole.
        const std::size_t size = std::min<std::size_t>(octets.size() - written, PIPE_BUF);
        const ssize_t count = ::write(_descriptor, octets.data() + written, size);
        if (count > 0) {
            written += static_cast<std::size_t>(count);
        } else if (count == 0) {
            _trouble = "it takes nothing";
        } else if (errno == EAGAIN && _stopped()) {
            giveUp();
        } else if (errno == EAGAIN) {
            std::this_thread::sleep_for(kPause);
        } else if (errno != EINTR) {
            _readerLeft = errno == EPIPE;
            _trouble = reason(errno);
        }
    }
    return written;
}

} // namespace notifyhost::host
