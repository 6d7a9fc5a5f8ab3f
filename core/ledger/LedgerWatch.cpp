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
    int removed = 0;
    _store->write([&](storage::Database& database, LedgerRows&) {
        auto& bytes = database.statement(
            "UPDATE delivery SET bytes = NULL WHERE bytes IS NOT NULL AND pipeline = ?1 AND "
            "task_id IN (SELECT id FROM task WHERE pipeline = ?1 AND state IN ('done', 'failed') "
            "AND changed < ?2)");
        bytes.bind(1, _store->pipeline()).bind(2, toNumber(before));
        bytes.step();
        for (const auto* sql :
             {"DELETE FROM event WHERE pipeline = ?1 AND task_id IN (SELECT id FROM task WHERE "
              "pipeline = ?1 AND state IN ('done', 'failed', 'released') AND changed < ?2)",
              "DELETE FROM delivery WHERE pipeline = ?1 AND task_id IN (SELECT id FROM task WHERE "
              "pipeline = ?1 AND state IN ('done', 'failed', 'released') AND changed < ?2)",
              "DELETE FROM task WHERE pipeline = ?1 AND state IN ('done', 'failed', 'released') "
              "AND changed < ?2"})
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
