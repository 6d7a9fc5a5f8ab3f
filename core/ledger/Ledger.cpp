#include "ledger/Ledger.h"

#include "ledger/LastWord.h"
#include "ledger/LedgerFields.h"
#include "ledger/LedgerStore.h"
#include "ledger/Transitions.h"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace notifyhost::ledger {

namespace {

/// Nothing may leave, and nothing count as settled, for an address that has no row.
void requireAll(const std::string& deliveryKey, std::size_t asked, int changed)
{
    if (static_cast<std::size_t>(changed) != asked) {
        throw std::logic_error("delivery " + deliveryKey + " has rows for " +
                               std::to_string(changed) + " of " + std::to_string(asked) +
                               " addresses");
    }
}

constexpr const char* kFromRecipients = "recipient CROSS JOIN delivery ON key = delivery_key";

} // namespace

Ledger::Ledger(const std::filesystem::path& file, std::string pipeline, std::string who,
               std::function<ClaimTime()> clock)
    : _store(std::make_unique<Store>(file, std::move(pipeline), std::move(who), std::move(clock)))
{
}

Ledger::~Ledger() = default;

bool Ledger::lock()
{
    return _store->lock();
}

void Ledger::unlock()
{
    _store->unlock();
}

Origin Ledger::origin() const
{
    return _store->origin();
}

void Ledger::keepOrigin()
{
    _store->keepOrigin();
}

std::filesystem::path Ledger::markFile() const
{
    return _store->markFile();
}

void Ledger::secureRoom(int tasks)
{
    _store->secureRoom(tasks);
}

void Ledger::settle()
{
    _store->settle();
}

void Ledger::recover(bool holdUnknown)
{
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        std::set<std::string> open;
        for (const auto state : {TaskState::taken, TaskState::running}) {
            for (const auto& task : rows.stored(state)) {
                const auto& id = task.row.task.id;
                if (task.attemptOpen) {
                    open.insert(id);
                    _store->change(rows, id, [](TaskRow& row, bool& attemptOpen) {
                        ++row.deaths;
                        attemptOpen = false;
                    });
                    _store->event(rows, id, "the process ended while working on it");
                }
            }
        }
        auto& statement = database.statement(
            "SELECT DISTINCT delivery_key, task_id FROM task INDEXED BY task_state CROSS JOIN "
            "delivery ON delivery.pipeline = "
            "task.pipeline AND task_id = id CROSS JOIN recipient ON delivery_key = key WHERE "
            "recipient.state = 'sending' AND task.pipeline = ? AND "
            "task.state IN ('taken', 'running', 'failed', 'released')");
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
                ++recipient.attempts;
                recipient.reason =
                    "the process ended after the point of no return: it may have arrived";
                settleDoubt(recipient, recipient.doubts > 0, holdUnknown);
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
    std::uint64_t octets = 0;
    for (const auto& task : tasks) {
        octets += task.inputText.size();
    }
    _store->noteBatch(octets);
    _store->write([&](storage::Database&, LedgerRows& rows) {
        const auto now = Store::timeAt(rows.pipeline(), claimed);
        for (const auto& task : tasks) {
            const auto before = rows.stored(task.id);
            if (!mayFollow(before ? std::optional(before->row.state) : std::nullopt,
                           TaskState::taken)) {
                throw std::logic_error("task " + task.id + " is final and cannot be taken");
            }
            StoredTask stored = before.value_or(StoredTask{});
            stored.attemptOpen = false;
            stored.row.task = task;
            stored.row.state = TaskState::taken;
            stored.row.acknowledged.reset();
            stored.row.putBack.reset();
            stored.row.claimed = claimed;
            stored.row.budgetStart = now;
            rows.put(stored, _store->time(rows));
            _store->event(rows, task.id, "claimed");
        }
    });
}

void Ledger::released(const std::string& taskId, const std::string& reason)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            if (row.state != TaskState::taken) {
                throw std::logic_error("task " + taskId + " is not taken: nothing to let go");
            }
            row.state = TaskState::released;
            row.reason = reason;
            open = false;
        });
        _store->event(rows, taskId, reason);
    });
}

void Ledger::running(const std::string& taskId)
{
    _store->write(
        [&](storage::Database&, LedgerRows& rows) { _store->becomeRunning(rows, taskId); });
}

void Ledger::attemptBegun(const std::string& taskId)
{
    _store->record([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool& open) {
            ++row.begun;
            open = true;
        });
    });
}

void Ledger::attemptEnded(const std::string& taskId)
{
    _store->record([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool& open) {
            --row.begun;
            open = false;
        });
    });
}

void Ledger::attemptSurvived(const std::string& taskId)
{
    _store->record([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [](TaskRow& row, bool& open) {
            row.deaths = 0;
            open = false;
        });
    });
}

