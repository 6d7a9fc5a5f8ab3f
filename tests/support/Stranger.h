#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace notifyhost::test {

/// One connection to 127.0.0.1 of somebody who means no good: it never waits and reads nothing.
class Stranger {
public:
    /// from: one of this machine's loopback addresses.
    explicit Stranger(int port, const std::string& from = "127.0.0.1");
    ~Stranger();
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

    /// Returns how many octets have gone.
    std::size_t say(std::string_view octets);
    /// Whether the server has hung up.
    bool isGone();

private:
    int _socket;
};

/// Lets this process open as many files as it may; returns how many.
int allowManyDescriptors();

/// What a process needed at most since its start, in MiB.
long peakMemory(pid_t process);

} // namespace notifyhost::test
