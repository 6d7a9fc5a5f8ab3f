#include "host/InputStream.h"

#include <cerrno>
#include <system_error>

#include <poll.h>
#include <unistd.h>

namespace notifyhost::host {

InputBuffer::InputBuffer(int descriptor, std::function<void()> beforeWaiting)
    : _descriptor(descriptor), _beforeWaiting(std::move(beforeWaiting))
{
}

InputBuffer::int_type InputBuffer::underflow()
{
    pollfd waiting{_descriptor, POLLIN, 0};
    if (::poll(&waiting, 1, 0) == 0) {
        _beforeWaiting();
    }
    for (;;) {
        const ssize_t count = ::read(_descriptor, _buffer.data(), _buffer.size());
        if (count > 0) {
            setg(_buffer.data(), _buffer.data(), _buffer.data() + count);
            return traits_type::to_int_type(_buffer.front());
        }
        if (count == 0 || errno == EINTR) {
            // An interrupting signal asks for the end, which is as good as the input's own.
            return traits_type::eof();
        }
        throw std::system_error(errno, std::generic_category(), "reading the input");
    }
}

} // namespace notifyhost::host
