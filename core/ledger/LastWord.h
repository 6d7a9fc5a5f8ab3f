#pragma once

#include "ledger/LedgerRows.h"

#include <string>
#include <vector>

namespace notifyhost::ledger {

/// How one recipient of a delivery stands to what other tasks have to say to the same addressee
/// about the same thing. Inside one step: the rows are those of that moment.
/// Source: docs/delivery.md, "The last word".
class LastWord {
public:
    LastWord(const LedgerRows& rows, const DeliveryRow& row);

    /// The newest task with something later on record; empty: this is the latest.
    /// repeatedCounts: also where that was not sent, since it says what was said.
    std::string newerTask(const std::string& address, bool repeatedCounts) const;

    /// The task of the latest that was told or is in doubt, where it says the same; else empty.
    std::string sameAlready(const std::string& address) const;

    /// What an earlier one told; where told is false nothing of it has left.
    Earlier earlier(const std::string& address) const;

    /// Whether an earlier one is being sent just now.
    bool isEarlierBeingSent(const std::string& address) const;

    /// The deliveries whose place this one takes at the address.
    std::vector<DeliveryRow> earlierNotTold(const std::string& address, Repeated repeated) const;

private:
    struct Word {
        const DeliveryRow* delivery{};
        DeliveryRow::Recipient recipient;
    };
    std::vector<Word> words(const std::string& address) const;
    bool isNewer(const DeliveryRow& other) const;
    bool isOlder(const DeliveryRow& other) const;
    bool saysTheSame(const DeliveryRow& other) const;

    Subject _subject;
    std::vector<DeliveryRow> _others;
};

/// Puts this word in the place of one that is not told, on record with why.
void supersede(DeliveryRow::Recipient& recipient, const std::string& newerTask);

} // namespace notifyhost::ledger
