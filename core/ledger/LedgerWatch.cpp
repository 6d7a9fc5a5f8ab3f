#include "ledger/Ledger.h"

#include "ledger/LedgerFields.h"
#include "ledger/LedgerStore.h"

namespace notifyhost::ledger {

WallTime Ledger::highWater(WallTime now)
{
    WallTime result = now;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        auto row = rows.pipeline();
        row.highWater = Store::budgetTime(rows, now);
        rows.put(row);
        result = row.highWater;
    });
    return result;
}

std::vector<WatchRow> Ledger::watches() const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) { return rows.watches(); });
}

void Ledger::setWatches(const std::vector<WatchRow>& watchRows)
{
    _store->write([&](storage::Database&, LedgerRows& rows) {
        auto row = rows.pipeline();
        row.looked = true;
        rows.put(row);
        rows.put(watchRows);
    });
}

bool Ledger::lookedBefore() const
{
    return _store->read(
        [&](storage::Database&, LedgerRows& rows) { return rows.pipeline().looked; });
}

int Ledger::prune(WallTime before, WallTime keep)
{
    int removed = 0;
    _store->write([&](storage::Database& database, LedgerRows&) {
        auto& bytes = database.statement(
            "UPDATE delivery SET bytes = NULL WHERE bytes IS NOT NULL AND pipeline = ? AND task_id "
            "IN (SELECT id FROM task WHERE task.pipeline = delivery.pipeline AND state IN ('done', "
            "'failed') AND changed < ?)");
        bytes.bind(1, _store->pipeline()).bind(2, toNumber(before));
        bytes.step();
        for (const auto* sql :
             {"DELETE FROM event WHERE pipeline = ? AND task_id IN (SELECT id FROM task WHERE "
              "task.pipeline = event.pipeline AND state IN ('done', 'failed', 'released') AND "
              "changed < ?)",
              "DELETE FROM delivery WHERE pipeline = ? AND task_id IN (SELECT id FROM task WHERE "
              "task.pipeline = delivery.pipeline AND state IN ('done', 'failed', 'released') AND "
              "changed < ?)",
              "DELETE FROM task WHERE pipeline = ? AND state IN ('done', 'failed', 'released') AND "
              "changed < ?"})
        {
            auto& statement = database.statement(sql);
            statement.bind(1, _store->pipeline()).bind(2, toNumber(keep));
            statement.step();
            removed = static_cast<int>(database.changes());
        }
    });
    return removed;
}

} // namespace notifyhost::ledger
