#pragma once

#include "ledger/Ledger.h"

#include <notifyhost/Services.h>

#include <chrono>
#include <string>

namespace notifyhost::host {

/// A clock that also knows its boot, for ages that neither a stepped wall clock nor a suspended
/// machine may change.
class HostClock : public Clock {
public:
    /// Time since the boot, time asleep included.
    virtual std::chrono::nanoseconds sinceBoot() const = 0;
    /// Which boot that is.
    virtual std::string bootId() const = 0;

    ledger::ClaimTime claimTime() const { return {wall(), sinceBoot(), bootId()}; }
};

class SystemHostClock : public HostClock {
public:
    std::chrono::system_clock::time_point wall() const override;
    std::chrono::steady_clock::time_point steady() const override;
    std::chrono::nanoseconds sinceBoot() const override;
    std::string bootId() const override;
};

/// How long after its claim a task may still become RUNNING here: far below the time after which
/// another host may give it back.
inline constexpr std::chrono::hours kClaimLife{1};

/// Whether the claim is younger than kClaimLife; one of another boot never is.
bool isYoung(const ledger::ClaimTime& claimed, const HostClock& clock);

} // namespace notifyhost::host
