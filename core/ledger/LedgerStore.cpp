#include "ledger/LedgerStore.h"

#include "ledger/Transitions.h"

#include <algorithm>
#include <stdexcept>

namespace notifyhost::ledger {

Ledger::Store::Store(const std::filesystem::path& file, std::string pipeline, std::string who,
                     std::function<WallTime()> wall)
    : _database(file, ledgerSchema()),
      _writer(_database),
      _pipeline(std::move(pipeline)),
      _who(std::move(who)),
      _wall(std::move(wall))
{
}

void Ledger::Store::write(const Step& step)
{
    _writer.write([&](storage::Database& database) {
        LedgerRows rows(database, _pipeline);
        step(database, rows);
    });
}

void Ledger::Store::change(LedgerRows& rows, const std::string& taskId,
                           const std::function<void(TaskRow& row, bool& attemptOpen)>& change) const
{
    auto row = rows.task(taskId);
    if (!row) {
        throw std::logic_error("the ledger has no task " + taskId);
    }
    bool open = rows.attemptOpen(taskId);
    const auto before = row->state;
    change(*row, open);
    if (row->state != before && !mayFollow(before, row->state)) {
        throw std::logic_error("task " + taskId + " cannot go from " + std::string(toText(before)) +
                               " to " + std::string(toText(row->state)));
    }
    rows.put(*row, open);
}

int Ledger::Store::changeRecipients(
    LedgerRows& rows, const std::string& deliveryKey,
    const std::function<bool(DeliveryRow::Recipient&)>& change) const
{
    int changed = 0;
    auto recipients = rows.recipients(deliveryKey);
    for (std::size_t position = 0; position < recipients.size(); ++position) {
        auto& recipient = recipients[position];
        const auto before = recipient.state;
        if (!change(recipient)) {
            continue;
        }
        if (recipient.state != before && !mayFollow(before, recipient.state)) {
            throw std::logic_error("delivery " + deliveryKey + " to '" + recipient.address +
                                   "' cannot go from " + std::string(toText(before)) + " to " +
                                   std::string(toText(recipient.state)));
        }
        recipient.settled = _wall();
        rows.put(deliveryKey, position, recipient);
        ++changed;
    }
    return changed;
}

WallTime Ledger::Store::budgetTime(storage::Database& database, const std::string& pipeline,
                                   WallTime now)
{
    auto& statement = database.statement("SELECT high_water FROM pipeline WHERE name = ?");
    statement.bind(1, pipeline);
    const auto seen = statement.step() ? toTime(statement.integer(0)) : now;
    statement.reset();
    return std::max(now, seen);
}

void Ledger::Store::event(LedgerRows& rows, const std::string& taskId,
                          const std::string& what) const
{
    rows.addEvent(taskId, _wall(), _who, what);
}

} // namespace notifyhost::ledger
