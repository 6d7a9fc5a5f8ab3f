#include "host/InputStream.h"

#include <cerrno>
#include <chrono>
#include <system_error>

#include <poll.h>
#include <unistd.h>

namespace notifyhost::host {

namespace {

/// A signal may come between the question and the waiting, so the question is asked again.
constexpr std::chrono::milliseconds kAskAgain{200};

} // namespace

InputBuffer::InputBuffer(int descriptor, std::function<void()> beforeWaiting,
                         std::function<bool()> stopped)
    : _descriptor(descriptor),
      _beforeWaiting(std::move(beforeWaiting)),
      _stopped(std::move(stopped))
{
}

bool InputBuffer::wait()
{
    pollfd waiting{_descriptor, POLLIN, 0};
    if (::poll(&waiting, 1, 0) == 0) {
        _beforeWaiting();
    }
    while (!_stopped()) {
        if (::poll(&waiting, 1, static_cast<int>(kAskAgain.count())) > 0) {
            return true;
        }
    }
    return false;
}

InputBuffer::int_type InputBuffer::underflow()
{
    while (wait()) {
        const ssize_t count = ::read(_descriptor, _buffer.data(), _buffer.size());
        if (count > 0) {
            setg(_buffer.data(), _buffer.data(), _buffer.data() + count);
            return traits_type::to_int_type(_buffer.front());
        }
        if (count == 0) {
            break;
        }
        if (errno != EINTR && errno != EAGAIN) {
            throw std::system_error(errno, std::generic_category(), "reading the input");
        }
    }
    return traits_type::eof();
}

} // namespace notifyhost::host
