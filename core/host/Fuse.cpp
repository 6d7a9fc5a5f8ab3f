#include "host/Fuse.h"

namespace notifyhost::host {

Fuse::Fuse(int maxPerRun, int maxPerRecipientPerDay, const ledger::Ledger& ledger)
    : _maxPerRun(maxPerRun), _maxPerRecipientPerDay(maxPerRecipientPerDay), _ledger(ledger)
{
}

std::optional<std::string> Fuse::refuses(const std::string& address, ledger::WallTime now)
{
    const std::scoped_lock lock(_mutex);
    if (_maxPerRun > 0 && _thisRun >= _maxPerRun) {
        return "held: this run has made its " + std::to_string(_maxPerRun) +
               " deliveries (max_per_run)";
    }
    if (_maxPerRecipientPerDay > 0) {
        const auto [entry, isNew] = _perRecipient.try_emplace(address, 0);
        if (isNew) {
            entry->second = _ledger.deliveredInDay(address, now);
        }
        if (entry->second >= _maxPerRecipientPerDay) {
            return "held: this recipient has had " + std::to_string(entry->second) +
                   " deliveries in 24 hours (max_per_recipient_per_day)";
        }
        ++entry->second;
    }
    ++_thisRun;
    return std::nullopt;
}

} // namespace notifyhost::host
