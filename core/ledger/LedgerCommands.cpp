#include "ledger/Ledger.h"

#include "ledger/LedgerStore.h"

#include <algorithm>
#include <set>

namespace notifyhost::ledger {

namespace {

bool becomesDue(DeliveryRow::Recipient& recipient)
{
    switch (recipient.state) {
    case DeliveryState::accepted:
    case DeliveryState::nobody:
    case DeliveryState::sending:
        return false;
    case DeliveryState::unknown:
        break;
    default:
        recipient.state = DeliveryState::deferred;
    }
    recipient.nextAttempt.reset();
    return true;
}

/// Removes notifications of which nothing was ever frozen, so that they are composed anew; returns
/// how many recipients that were.
int removeUnfrozen(const LedgerRows& rows, const std::vector<DeliveryRow>& deliveries)
{
    std::set<std::string> kept;
    for (const auto& delivery : deliveries) {
        const bool refused = std::none_of(
            delivery.recipients.begin(), delivery.recipients.end(),
            [](const auto& recipient) { return recipient.state == DeliveryState::nobody; });
        if (!refused || rows.bytes(delivery.key) != LedgerRows::Bytes::never) {
            kept.insert(delivery.notificationKey);
        }
    }
    int removed = 0;
    for (const auto& delivery : deliveries) {
        if (kept.count(delivery.notificationKey) == 0) {
            rows.remove(delivery.key);
            removed += static_cast<int>(delivery.recipients.size());
        }
    }
    return removed;
}

} // namespace

int Ledger::retry(const std::string& taskId)
{
    int changed = 0;
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        const int composedAnew = removeUnfrozen(rows, rows.deliveries(taskId));
        changed = composedAnew;
        for (const auto& delivery : rows.deliveries(taskId)) {
            if (rows.bytes(delivery.key) == LedgerRows::Bytes::kept) {
                changed += _store->changeRecipients(rows, delivery.key, becomesDue);
            }
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            row.state = TaskState::running;
            row.budgetStart = Store::budgetTime(database, _store->pipeline(), _store->now());
            if (composedAnew > 0 || row.nextAttempt) {
                row.nextAttempt = _store->now();
            }
            row.composeFailures = 0;
            row.deaths = 0;
            open = false;
        });
        _store->event(rows, taskId, "retry: " + std::to_string(changed) + " recipients due again");
    });
    return changed;
}

int Ledger::approve(const std::string& taskId)
{
    int changed = 0;
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        changed = 0;
        for (const auto& delivery : rows.deliveries(taskId)) {
            changed +=
                _store->changeRecipients(rows, delivery.key, [](DeliveryRow::Recipient& recipient) {
                    if (recipient.state != DeliveryState::held) {
                        return false;
                    }
                    // What was held in doubt stays in doubt: only an answer can settle it.
                    recipient.state =
                        recipient.attempts > 0 ? DeliveryState::unknown : DeliveryState::deferred;
                    recipient.nextAttempt.reset();
                    return true;
                });
        }
        if (changed > 0) {
            _store->change(rows, taskId, [&](TaskRow& row, bool&) {
                row.budgetStart = Store::budgetTime(database, _store->pipeline(), _store->now());
            });
            _store->event(rows, taskId,
                          "approve: " + std::to_string(changed) + " recipients released");
        }
    });
    return changed;
}

int Ledger::cancel(const std::string& taskId, const std::string& reason)
{
    int changed = 0;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        changed = 0;
        for (const auto& delivery : rows.deliveries(taskId)) {
            changed += _store->changeRecipients(
                rows, delivery.key, [&](DeliveryRow::Recipient& recipient) {
                    if (isFinal(recipient.state) || recipient.state == DeliveryState::sending) {
                        return false;
                    }
                    recipient.state = DeliveryState::cancelled;
                    recipient.reason = reason;
                    recipient.nextAttempt.reset();
                    return true;
                });
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool&) {
            row.nextAttempt.reset();
            row.reason = reason;
        });
        _store->event(rows, taskId,
                      "cancel: " + std::to_string(changed) + " recipients: " + reason);
    });
    return changed;
}

void Ledger::adopt(const queue::QueuedTask& task, const ClaimTime& claimed)
{
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        TaskRow row = rows.task(task.id).value_or(TaskRow{});
        row.task = task;
        row.state = TaskState::running;
        row.claimed = claimed;
        row.budgetStart = Store::budgetTime(database, _store->pipeline(), claimed.wall);
        rows.put(row, false);
        _store->event(rows, task.id, "takeover: this ledger answers for it now");
    });
}

} // namespace notifyhost::ledger
