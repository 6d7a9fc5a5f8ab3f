#include "ledger/Ledger.h"

#include "ledger/LedgerStore.h"

namespace notifyhost::ledger {

namespace {

using Change = std::function<bool(DeliveryRow::Recipient&)>;

} // namespace

int Ledger::retry(const std::string& taskId)
{
    int changed = 0;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        const Change due = [](DeliveryRow::Recipient& recipient) {
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
        };
        changed = 0;
        for (const auto& delivery : rows.deliveries(taskId)) {
            changed += _store->changeRecipients(rows, delivery.key, due);
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            row.state = TaskState::running;
            row.budgetStart = _store->now();
            row.nextAttempt = row.nextAttempt ? std::optional(_store->now()) : std::nullopt;
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
    _store->write([&](storage::Database&, LedgerRows& rows) {
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
            _store->change(rows, taskId,
                           [&](TaskRow& row, bool&) { row.budgetStart = _store->now(); });
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
    _store->write([&](storage::Database&, LedgerRows& rows) {
        TaskRow row = rows.task(task.id).value_or(TaskRow{});
        row.task = task;
        row.state = TaskState::running;
        row.claimed = claimed;
        row.budgetStart = claimed.wall;
        rows.put(row, false);
        _store->event(rows, task.id, "takeover: this ledger answers for it now");
    });
}

} // namespace notifyhost::ledger
