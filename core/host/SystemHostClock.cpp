#include "host/HostClock.h"

#include <fstream>

#include <time.h>

// In a file of its own, so that a program of the tests can be linked with a clock that runs ahead.

namespace notifyhost::host {

std::chrono::system_clock::time_point SystemHostClock::wall() const
{
    return std::chrono::system_clock::now();
}

std::chrono::steady_clock::time_point SystemHostClock::steady() const
{
    return std::chrono::steady_clock::now();
}

std::chrono::nanoseconds SystemHostClock::sinceBoot() const
{
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::string SystemHostClock::bootId() const
{
    static const std::string id = [] {
        std::string text;
        std::ifstream("/proc/sys/kernel/random/boot_id") >> text;
        return text;
    }();
    return id;
}

} // namespace notifyhost::host
