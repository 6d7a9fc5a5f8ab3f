#include "host/HostClock.h"

#include <cstdlib>
#include <fstream>

#include <time.h>

// The clock of notifyhost_with_test_seams, in place of core/host/SystemHostClock.cpp: so many
// seconds ahead as NOTIFYHOST_CLOCK_AHEAD_SECONDS says. The steady clock, against which plugins
// measure their deadlines, stays.

namespace notifyhost::host {

namespace {

std::chrono::seconds ahead()
{
    const char* text = std::getenv("NOTIFYHOST_CLOCK_AHEAD_SECONDS");
    return std::chrono::seconds(text == nullptr ? 0 : std::atoll(text));
}

} // namespace

std::chrono::system_clock::time_point SystemHostClock::wall() const
{
    return std::chrono::system_clock::now() + ahead();
}

std::chrono::steady_clock::time_point SystemHostClock::steady() const
{
    return std::chrono::steady_clock::now();
}

std::chrono::nanoseconds SystemHostClock::sinceBoot() const
{
    timespec time{};
    ::clock_gettime(CLOCK_BOOTTIME, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec) + ahead();
}

std::string SystemHostClock::bootId() const
{
    std::string text;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> text;
    return text;
}

} // namespace notifyhost::host
