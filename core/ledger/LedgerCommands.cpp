#include "ledger/Ledger.h"

#include "ledger/DeliveryKey.h"
#include "ledger/LastWord.h"
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
    case DeliveryState::superseded:
    case DeliveryState::repeated:
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

bool becomesCancelled(DeliveryRow::Recipient& recipient, const std::string& reason)
{
    if (isFinal(recipient.state) || recipient.state == DeliveryState::sending) {
        return false;
    }
    recipient.state = DeliveryState::cancelled;
    recipient.reason = reason;
    recipient.nextAttempt.reset();
    return true;
}

/// The notifications of which nothing was ever frozen.
std::set<std::string> unfrozen(const LedgerRows& rows, const std::vector<DeliveryRow>& deliveries)
{
    std::set<std::string> all;
    std::set<std::string> kept;
    for (const auto& delivery : deliveries) {
        const bool refused = std::none_of(delivery.recipients.begin(), delivery.recipients.end(),
                                          [](const auto& recipient) {
                                              return recipient.state == DeliveryState::nobody ||
                                                     recipient.state == DeliveryState::superseded ||
                                                     recipient.state == DeliveryState::repeated;
                                          });
        if (!refused || rows.bytes(delivery.key) != LedgerRows::Bytes::never) {
            kept.insert(delivery.notificationKey);
        }
        all.insert(delivery.notificationKey);
    }
    std::erase_if(all, [&](const auto& key) { return kept.count(key) > 0; });
    return all;
}

/// Removes what retry composes anew; returns how many recipients that were.
int removeForComposing(const LedgerRows& rows, const std::string& taskId, Ledger::Wording wording,
                       WallTime now)
{
    const auto deliveries = rows.deliveries(taskId);
    const auto anew =
        wording == Ledger::Wording::anew ? composedAnew(deliveries) : unfrozen(rows, deliveries);
    int removed = 0;
    std::vector<std::string> keys;
    for (const auto& delivery : deliveries) {
        if (anew.count(delivery.notificationKey) > 0) {
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

Reopened Ledger::retry(const std::string& taskId, Wording wording)
{
    Reopened result;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        result = {};
        result.anew = removeForComposing(rows, taskId, wording, _store->time(rows));
        for (const auto& delivery : rows.deliveries(taskId)) {
            if (rows.bytes(delivery.key) == LedgerRows::Bytes::kept) {
                _store->reopen(rows, delivery, becomesDue, result);
            }
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            if (row.state == TaskState::done) {
                throw std::logic_error("task " + taskId + " is done: retry does not open it");
            }
            row.state = TaskState::running;
            row.budgetStart = _store->time(rows);
            if (result.anew > 0 || row.nextAttempt) {
                row.nextAttempt = _store->now();
            }
            row.composeFailures = 0;
            row.deaths = 0;
            row.acknowledged.reset();
            row.putBack.reset();
            open = false;
        });
        // Whoever retries has mended what the refusals were about, or finds out.
        rows.put(std::optional<Suspicion>());
        _store->event(rows, taskId,
                      std::string(wording == Wording::frozen ? "retry --frozen: " : "retry: ") +
                          std::to_string(result.due) + " recipients due again" +
                          (result.anew > 0
                               ? ", " + std::to_string(result.anew) + " to be composed anew"
                               : ""));
    });
    return result;
}

Reopened Ledger::approve(const std::string& taskId)
{
    Reopened result;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        result = {};
        for (const auto& delivery : rows.deliveries(taskId)) {
            _store->reopen(
                rows, delivery,
                [](DeliveryRow::Recipient& recipient) {
                    if (recipient.state != DeliveryState::held) {
                        return false;
                    }
                    recipient.state = afterHolding(recipient);
                    recipient.nextAttempt.reset();
                    return true;
                },
                result);
        }
        if (result.due + result.superseded > 0) {
            _store->change(rows, taskId, [&](TaskRow& row, bool&) {
                row.budgetStart = _store->time(rows);
                row.deaths = 0;
            });
            _store->event(rows, taskId,
                          "approve: " + std::to_string(result.due) + " recipients released");
        }
    });
    return result;
}

int Ledger::cancel(const std::string& taskId, const std::string& reason, Budget budget)
{
    int changed = 0;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        changed = 0;
        for (const auto& delivery : rows.deliveries(taskId)) {
            changed += _store->changeRecipients(rows, delivery.key,
                                                [&](DeliveryRow::Recipient& recipient) {
                                                    return becomesCancelled(recipient, reason);
                                                });
        }
        const auto task = rows.task(taskId);
        if (!task || task->state != TaskState::running) {
            throw std::logic_error("task " + taskId + " is not running here: nothing to cancel");
        }
        if (task->nextAttempt || rows.deliveries(taskId).empty()) {
            changed += rows.insert(taskId, {uncomposed(*task, reason)}, _store->time(rows));
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool&) {
            row.nextAttempt.reset();
            row.reason = reason;
            if (budget == Budget::anew) {
                row.budgetStart = _store->time(rows);
            }
        });
        _store->event(rows, taskId,
                      "cancel: " + std::to_string(changed) + " recipients: " + reason);
    });
    return changed;
}

