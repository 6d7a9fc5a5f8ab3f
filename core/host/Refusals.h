#pragma once

#include "ledger/Ledger.h"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::host {

/// Notices when a peer refuses everybody in the same words: then it is rather this site that is
/// refused (a block list, a wrong key) than five people in a row. What it suspects outlives the
/// run. Threads: any.
class Refusals {
public:
    explicit Refusals(ledger::Ledger& ledger);

    /// Whether these words are what is suspected: a refusal in them ends nothing any more.
    bool isSuspected(std::string_view said) const;

    /// A task ended now with nobody told, and all were refused with these words. Errors:
    /// storage::StorageError. Returns what is suspected, if it is by now.
    std::optional<ledger::Suspicion> ended(const std::vector<std::string>& said,
                                           const std::vector<std::string>& addresses,
                                           ledger::WallTime now);

    /// Somebody was told, or a task ended in another way: all suspicion is over.
    /// Errors: storage::StorageError.
    void over();

    std::optional<ledger::Suspicion> suspected() const;

private:
    ledger::Ledger& _ledger;
    mutable std::mutex _mutex;
    std::optional<ledger::Suspicion> _row;
};

/// Whether so many tasks in a row, and whom they were for, make it a suspicion.
bool isStanding(const ledger::Suspicion& row);

} // namespace notifyhost::host
