#pragma once

#include "ledger/Ledger.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace notifyhost::host {

/// Stops a flood before it reaches people: what exceeds the limits is held for the operator.
/// Threads: any.
class Fuse {
public:
    /// 0 switches a limit off. Days are the last 24 hours.
    Fuse(int maxPerRun, int maxPerRecipientPerDay, const ledger::Ledger& ledger);

    /// Whether one more delivery to this address may be made now; if so it is counted. Otherwise
    /// the reason, with the key to change.
    std::optional<std::string> refuses(const std::string& address, ledger::WallTime now);

private:
    std::mutex _mutex;
    int _maxPerRun;
    int _maxPerRecipientPerDay;
    const ledger::Ledger& _ledger;
    int _thisRun{};
    std::map<std::string, int> _perRecipient;
};

} // namespace notifyhost::host
