#pragma once

#include <array>
#include <exception>
#include <functional>
#include <stdexcept>
#include <streambuf>

namespace notifyhost::host {

/// The input cannot be read (on).
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The program is to end, and the input has not: what was read last may be half a line.
class InputStopped : public std::exception {
public:
    const char* what() const noexcept override { return "ended early on request"; }
};

/// Reads a file descriptor and tells its owner before it has to wait for more, so that what has
/// been gathered is not kept from the next program in a pipe. Owner: the caller of the descriptor.
/// Errors: InputError with the system's words; InputStopped; what beforeWaiting throws.
class InputBuffer : public std::streambuf {
public:
    InputBuffer(int descriptor, std::function<void()> beforeWaiting, std::function<bool()> stopped);

protected:
    int_type underflow() override;

private:
    void wait();
    int _descriptor;
    std::function<void()> _beforeWaiting;
    std::function<bool()> _stopped;
    std::array<char, 1 << 16> _buffer{};
};

} // namespace notifyhost::host
