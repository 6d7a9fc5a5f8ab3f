#pragma once

#include <array>
#include <functional>
#include <streambuf>

namespace notifyhost::host {

/// Reads a file descriptor and tells its owner before it has to wait for more, so that what has
/// been gathered is not kept from the next program in a pipe. Owner: the caller of the descriptor.
class InputBuffer : public std::streambuf {
public:
    /// Ends the input where stopped() says so while it waits.
    InputBuffer(int descriptor, std::function<void()> beforeWaiting, std::function<bool()> stopped);

protected:
    int_type underflow() override;

private:
    bool wait();
    int _descriptor;
    std::function<void()> _beforeWaiting;
    std::function<bool()> _stopped;
    std::array<char, 1 << 16> _buffer{};
};

} // namespace notifyhost::host