namespace {

/// The notifications of which a delivery says less or more than is true by now, or would overtake
/// one that is being sent.
std::set<std::string> overtaken(const LedgerRows& rows, const std::vector<DeliveryRow>& deliveries)
{
    std::set<std::string> result;
    for (const auto& delivery : deliveries) {
        if (delivery.subject.about.empty()) {
            continue;
        }
        const LastWord word(rows, delivery);
        bool told = false;
        bool goes = false;
        for (const auto& recipient : delivery.recipients) {
            if (isFinal(recipient.state) || !word.newerTask(recipient.address, true).empty()) {
                continue;
            }
            goes = true;
            told = told || word.earlier(recipient.address).told;
            if (word.isEarlierBeingSent(recipient.address)) {
                result.insert(delivery.notificationKey);
            }
        }
        if (goes && told != delivery.subject.replaces) {
            result.insert(delivery.notificationKey);
        }
    }
    return result;
}

} // namespace

TaskStanding Ledger::composed(const std::string& taskId, const std::vector<DeliveryRow>& deliveries,
                              const std::optional<ComposeDeferral>& deferral, Repeated repeated)
{
    TaskStanding standing;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        standing = {};
        const auto before = rows.stored(taskId);
        if (before && before->row.state == TaskState::taken) {
            _store->becomeRunning(rows, taskId);
        }
        const auto late = overtaken(rows, deliveries);
        std::vector<DeliveryRow> frozenNow;
        for (const auto& delivery : deliveries) {
            const bool isLate = late.count(delivery.notificationKey) > 0;
            (isLate ? standing.overtaken : frozenNow).push_back(delivery);
        }
        for (auto& delivery : frozenNow) {
            _store->place(rows, delivery, repeated);
        }
        const int frozen = rows.insert(taskId, frozenNow, _store->time(rows));
        _store->change(rows, taskId, [&](TaskRow& row, bool& open) {
            open = false;
            row.deaths = 0;
            row.acknowledged = frozen > 0 ? std::nullopt : row.acknowledged;
            row.composeFailures += deferral ? 1 : 0;
            row.nextAttempt = deferral       ? std::optional(deferral->nextAttempt)
                              : late.empty() ? std::nullopt
                                             : std::optional(_store->now());
            row.reason = deferral ? deferral->reason
                         : late.empty()
                             ? ""
                             : "an earlier word about the same thing was just being sent";
        });
        if (frozen > 0) {
            _store->event(rows, taskId,
                          "composed: " + std::to_string(frozen) + " deliveries frozen");
        }
        if (deferral) {
            _store->event(rows, taskId, "to be composed again: " + deferral->reason);
        }
        standing.row = rows.task(taskId).value();
        standing.deliveries = rows.deliveries(taskId);
    });
    return standing;
}

Earlier Ledger::earlier(const DeliveryRow& delivery) const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) {
        const LastWord word(rows, delivery);
        Earlier result;
        for (const auto& recipient : delivery.recipients) {
            const auto one = word.earlier(recipient.address);
            if (word.newerTask(recipient.address, true).empty() && one.told) {
                result.told = true;
                result.asOf = std::max(result.asOf, one.asOf);
            }
        }
        return result;
    });
}

bool Ledger::isEarlierBeingSent(const std::vector<DeliveryRow>& deliveries) const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) {
        return std::any_of(deliveries.begin(), deliveries.end(), [&](const auto& delivery) {
            const LastWord word(rows, delivery);
            return std::any_of(
                delivery.recipients.begin(), delivery.recipients.end(),
                [&](const auto& recipient) { return word.isEarlierBeingSent(recipient.address); });
        });
    });
}

bool Ledger::sending(const std::string& deliveryKey, const std::vector<std::string>& addresses)
{
    bool mayGo = true;
    _store->secureAnswer();
    _store->write([&](storage::Database&, LedgerRows& rows) {
        const auto delivery = rows.delivery(deliveryKey);
        const LastWord word(rows, delivery);
        mayGo = std::none_of(delivery.recipients.begin(), delivery.recipients.end(),
                             [&](const auto& recipient) {
                                 const bool asked = std::find(addresses.begin(), addresses.end(),
                                                              recipient.address) != addresses.end();
                                 return asked && (recipient.state == DeliveryState::superseded ||
                                                  word.isEarlierBeingSent(recipient.address));
                             });
        if (!mayGo) {
            return;
        }
        const int changed =
            _store->changeRecipients(rows, deliveryKey, [&](DeliveryRow::Recipient& recipient) {
                if (std::find(addresses.begin(), addresses.end(), recipient.address) ==
                    addresses.end()) {
                    return false;
                }
                recipient.state = DeliveryState::sending;
                return true;
            });
        requireAll(deliveryKey, addresses.size(), changed);
    });
    return mayGo;
}

bool Ledger::outcome(const std::string& deliveryKey,
                     const std::vector<DeliveryRow::Recipient>& recipients,
                     const std::optional<Ending>& ending)
{
    bool asGiven = true;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        asGiven = true;
        const auto taskId = rows.taskOf(deliveryKey);
        const auto settle = [&](DeliveryRow::Recipient& recipient) {
            const auto found =
                std::find_if(recipients.begin(), recipients.end(),
                             [&](const auto& other) { return other.address == recipient.address; });
            if (found == recipients.end()) {
                return false;
            }
            if (recipient.state == DeliveryState::superseded) {
                asGiven = false;
                return true;
            }
            recipient = *found;
            _store->event(rows, taskId, deliveryKey, recipient);
            return true;
        };
        requireAll(deliveryKey, recipients.size(),
                   _store->changeRecipients(rows, deliveryKey, settle));
        if (ending && asGiven) {
            _store->end(rows, taskId, *ending);
        }
    });
    return asGiven;
}

