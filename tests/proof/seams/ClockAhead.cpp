#include "host/HostClock.h"

#include <cstdlib>
#include <fstream>

#include <time.h>

// The clock of notifyhost_with_test_seams, in place of core/host/SystemHostClock.cpp: so many
// seconds ahead as NOTIFYHOST_CLOCK_AHEAD_SECONDS says, as if that time had passed. The wall clock
// is put ahead, or back, by NOTIFYHOST_WALL_STEPPED_SECONDS beside that. The steady clock, against
// which plugins measure their deadlines, stays.

namespace notifyhost::host {

namespace {

std::chrono::seconds secondsIn(const char* variable)
{
    const char* text = std::getenv(variable);
    return std::chrono::seconds(text == nullptr ? 0 : std::atoll(text));
}

std::chrono::seconds ahead()
{
    return secondsIn("NOTIFYHOST_CLOCK_AHEAD_SECONDS");
}

} // namespace

std::chrono::system_clock::time_point SystemHostClock::wall() const
{
    return std::chrono::system_clock::now() + ahead() +
           secondsIn("NOTIFYHOST_WALL_STEPPED_SECONDS");
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
