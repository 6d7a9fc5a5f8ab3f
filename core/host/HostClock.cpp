#include "host/HostClock.h"

namespace notifyhost::host {

bool isYoung(const ledger::ClaimTime& claimed, const HostClock& clock)
{
    const auto age = clock.sinceBoot() - claimed.sinceBoot;
    return claimed.bootId == clock.bootId() && age >= std::chrono::nanoseconds::zero() &&
           age < kClaimLife;
}

} // namespace notifyhost::host
