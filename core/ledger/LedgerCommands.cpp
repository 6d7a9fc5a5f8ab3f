#include "ledger/Ledger.h"

#include "ledger/DeliveryKey.h"
#include "ledger/LedgerStore.h"
#include "ledger/Transitions.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace notifyhost::ledger {

namespace {

/// What was held in doubt stays in doubt: only an answer can settle it.
DeliveryState afterHolding(const DeliveryRow::Recipient& held)
{
    return held.attempts > 0 ? DeliveryState::unknown : DeliveryState::deferred;
}

bool becomesDue(DeliveryRow::Recipient& recipient)
{
    switch (recipient.state) {
    case DeliveryState::accepted:
    case DeliveryState::nobody:
    case DeliveryState::sending:
        return false;
    case DeliveryState::unknown:
        break;
    case DeliveryState::held:
        recipient.state = afterHolding(recipient);
        break;
    default:
        recipient.state = DeliveryState::deferred;
    }
    recipient.nextAttempt.reset();
    return true;
}

/// Removes notifications of which nothing was ever frozen, so that they are composed anew; returns
/// how many recipients that were.
int removeUnfrozen(const LedgerRows& rows, const std::string& taskId, WallTime now)
{
    const auto deliveries = rows.deliveries(taskId);
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
    std::vector<std::string> keys;
    for (const auto& delivery : deliveries) {
        if (kept.count(delivery.notificationKey) == 0) {
            keys.push_back(delivery.key);
            removed += static_cast<int>(delivery.recipients.size());
        }
    }
    rows.remove(taskId, keys, now);
    return removed;
}

/// What stands for the notifications of a task that were not composed when it was cancelled.
DeliveryRow uncomposed(const TaskRow& task, const std::string& reason)
{
    DeliveryRow row;
    row.taskId = task.task.id;
    row.key = deliveryKey({task.task.pipeline.name, task.task.id, "", "", ""});
    row.messageId = messageId(row.key, "cancelled.invalid");
    DeliveryRow::Recipient recipient;
    recipient.state = DeliveryState::cancelled;
    recipient.reason = reason;
    row.recipients = {recipient};
    return row;
}

} // namespace

int Ledger::retry(const std::string& taskId)
{
    int changed = 0;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        const int composedAnew = removeUnfrozen(rows, taskId, _store->now());
        changed = composedAnew;
        for (const auto& delivery : rows.deliveries(taskId)) {
            if (rows.bytes(delivery.key) == LedgerRows::Bytes::kept) {
                changed += _store->changeRecipients(rows, delivery.key, becomesDue);
            }
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            row.state = TaskState::running;
            row.budgetStart = _store->time(rows);
            if (composedAnew > 0 || row.nextAttempt) {
                row.nextAttempt = _store->now();
            }
            row.composeFailures = 0;
            row.deaths = 0;
            open = false;
        });
        // Whoever retries has mended what the refusals were about, or finds out.
        rows.put(std::optional<Suspicion>());
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
                    recipient.state = afterHolding(recipient);
                    recipient.nextAttempt.reset();
                    return true;
                });
        }
        if (changed > 0) {
            _store->change(rows, taskId, [&](TaskRow& row, bool&) {
                row.budgetStart = _store->time(rows);
                row.deaths = 0;
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
        const auto task = rows.task(taskId);
        if (!task || task->state != TaskState::running) {
            throw std::logic_error("task " + taskId + " is not running here: nothing to cancel");
        }
        if (task->nextAttempt || rows.deliveries(taskId).empty()) {
            changed += rows.insert(taskId, {uncomposed(*task, reason)}, _store->now());
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
        const auto before = rows.stored(task.id);
        if (!mayFollow(before ? std::optional(before->row.state) : std::nullopt,
                       TaskState::running)) {
            throw std::logic_error("task " + task.id + " is done and cannot be taken over");
        }
        StoredTask stored = before.value_or(StoredTask{});
        auto& row = stored.row;
        row.task = task;
        row.state = TaskState::running;
        row.claimed = claimed;
        row.budgetStart = Store::timeAt(rows.pipeline(), claimed);
        row.deaths = 0;
        row.composeFailures = 0;
        row.nextAttempt = row.nextAttempt ? std::optional(_store->now()) : std::nullopt;
        rows.put(stored, _store->now());
        _store->event(rows, task.id, "takeover: this ledger answers for it now");
    });
}

} // namespace notifyhost::ledger