int Ledger::close(const std::string& taskId, const std::string& reason)
{
    int changed = 0;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        changed = 0;
        for (const auto& delivery : rows.deliveries(taskId)) {
            changed += _store->changeRecipients(rows, delivery.key,
                                                [&](DeliveryRow::Recipient& recipient) {
                                                    return becomesCancelled(recipient, reason);
                                                });
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            row.state = TaskState::released;
            row.nextAttempt.reset();
            row.reason = reason;
            open = false;
        });
        _store->event(rows, taskId, "cancel: closed here, the queue is told nothing: " + reason);
    });
    return changed;
}

void Ledger::adopt(const queue::QueuedTask& task, const ClaimTime& claimed)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        const auto before = rows.stored(task.id);
        if (before && before->row.state == TaskState::done) {
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
        row.acknowledged.reset();
        rows.put(stored, _store->time(rows));
        _store->event(rows, task.id, "takeover: this ledger answers for it now");
    });
}

int Ledger::retell(const queue::QueuedTask& task, const std::vector<DeliveryRow>& deliveries,
                   const std::vector<std::string>& addresses, const ClaimTime& claimed,
                   const std::string& reason)
{
    int told = 0;
    std::set<std::string> notifications{""};
    for (const auto& delivery : deliveries) {
        notifications.insert(delivery.notificationKey);
        told += static_cast<int>(delivery.recipients.size());
    }
    const auto isMeant = [&](const std::string& notification, const std::string& address) {
        return notifications.count(notification) > 0 &&
               (addresses.empty() || address.empty() ||
                std::find(addresses.begin(), addresses.end(), address) != addresses.end());
    };
    _store->write([&](storage::Database&, LedgerRows& rows) {
        for (const auto& earlier : rows.deliveries(task.id)) {
            _store->changeRecipients(rows, earlier.key, [&](DeliveryRow::Recipient& recipient) {
                const bool final = isFinal(recipient.state);
                if (!isMeant(earlier.notificationKey, recipient.address)) {
                    return becomesCancelled(recipient, "the task had ended elsewhere");
                }
                if (!mayFollow(recipient.state, DeliveryState::superseded)) {
                    return false;
                }
                recipient.reason = "told again on purpose; before that " +
                                   std::string(final ? toText(recipient.state) : "not told") +
                                   (recipient.reason.empty() ? "" : ": " + recipient.reason);
                recipient.state = DeliveryState::superseded;
                recipient.nextAttempt.reset();
                return true;
            });
        }
        StoredTask stored = rows.stored(task.id).value_or(StoredTask{});
        auto& row = stored.row;
        row.task = task;
        row.state = TaskState::running;
        row.claimed = claimed;
        row.budgetStart = Store::timeAt(rows.pipeline(), claimed);
        row.deaths = 0;
        row.composeFailures = 0;
        row.nextAttempt.reset();
        row.reason.clear();
        row.acknowledged.reset();
        row.putBack.reset();
        stored.attemptOpen = false;
        rows.put(stored, _store->time(rows));
        if (rows.insert(task.id, deliveries, _store->time(rows)) !=
            static_cast<int>(deliveries.size())) {
            throw std::logic_error("task " + task.id + " is told again under a key that was used");
        }
        _store->event(rows, task.id,
                      "retell: " + std::to_string(told) + " recipients are told again: " + reason);
    });
    return told;
}

void Ledger::acknowledge(const queue::QueuedTask& task, const std::string& reason)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        auto stored = rows.stored(task.id);
        if (!stored) {
            stored.emplace();
            stored->row.task = task;
            stored->row.state = TaskState::released;
            stored->row.claimed.wall = _store->now();
            stored->row.budgetStart = _store->time(rows);
            stored->row.reason = "ended by another host or program";
        }
        stored->row.acknowledged = _store->now();
        stored->row.putBack.reset();
        rows.put(*stored, _store->time(rows));
        _store->event(rows, task.id, "acknowledge: " + reason);
    });
}

void Ledger::toldElsewhere(const queue::QueuedTask& task, const ClaimTime& claimed,
                           const std::string& reason)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        auto stored = rows.stored(task.id).value_or(StoredTask{});
        const bool isNew = stored.row.task.id.empty();
        if (!mayFollow(isNew ? std::nullopt : std::optional(stored.row.state), TaskState::done) ||
            stored.row.state == TaskState::running)
        {
            throw std::logic_error("task " + task.id + " is held here and not told by others");
        }
        stored.row.task = task;
        stored.row.state = TaskState::done;
        stored.row.claimed = claimed;
        stored.row.budgetStart = Store::timeAt(rows.pipeline(), claimed);
        stored.row.nextAttempt.reset();
        stored.row.acknowledged.reset();
        stored.row.reason = reason;
        rows.put(stored, _store->time(rows));
        _store->event(rows, task.id, "acknowledge --told: " + reason);
    });
}

} // namespace notifyhost::ledger
