#include "ledger/LastWord.h"

#include "ledger/LedgerStore.h"

#include <algorithm>

namespace notifyhost::ledger {

namespace {

/// Whether the recipient can be made superseded by a newer word: not told, and not given up.
bool isOpen(DeliveryState state)
{
    return state == DeliveryState::composed || state == DeliveryState::deferred ||
           state == DeliveryState::held || state == DeliveryState::unknown;
}

} // namespace

bool mayHaveArrived(const DeliveryRow::Recipient& recipient)
{
    return recipient.state == DeliveryState::accepted ||
           recipient.state == DeliveryState::sending || recipient.state == DeliveryState::unknown ||
           recipient.doubts > 0 || recipient.copies > 0;
}

std::set<std::string> composedAnew(const std::vector<DeliveryRow>& deliveries)
{
    std::set<std::string> anew;
    std::set<std::string> kept;
    for (const auto& delivery : deliveries) {
        for (const auto& recipient : delivery.recipients) {
            if (mayHaveArrived(recipient) || delivery.subject.retold) {
                kept.insert(delivery.notificationKey);
            } else if (recipient.state != DeliveryState::superseded &&
                       recipient.state != DeliveryState::repeated)
            {
                anew.insert(delivery.notificationKey);
            }
        }
    }
    std::erase_if(anew, [&](const auto& key) { return kept.count(key) > 0; });
    return anew;
}

LastWord::LastWord(const LedgerRows& rows, const DeliveryRow& row)
    : _subject(row.subject), _others(rows.others(row))
{
}

std::vector<LastWord::Word> LastWord::words(const std::string& address) const
{
    std::vector<Word> result;
    for (const auto& other : _others) {
        for (const auto& recipient : other.recipients) {
            if (recipient.address == address && recipient.state != DeliveryState::nobody) {
                result.push_back({&other, recipient});
            }
        }
    }
    return result;
}

bool LastWord::isNewer(const DeliveryRow& other) const
{
    return _subject.asOf && other.subject.asOf && *other.subject.asOf > *_subject.asOf;
}

bool LastWord::isOlder(const DeliveryRow& other) const
{
    return _subject.asOf && other.subject.asOf && *other.subject.asOf < *_subject.asOf;
}

bool LastWord::saysTheSame(const DeliveryRow& other) const
{
    return other.subject.asOf == _subject.asOf && other.subject.facts == _subject.facts;
}

std::string LastWord::newerTask(const std::string& address, bool repeatedCounts) const
{
    const DeliveryRow* newest = nullptr;
    for (const auto& [delivery, recipient] : words(address)) {
        if (isNewer(*delivery) && (repeatedCounts || recipient.state != DeliveryState::repeated) &&
            (newest == nullptr || *delivery->subject.asOf >= *newest->subject.asOf))
        {
            newest = delivery;
        }
    }
    return newest == nullptr ? "" : newest->taskId;
}

std::string LastWord::sameAlready(const std::string& address) const
{
    const DeliveryRow* latest = nullptr;
    for (const auto& [delivery, recipient] : words(address)) {
        // One without a date is earlier than one with: of these the last that was frozen counts.
        if (mayHaveArrived(recipient) &&
            (latest == nullptr || delivery->subject.asOf >= latest->subject.asOf))
        {
            latest = delivery;
        }
    }
    return latest != nullptr && latest->subject.facts == _subject.facts ? latest->taskId : "";
}

Earlier LastWord::earlier(const std::string& address) const
{
    Earlier result;
    for (const auto& [delivery, recipient] : words(address)) {
        if (isOlder(*delivery) && mayHaveArrived(recipient)) {
            result.told = true;
            result.asOf = std::max(result.asOf, delivery->subject.asOf);
        }
    }
    return result;
}

bool LastWord::isEarlierBeingSent(const std::string& address) const
{
    const auto all = words(address);
    return std::any_of(all.begin(), all.end(), [&](const Word& word) {
        return word.recipient.state == DeliveryState::sending &&
               (isOlder(*word.delivery) || saysTheSame(*word.delivery));
    });
}

std::vector<DeliveryRow> LastWord::earlierNotTold(const std::string& address,
                                                  Repeated repeated) const
{
    std::vector<DeliveryRow> result;
    for (const auto& [delivery, recipient] : words(address)) {
        const bool same = repeated == Repeated::skipped && saysTheSame(*delivery);
        if (isOpen(recipient.state) && !delivery->subject.retold && (isOlder(*delivery) || same)) {
            result.push_back(*delivery);
        }
    }
    return result;
}

void supersede(DeliveryRow::Recipient& recipient, const std::string& newerTask)
{
    constexpr std::size_t kShort = 12;
    std::string reason = "task " + newerTask.substr(0, kShort) + " says what is newer";
    reason += mayHaveArrived(recipient) ? ", an earlier copy of this may have arrived" : "";
    reason += recipient.reason.empty() ? ""
                                       : "; before that " + std::string(toText(recipient.state)) +
                                             ": " + recipient.reason;
    recipient.reason = std::move(reason);
    recipient.state = DeliveryState::superseded;
    recipient.nextAttempt.reset();
}

void Ledger::Store::reopen(LedgerRows& rows, const DeliveryRow& delivery,
                           const std::function<bool(DeliveryRow::Recipient&)>& makeDue,
                           Reopened& result) const
{
    const LastWord word(rows, delivery);
    changeRecipients(rows, delivery.key, [&](DeliveryRow::Recipient& recipient) {
        const auto before = recipient;
        if (!makeDue(recipient)) {
            return false;
        }
        const auto newer = delivery.subject.retold ? "" : word.newerTask(recipient.address, false);
        ++(newer.empty() ? result.due : result.superseded);
        if (!newer.empty()) {
            recipient = before;
            supersede(recipient, newer);
            event(rows, delivery.taskId, delivery.key, recipient);
        }
        return true;
    });
}

void Ledger::Store::place(LedgerRows& rows, DeliveryRow& delivery, Repeated repeated) const
{
    const LastWord word(rows, delivery);
    for (auto& recipient : delivery.recipients) {
        if (delivery.subject.about.empty() || isFinal(recipient.state)) {
            continue;
        }
        const auto newer = word.newerTask(recipient.address, true);
        const auto same = repeated == Repeated::skipped ? word.sameAlready(recipient.address) : "";
        if (!newer.empty()) {
            supersede(recipient, newer);
        } else if (!same.empty()) {
            constexpr std::size_t kShort = 12;
            recipient.state = DeliveryState::repeated;
            recipient.reason = "task " + same.substr(0, kShort) + " has said the same";
        }
        if (isFinal(recipient.state)) {
            recipient.settled = now();
            event(rows, delivery.taskId, delivery.key, recipient);
            continue;
        }
        for (const auto& earlier : word.earlierNotTold(recipient.address, repeated)) {
            changeRecipients(rows, earlier.key, [&](DeliveryRow::Recipient& other) {
                if (other.address != recipient.address || !isOpen(other.state)) {
                    return false;
                }
                supersede(other, delivery.taskId);
                event(rows, earlier.taskId, earlier.key, other);
                return true;
            });
        }
    }
}

} // namespace notifyhost::ledger
