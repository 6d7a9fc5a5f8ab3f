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

[[noreturn]] void fail()
{
    throw InputError(std::generic_category().message(errno));
}

} // namespace

InputBuffer::InputBuffer(int descriptor, std::function<void()> beforeWaiting,
                         std::function<bool()> stopped)
    : _descriptor(descriptor),
      _beforeWaiting(std::move(beforeWaiting)),
      _stopped(std::move(stopped))
{
}

void InputBuffer::wait()
{
    pollfd waiting{_descriptor, POLLIN, 0};
    if (::poll(&waiting, 1, 0) <= 0) {
        _beforeWaiting();
    }
    while (!_stopped()) {
        const int ready = ::poll(&waiting, 1, static_cast<int>(kAskAgain.count()));
        if (ready > 0) {
            return;
        }
        if (ready < 0 && errno != EINTR && errno != EAGAIN) {
            fail();
        }
    }
    throw InputStopped();
}

InputBuffer::int_type InputBuffer::underflow()
{
    for (;;) {
        wait();
        const ssize_t count = ::read(_descriptor, _buffer.data(), _buffer.size());
        if (count > 0) {
            setg(_buffer.data(), _buffer.data(), _buffer.data() + count);
            return traits_type::to_int_type(_buffer.front());
        }
        if (count == 0) {
            return traits_type::eof();
        }
        if (errno != EINTR && errno != EAGAIN) {
            fail();
        }
    }
}

} // namespace notifyhost::host
