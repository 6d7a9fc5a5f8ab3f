#include "ledger/Ledger.h"

#include "ledger/LedgerStore.h"

#include <algorithm>

namespace notifyhost::ledger {

WallTime Ledger::highWater(WallTime now)
{
    WallTime result = now;
    _store->write([&](storage::Database& database, LedgerRows&) {
        auto& insert = database.statement(
            "INSERT INTO pipeline (name, looked, high_water) VALUES (?, 0, ?) ON CONFLICT (name) "
            "DO UPDATE SET high_water = max(high_water, excluded.high_water)");
        insert.bind(1, _store->pipeline()).bind(2, toNumber(now));
        insert.step();
        result = Store::budgetTime(database, _store->pipeline(), now);
    });
    return result;
}

std::vector<WatchRow> Ledger::watches() const
{
    return _store->read([&](storage::Database& database, LedgerRows&) {
        auto& statement = database.statement(
            "SELECT task_id, status, last_look, watched, quiet_until, before_first_look FROM watch "
            "WHERE pipeline = ?");
        statement.bind(1, _store->pipeline());
        std::vector<WatchRow> rows;
        while (statement.step()) {
            WatchRow row;
            row.taskId = statement.text(0);
            row.status =
                queue::statusFromText(statement.text(1)).value_or(queue::TaskStatus::claimed);
            row.lastLook = toTime(statement.integer(2));
            row.watched = std::chrono::seconds(statement.integer(3));
            if (!statement.isNull(4)) {
                row.quietUntil = toTime(statement.integer(4));
            }
            row.beforeFirstLook = statement.integer(5) != 0;
            rows.push_back(row);
        }
        return rows;
    });
}

void Ledger::setWatches(const std::vector<WatchRow>& watchRows)
{
    _store->write([&](storage::Database& database, LedgerRows&) {
        auto& looked = database.statement(
            "INSERT INTO pipeline (name, looked, high_water) VALUES (?, 1, 0) ON CONFLICT (name) "
            "DO UPDATE SET looked = 1");
        looked.bind(1, _store->pipeline());
        looked.step();
        auto& remove = database.statement("DELETE FROM watch WHERE pipeline = ?");
        remove.bind(1, _store->pipeline());
        remove.step();
        for (const auto& row : watchRows) {
            auto& insert = database.statement(
                "INSERT INTO watch (pipeline, task_id, status, last_look, watched, quiet_until, "
                "before_first_look) VALUES (?, ?, ?, ?, ?, ?, ?)");
            insert.bind(1, _store->pipeline())
                .bind(2, row.taskId)
                .bind(3, queue::toText(row.status))
                .bind(4, toNumber(row.lastLook))
                .bind(5, std::int64_t{row.watched.count()});
            if (row.quietUntil) {
                insert.bind(6, toNumber(*row.quietUntil));
            } else {
                insert.bindNull(6);
            }
            insert.bind(7, std::int64_t{row.beforeFirstLook ? 1 : 0});
            insert.step();
        }
    });
}

bool Ledger::lookedBefore() const
{
    return _store->read([&](storage::Database& database, LedgerRows&) {
        auto& select = database.statement("SELECT 1 FROM pipeline WHERE name = ? AND looked = 1");
        select.bind(1, _store->pipeline());
        const bool before = select.step();
        select.reset();
        return before;
    });
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
              "task.pipeline = event.pipeline AND state IN ('done', 'failed') AND changed < ?)",
              "DELETE FROM delivery WHERE pipeline = ? AND task_id IN (SELECT id FROM task WHERE "
              "task.pipeline = delivery.pipeline AND state IN ('done', 'failed') AND changed < ?)",
              "DELETE FROM task WHERE pipeline = ? AND state IN ('done', 'failed') AND changed < "
              "?"})
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
