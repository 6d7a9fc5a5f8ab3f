#include "ledger/Ledger.h"

#include "ledger/LedgerStore.h"
#include "ledger/Transitions.h"

#include <algorithm>
#include <set>

namespace notifyhost::ledger {

Ledger::Ledger(const std::filesystem::path& file, std::string pipeline, std::string who,
               std::function<WallTime()> wall)
    : _store(std::make_unique<Store>(file, std::move(pipeline), std::move(who), std::move(wall)))
{
}

Ledger::~Ledger() = default;

void Ledger::recover(bool holdUnknown)
{
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        std::set<std::string> open;
        for (const auto state : {TaskState::taken, TaskState::running}) {
            for (const auto& task : rows.tasks(state)) {
                if (rows.attemptOpen(task.task.id)) {
                    open.insert(task.task.id);
                    _store->change(rows, task.task.id, [](TaskRow& row, bool& attemptOpen) {
                        ++row.deaths;
                        attemptOpen = false;
                    });
                    _store->event(rows, task.task.id, "the process ended while working on it");
                }
            }
        }
        auto& statement = database.statement(
            "SELECT DISTINCT delivery_key, task_id FROM recipient JOIN delivery ON key = "
            "delivery_key WHERE state = 'sending' AND pipeline = ?");
        statement.bind(1, _store->pipeline());
        std::vector<std::pair<std::string, std::string>> interrupted;
        while (statement.step()) {
            interrupted.emplace_back(statement.text(0), statement.text(1));
        }
        std::set<std::string> died;
        for (const auto& [key, taskId] : interrupted) {
            if (open.count(taskId) == 0 && died.insert(taskId).second) {
                _store->change(rows, taskId, [](TaskRow& row, bool&) { ++row.deaths; });
            }
            _store->changeRecipients(rows, key, [&](DeliveryRow::Recipient& recipient) {
                if (recipient.state != DeliveryState::sending) {
                    return false;
                }
                recipient.state = holdUnknown ? DeliveryState::held : DeliveryState::unknown;
                ++recipient.attempts;
                recipient.reason =
                    "the process ended after the point of no return: it may have arrived";
                recipient.nextAttempt.reset();
                return true;
            });
            _store->event(rows, taskId,
                          "delivery " + key.substr(0, 12) +
                              " may or may not have left when the process ended");
        }
    });
}

void Ledger::taken(const std::vector<queue::QueuedTask>& tasks, const ClaimTime& claimed)
{
    if (tasks.empty()) {
        return;
    }
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        const auto now = Store::budgetTime(database, _store->pipeline(), claimed.wall);
        for (const auto& task : tasks) {
            auto before = rows.task(task.id);
            if (!mayFollow(before ? std::optional(before->state) : std::nullopt, TaskState::taken))
            {
                throw std::logic_error("task " + task.id + " is final and cannot be taken");
            }
            TaskRow row = before.value_or(TaskRow{});
            row.task = task;
            row.state = TaskState::taken;
            row.claimed = claimed;
            row.budgetStart = now;
            rows.put(row, false);
            _store->event(rows, task.id, "claimed");
        }
    });
}

void Ledger::released(const std::string& taskId, const std::string& reason)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            row.state = TaskState::released;
            row.reason = reason;
            open = false;
        });
        _store->event(rows, taskId, reason);
    });
}

void Ledger::running(const std::string& taskId)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool&) { row.state = TaskState::running; });
        _store->event(rows, taskId, "RUNNING: this ledger answers for it");
    });
}

void Ledger::attemptBegun(const std::string& taskId)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool& open) {
            ++row.begun;
            open = true;
        });
    });
}

void Ledger::attemptEnded(const std::string& taskId)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool& open) {
            --row.begun;
            open = false;
        });
    });
}

void Ledger::attemptSurvived(const std::string& taskId)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool& open) {
            row.deaths = 0;
            open = false;
        });
    });
}

