#include "host/HostClock.h"

#include <fstream>

#include <time.h>

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

bool isYoung(const ledger::ClaimTime& claimed, const HostClock& clock)
{
    const auto age = clock.sinceBoot() - claimed.sinceBoot;
    return claimed.bootId == clock.bootId() && age >= std::chrono::nanoseconds::zero() &&
           age < kClaimLife;
}

} // namespace notifyhost::host
