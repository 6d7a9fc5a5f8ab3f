#include "ledger/LedgerFields.h"
#include "ledger/LedgerStore.h"

#include <stdexcept>

namespace notifyhost::ledger {

namespace {

bool isOpen(const StoredTask& task)
{
    return task.row.state == TaskState::taken || task.row.state == TaskState::running;
}

/// The tasks of the other pipeline that this one does not have.
/// Errors: std::runtime_error where both have one of which either is open.
std::vector<std::string> takeable(const LedgerRows& rows, const LedgerRows& others,
                                  const std::string& pipeline, const std::string& other)
{
    std::vector<std::string> ids;
    std::string clashes;
    for (const auto state : {TaskState::taken, TaskState::running, TaskState::done,
                             TaskState::failed, TaskState::released})
    {
        for (const auto& task : others.stored(state)) {
            const auto& id = task.row.task.id;
            const auto own = rows.stored(id);
            if (!own) {
                ids.push_back(id);
            } else if (isOpen(task) || isOpen(*own)) {
                clashes += (clashes.empty() ? "" : ", ") + id;
            }
        }
    }
    if (!clashes.empty()) {
        throw std::runtime_error(
            "the ledger holds these tasks under both names, " + other + " and " + pipeline +
            ", and of each one is not at its end, so they cannot become one: " + clashes +
            ". Give a section the porch_name " + other +
            " back until they have ended there, or cancel them there. Nothing was changed");
    }
    return ids;
}

/// The time that the other pipeline's budgets are counted on goes on here.
void takeTime(const LedgerRows& rows, const LedgerRows& others, const ClaimTime& moment,
              WallTime (*timeAt)(const PipelineRow&, const ClaimTime&))
{
    auto row = rows.pipeline();
    const auto earlier = others.pipeline();
    if (timeAt(earlier, moment) > timeAt(row, moment)) {
        const bool looked = row.looked;
        row = earlier;
        row.looked = looked;
        rows.put(row);
    }
}

} // namespace

int Ledger::adoptPipeline(const std::string& other)
{
    int adopted = 0;
    _store->write([&](storage::Database& database, LedgerRows& rows) {
        const LedgerRows others(database, other);
        const auto ids = takeable(rows, others, _store->pipeline(), other);
        takeTime(rows, others, _store->moment(), Store::timeAt);
        for (const auto& id : ids) {
            rows.takeFrom(others, id, _store->time(rows));
            _store->event(rows, id,
                          "adopt: taken from pipeline " + other + " into " + _store->pipeline() +
                              "; the queue goes on to know it under " +
                              rows.task(id).value().task.pipeline.name);
        }
        if (!rows.suspicion()) {
            rows.put(others.suspicion());
        }
        others.put(std::optional<Suspicion>());
        adopted = static_cast<int>(ids.size());
    });
    return adopted;
}

std::vector<queue::Pipeline> Ledger::pipelinesInHand(WallTime since) const
{
    return _store->read([&](storage::Database& database, LedgerRows&) {
        auto& statement = database.statement(
            "SELECT porch_name, porch_uri, porch_version FROM task INDEXED BY task_state WHERE "
            "pipeline = ?1 AND state IN ('taken', 'running') UNION SELECT porch_name, porch_uri, "
            "porch_version "
            "FROM task INDEXED BY task_ended WHERE pipeline = ?1 AND state IN ('done', 'failed') "
            "AND changed >= ?2 ORDER BY 1, 2, 3");
        statement.bind(1, _store->pipeline()).bind(2, toNumber(since));
        Reading reading(statement);
        std::vector<queue::Pipeline> pipelines;
        while (reading.step()) {
            const std::string name = reading.text(0);
            pipelines.push_back(
                {name.empty() ? _store->pipeline() : name, reading.text(1), reading.text(2)});
        }
        return pipelines;
    });
}

} // namespace notifyhost::ledger
