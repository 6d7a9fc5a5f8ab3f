#include "ledger/LedgerCensus.h"

#include "ledger/LedgerFields.h"
#include "storage/ReadOnlyDatabase.h"

#include <system_error>

namespace notifyhost::ledger {

namespace {

/// As a database was found: a column of an older version's ledger may not be there yet.
std::string isUnsettled(storage::ReadOnlyDatabase& database)
{
    const bool knowsSeen =
        !database.query("SELECT 1 FROM pragma_table_info('task') WHERE name = 'acknowledged'", {})
             .empty();
    const auto recipient = [](const std::string& states) {
        return "EXISTS (SELECT 1 FROM delivery JOIN recipient ON delivery_key = key WHERE "
               "delivery.pipeline = task.pipeline AND task_id = id AND recipient.state IN (" +
               states + "))";
    };
    return "state = 'failed'" + std::string(knowsSeen ? " AND acknowledged IS NULL" : "") +
           " AND (" + recipient("'refused', 'expired'") + " OR NOT " + recipient("'cancelled'") +
           ")";
}

std::vector<PipelineCensus> counted(storage::ReadOnlyDatabase& database)
{
    std::map<std::string, PipelineCensus> found;
    for (const auto& row :
         database.query("SELECT pipeline, state, count(*) FROM task INDEXED BY task_state GROUP BY "
                        "pipeline, state",
                        {}))
    {
        if (const auto state = taskStateFromText(row.at(1).value_or(""))) {
            found[row.at(0).value_or("")].tasks[*state] = std::stoi(row.at(2).value_or("0"));
        }
    }
    for (auto& [name, pipeline] : found) {
        const auto row = database.query("SELECT count(*) FROM task INDEXED BY task_state WHERE "
                                        "pipeline = ? AND " +
                                            isUnsettled(database),
                                        {name});
        pipeline.unsettled = std::stoi(row.at(0).at(0).value_or("0"));
    }
    std::vector<PipelineCensus> result;
    for (auto& [name, pipeline] : found) {
        pipeline.name = name;
        const auto row = database.query("SELECT high_water FROM pipeline WHERE name = ?", {name});
        if (!row.empty() && row.front().at(0).value_or("0") != "0") {
            pipeline.lastRun = toTime(std::stoll(*row.front().at(0)));
        }
        result.push_back(std::move(pipeline));
    }
    return result;
}

/// Whether nobody has the file open: the last to close it takes its log away.
bool isAtRest(const std::filesystem::path& file)
{
    auto log = file;
    log += "-wal";
    std::error_code failure;
    return !std::filesystem::exists(log, failure) && !failure;
}

} // namespace

std::vector<PipelineCensus> census(const std::filesystem::path& file)
{
    std::error_code failure;
    if (!std::filesystem::exists(file, failure) && !failure) {
        return {};
    }
    using storage::ReadOnlyDatabase;
    if (isAtRest(file)) {
        try {
            ReadOnlyDatabase database(file, ReadOnlyDatabase::Writers::atRest);
            auto result = counted(database);
            if (isAtRest(file)) {
                return result;
            }
        } catch (const storage::StorageError&) {
            if (isAtRest(file)) {
                throw;
            }
        }
    }
    // Somebody writes, or was killed while writing.
    ReadOnlyDatabase database(file);
    return counted(database);
}

std::string inWords(const std::map<TaskState, int>& tasks)
{
    std::string text;
    for (const auto& [state, count] : tasks) {
        text +=
            (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(toText(state));
    }
    return text;
}

} // namespace notifyhost::ledger
