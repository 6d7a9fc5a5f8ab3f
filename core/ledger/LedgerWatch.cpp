#include "ledger/Ledger.h"

#include "ledger/LedgerFields.h"
#include "ledger/LedgerStore.h"

#include <algorithm>

namespace notifyhost::ledger {

namespace {

/// No machine runs for so long: such a clock of the boot is one that somebody makes up.
constexpr std::chrono::hours kLongestBoot{24 * 365 * 20};

/// Steps of the wall clock that an operator is to hear of.
constexpr std::chrono::hours kStepAhead{25};
constexpr std::chrono::hours kStepBack{1};

} // namespace

bool PipelineRow::isBootOf(const ClaimTime& moment) const
{
    return !bootId.empty() && bootId == moment.bootId && moment.sinceBoot >= sinceBoot &&
           moment.sinceBoot < kLongestBoot;
}

WallTime PipelineRow::timeAt(const ClaimTime& moment) const
{
    return isBootOf(moment)
               ? time + std::chrono::duration_cast<WallTime::duration>(moment.sinceBoot - sinceBoot)
               : std::max(time, moment.wall);
}

WallTime Ledger::time() const
{
    return _store->read([&](storage::Database&, LedgerRows& rows) { return _store->time(rows); });
}

std::optional<WallTime::duration> Ledger::recordTime()
{
    std::optional<WallTime::duration> jump;
    _store->write([&](storage::Database&, LedgerRows& rows) {
        const auto before = rows.pipeline();
        const auto moment = _store->moment();
        auto row = before;
        row.time = before.timeAt(moment);
        row.sinceBoot = moment.sinceBoot;
        row.bootId = moment.sinceBoot < kLongestBoot ? moment.bootId : "";
        row.ahead = std::chrono::floor<std::chrono::seconds>(moment.wall - row.time);
        rows.put(row);
        const auto step =
            row.ahead - (before.isBootOf(moment) ? before.ahead : std::min(before.ahead, {}));
        jump = step > kStepAhead || step < -kStepBack ? std::optional(step) : std::nullopt;
    });
    return jump;
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
    // Everywhere as ?1 and ?2: a subquery that named the outer row would be run for each of them.
    const std::string old =
        "(SELECT id FROM task INDEXED BY task_ended WHERE pipeline = ?1 AND state IN ('done', "
        "'failed') AND changed < ?2 UNION ALL SELECT id FROM task INDEXED BY task_state WHERE "
        "pipeline = ?1 AND state = 'released' AND changed < ?2)";
    int removed = 0;
    _store->write([&](storage::Database& database, LedgerRows&) {
        // What was composed later cannot have become final before.
        auto& bytes = database.statement(
            "UPDATE delivery INDEXED BY delivery_bytes SET bytes = NULL WHERE bytes IS NOT NULL "
            "AND "
            "pipeline = ?1 AND date < ?2 AND EXISTS (SELECT 1 FROM task WHERE task.pipeline = ?1 "
            "AND id = task_id AND state IN ('done', 'failed') AND changed < ?2)");
        bytes.bind(1, _store->pipeline()).bind(2, toNumber(before));
        bytes.step();
        for (const std::string table : {"event", "delivery", "task"}) {
            auto& statement =
                database.statement("DELETE FROM " + table + " WHERE pipeline = ?1 AND " +
                                   (table == "task" ? "id" : "task_id") + " IN " + old);
            statement.bind(1, _store->pipeline()).bind(2, toNumber(keep));
            statement.step();
            removed = static_cast<int>(database.changes());
        }
    });
    return removed;
}

} // namespace notifyhost::ledger