void Ledger::composed(const std::string& taskId, const std::vector<DeliveryRow>& deliveries,
                      const std::optional<ComposeDeferral>& deferral)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        int frozen = 0;
        for (const auto& delivery : deliveries) {
            if (!rows.hasDelivery(delivery.key)) {
                rows.insert(delivery);
                ++frozen;
            }
        }
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            open = false;
            row.deaths = 0;
            row.composeFailures += deferral ? 1 : 0;
            row.nextAttempt = deferral ? std::optional(deferral->nextAttempt) : std::nullopt;
            row.reason = deferral ? deferral->reason : "";
        });
        if (frozen > 0) {
            _store->event(rows, taskId,
                          "composed: " + std::to_string(frozen) + " deliveries frozen");
        }
        if (deferral) {
            _store->event(rows, taskId, "to be composed again: " + deferral->reason);
        }
    });
}

void Ledger::sending(const std::string& deliveryKey, const std::vector<std::string>& addresses)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->changeRecipients(rows, deliveryKey, [&](DeliveryRow::Recipient& recipient) {
            if (std::find(addresses.begin(), addresses.end(), recipient.address) == addresses.end())
            {
                return false;
            }
            recipient.state = DeliveryState::sending;
            return true;
        });
    });
}

void Ledger::outcome(const std::string& deliveryKey,
                     const std::vector<DeliveryRow::Recipient>& recipients)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->changeRecipients(rows, deliveryKey, [&](DeliveryRow::Recipient& recipient) {
            const auto found =
                std::find_if(recipients.begin(), recipients.end(),
                             [&](const auto& other) { return other.address == recipient.address; });
            if (found == recipients.end()) {
                return false;
            }
            recipient = *found;
            return true;
        });
    });
}

void Ledger::finished(const std::string& taskId, TaskState state, const std::string& reason)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            row.state = state;
            row.reason = reason;
            open = false;
        });
        _store->event(rows, taskId,
                      std::string(state == TaskState::done ? "DONE" : "FAILED") +
                          (reason.empty() ? "" : ": " + reason));
    });
}

void Ledger::note(const std::string& taskId, const std::string& what)
{
    _store->write([&](storage::Database&, LedgerRows& rows) { _store->event(rows, taskId, what); });
}

std::optional<TaskRow> Ledger::task(const std::string& taskId) const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) { return rows.task(taskId); });
}

std::vector<TaskRow> Ledger::tasks(const std::vector<TaskState>& states) const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) {
        std::vector<TaskRow> result;
        for (const auto state : states) {
            auto some = rows.tasks(state);
            std::move(some.begin(), some.end(), std::back_inserter(result));
        }
        return result;
    });
}

std::vector<DeliveryRow> Ledger::deliveries(const std::string& taskId) const
{
    return _store->read(
        [&](storage::Database&, LedgerRows& rows) { return rows.deliveries(taskId); });
}

std::vector<LedgerEvent> Ledger::events(const std::string& taskId) const
{
    return _store->read([&](storage::Database& database, LedgerRows&) {
        auto& statement = database.statement("SELECT time, who, what FROM event WHERE pipeline = ? "
                                             "AND task_id = ? ORDER BY number");
        statement.bind(1, _store->pipeline()).bind(2, taskId);
        std::vector<LedgerEvent> events;
        while (statement.step()) {
            events.push_back({toTime(statement.integer(0)), statement.text(1), statement.text(2)});
        }
        return events;
    });
}

int Ledger::deliveredSince(const std::string& address, WallTime since) const
{
    return _store->read([&](storage::Database& database, LedgerRows&) {
        auto& statement = database.statement(
            "SELECT count(*) FROM recipient JOIN delivery ON key = delivery_key WHERE "
            "recipient.address = ? AND settled >= ? AND state IN ('accepted', 'unknown') AND "
            "pipeline = ?");
        statement.bind(1, address).bind(2, toNumber(since)).bind(3, _store->pipeline());
        const int count = statement.step() ? static_cast<int>(statement.integer(0)) : 0;
        statement.reset();
        return count;
    });
}

} // namespace notifyhost::ledger
