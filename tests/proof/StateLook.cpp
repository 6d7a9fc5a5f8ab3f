#include "proof/StateLook.h"

#include "storage/ReadOnlyDatabase.h"

namespace notifyhost::test {

namespace {

std::string text(const storage::Row& row, std::size_t column)
{
    return row.at(column).value_or("");
}

int number(const storage::Row& row, std::size_t column)
{
    return std::stoi(row.at(column).value_or("0"));
}

void readLedger(storage::ReadOnlyDatabase& ledger, TaskLook& task)
{
    for (const auto& row :
         ledger.query("SELECT state, attempt_open, deaths, (SELECT count(*) FROM event WHERE "
                      "event.pipeline = task.pipeline AND task_id = id) FROM task WHERE id = ?",
                      {task.id}))
    {
        task.ledger = text(row, 0);
        task.attemptOpen = number(row, 1) != 0;
        task.deaths = number(row, 2);
        task.events = number(row, 3);
    }
    for (const auto& row :
         ledger.query("SELECT delivery_key, recipient.address, state, code, attempts FROM delivery "
                      "JOIN recipient ON delivery_key = key WHERE task_id = ? ORDER BY "
                      "delivery.position, recipient.position",
                      {task.id}))
    {
        task.recipients.push_back(
            {text(row, 0), text(row, 1), text(row, 2), number(row, 3), number(row, 4)});
    }
}

} // namespace

StateLook look(const std::filesystem::path& queue, const std::filesystem::path& ledger,
               Looking looking)
{
    storage::ReadOnlyDatabase queueFile(queue);
    storage::ReadOnlyDatabase ledgerFile(ledger);
    StateLook result;
    const std::string all =
        "SELECT digest, status, name, input FROM task JOIN version ON version.id = version_id JOIN "
        "pipeline ON pipeline.id = pipeline_id";
    for (const auto& row : queueFile.query(
             looking == Looking::all ? all : all + " WHERE status IN ('CLAIMED', 'RUNNING')", {}))
    {
        TaskLook task;
        task.id = text(row, 0);
        task.queue = text(row, 1);
        task.pipeline = text(row, 2);
        task.input = text(row, 3);
        readLedger(ledgerFile, task);
        result.emplace(task.id, std::move(task));
    }
    return result;
}

std::map<std::string, int> queueCounts(const std::filesystem::path& queue,
                                       const std::string& pipeline)
{
    storage::ReadOnlyDatabase file(queue);
    std::map<std::string, int> counts;
    for (const auto& row : file.query(
             "SELECT status, count(*) FROM task JOIN version ON version.id = version_id JOIN "
             "pipeline ON pipeline.id = pipeline_id WHERE ? IN ('', name) GROUP BY status",
             {pipeline}))
    {
        counts[text(row, 0)] = number(row, 1);
    }
    return counts;
}

} // namespace notifyhost::test