void Ledger::finished(const std::string& taskId, const Ending& ending)
{
    _store->write([&](storage::Database&, LedgerRows& rows) { _store->end(rows, taskId, ending); });
}

void Ledger::putBack(const std::string& taskId)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        _store->change(rows, taskId, [&](TaskRow& row, bool&) {
            row.putBack = _store->now();
            row.acknowledged.reset();
        });
        _store->event(rows, taskId, "somebody had put it back to PENDING: nothing was sent again");
    });
}

void Ledger::note(const std::string& taskId, const std::string& what)
{
    _store->write([&](storage::Database&, LedgerRows& rows) { _store->event(rows, taskId, what); });
}

void Ledger::markStopped(const std::string& taskId)
{
    _store->record([&](storage::Database& database, LedgerRows& rows) {
        auto& statement = database.statement("SELECT id FROM task INDEXED BY task_state WHERE "
                                             "pipeline = ? AND state IN ('taken', 'running') AND "
                                             "stopped_run = 1 AND id <> ?");
        statement.bind(1, _store->pipeline()).bind(2, taskId);
        std::vector<std::string> others;
        for (Reading reading(statement); reading.step();) {
            others.push_back(reading.text(0));
        }
        for (const auto& other : others) {
            _store->change(rows, other, [](TaskRow& row, bool&) { row.stoppedRun = false; });
        }
        _store->change(rows, taskId, [](TaskRow& row, bool&) { row.stoppedRun = true; });
    });
}

std::optional<Suspicion> Ledger::suspicion() const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) { return rows.suspicion(); });
}

void Ledger::setSuspicion(const std::optional<Suspicion>& suspicion)
{
    _store->record([&](storage::Database&, LedgerRows& rows) { rows.put(suspicion); });
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
            for (auto& task : rows.stored(state)) {
                result.push_back(std::move(task.row));
            }
        }
        return result;
    });
}

std::vector<DeliveryRow> Ledger::deliveries(const std::string& taskId) const
{
    return _store->read(
        [&](storage::Database&, LedgerRows& rows) { return rows.deliveries(taskId); });
}

std::vector<DeliveryRow::Recipient> Ledger::recipients(const std::string& deliveryKey) const
{
    return _store->read(
        [&](storage::Database&, LedgerRows& rows) { return rows.recipients(deliveryKey); });
}

std::vector<TaskRow> Ledger::tasksWith(DeliveryState state) const
{
    using enum DeliveryState;
    // By the index of these, or by way of the tasks that are not done: so what was told is never
    // gone through.
    if (state == unknown || state == held || state == refused || state == expired ||
        state == cancelled || state == nobody)
    {
        return _store->tasksWhere(kFromRecipients,
                                  "state = ?1 AND state IN ('unknown', 'held', 'refused', "
                                  "'expired', 'cancelled', 'nobody')",
                                  toText(state));
    }
    return _store->tasksWhere(
        "delivery CROSS JOIN recipient ON key = delivery_key",
        "state = ?1 AND task_id IN (SELECT id FROM task INDEXED BY task_state WHERE "
        "task.pipeline = ?2 AND task.state IN ('taken', 'running', 'failed', 'released'))",
        toText(state));
}

std::vector<TaskRow> Ledger::tasksPutBack() const
{
    return _store->read([&](storage::Database& database, LedgerRows& rows) {
        auto& statement =
            database.statement("SELECT id FROM task INDEXED BY task_put_back WHERE pipeline = ? "
                               "AND put_back IS NOT NULL ORDER BY id");
        statement.bind(1, _store->pipeline());
        Reading reading(statement);
        std::vector<TaskRow> result;
        while (reading.step()) {
            result.push_back(rows.task(reading.text(0)).value());
        }
        return result;
    });
}

std::vector<TaskRow> Ledger::tasksWithCopies() const
{
    return _store->tasksWhere(kFromRecipients, "copies > 0 AND copies >= ?1", "1");
}

std::vector<LedgerEvent> Ledger::events(const std::string& taskId) const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) { return rows.events(taskId); });
}

int Ledger::deliveredInDay(const std::string& address, WallTime end) const
{
    return _store->read([&](storage::Database& database, LedgerRows&) {
        auto& statement = database.statement(
            "SELECT count(*) FROM recipient WHERE address = ? AND settled BETWEEN ? AND ? AND "
            "state IN ('accepted', 'unknown')");
        statement.bind(1, address)
            .bind(2, toNumber(end - std::chrono::hours{24}))
            .bind(3, toNumber(end));
        const int count = statement.step() ? static_cast<int>(statement.integer(0)) : 0;
        statement.reset();
        return count;
    });
}

} // namespace notifyhost::ledger
