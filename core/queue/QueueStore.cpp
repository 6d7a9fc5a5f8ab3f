#include "queue/QueueStore.h"

#include "log/Logger.h"
#include "queue/QueueSchema.h"
#include "storage/Digest.h"

#include <random>

namespace notifyhost::queue {

namespace {

/// What a task is read from; completed by a WHERE clause.
constexpr const char* kSelectTask =
    "SELECT task.id, name, uri, version, digest, input, status FROM task JOIN version ON "
    "version.id = version_id JOIN pipeline ON pipeline.id = pipeline_id ";

std::string now()
{
    return log::toIsoTime(std::chrono::system_clock::now());
}

std::string newToken()
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    constexpr int kLength = 32;
    std::random_device random;
    std::string token;
    for (int digit = 0; digit < kLength; ++digit) {
        token += kDigits[random() % kDigits.size()];
    }
    return token;
}

std::optional<std::int64_t> firstNumber(storage::Statement& statement)
{
    std::optional<std::int64_t> result;
    if (statement.step()) {
        result = statement.integer(0);
        statement.reset();
    }
    return result;
}

std::optional<std::string> optionalText(const storage::Statement& statement, int column)
{
    if (statement.isNull(column)) {
        return std::nullopt;
    }
    return statement.text(column);
}

void bindOptional(storage::Statement& statement, int index, std::optional<std::int64_t> number)
{
    if (number) {
        statement.bind(index, *number);
    } else {
        statement.bindNull(index);
    }
}

void bindOptional(storage::Statement& statement, int index, const std::optional<std::string>& text)
{
    if (text) {
        statement.bind(index, *text);
    } else {
        statement.bindNull(index);
    }
}

/// The row a statement of kSelectTask stands at.
StoredTask readTask(const storage::Statement& row)
{
    const auto status = statusFromText(row.text(6));
    if (!status) {
        throw storage::StorageError(storage::StorageError::Kind::damaged,
                                    "the queue's task " + row.text(4) +
                                        " has no status that is known; restore a backup");
    }
    return {row.integer(0),
            {{row.text(1), row.text(2), row.text(3)}, row.text(4), row.text(5), *status}};
}

std::vector<StoredTask> readTasks(storage::Statement& statement)
{
    std::vector<StoredTask> tasks;
    while (statement.step()) {
        tasks.push_back(readTask(statement));
    }
    return tasks;
}

std::vector<Pipeline> readPipelines(storage::Statement& statement)
{
    std::vector<Pipeline> pipelines;
    while (statement.step()) {
        pipelines.push_back({statement.text(0), statement.text(1), statement.text(2)});
    }
    return pipelines;
}

} // namespace

QueueStore::QueueStore(const std::filesystem::path& file) : _database(file, queueSchema()) {}

std::optional<Generation> QueueStore::storedGeneration()
{
    auto& statement = _database.statement("SELECT value FROM setting WHERE name = 'generation'");
    std::optional<Generation> generation;
    if (statement.step()) {
        generation = statement.text(0) == "2" ? Generation::two : Generation::three;
        statement.reset();
    }
    return generation;
}

void QueueStore::storeGeneration(Generation generation)
{
    if (generation == Generation::two) {
        auto& several = _database.statement("SELECT name FROM version JOIN pipeline ON pipeline.id "
                                            "= pipeline_id GROUP BY name HAVING count(*) > 1");
        if (several.step()) {
            const std::string name = several.text(0);
            several.reset();
            throw QueueError(QueueError::Kind::refused,
                             file().string() + ": cannot be of generation 2, since its pipeline " +
                                 name + " has several versions. Choose generation 3.");
        }
    }
    auto& statement =
        _database.statement("INSERT INTO setting (name, value) VALUES ('generation', ?)");
    statement.bind(1, std::to_string(static_cast<int>(generation)));
    statement.step();
}

std::optional<std::int64_t> QueueStore::pipelineId(std::string_view name)
{
    auto& statement = _database.statement("SELECT id FROM pipeline WHERE name = ?");
    statement.bind(1, name);
    return firstNumber(statement);
}

std::int64_t QueueStore::insertPipeline(const std::string& name, const std::string& uri)
{
    auto& statement =
        _database.statement("INSERT INTO pipeline (name, uri) VALUES (?, ?) RETURNING id");
    statement.bind(1, name).bind(2, uri);
    return firstNumber(statement).value();
}

std::optional<std::int64_t> QueueStore::versionId(const Pipeline& pipeline)
{
    auto& statement = _database.statement(
        "SELECT version.id FROM version JOIN pipeline ON pipeline.id = pipeline_id WHERE name = ?1 "
        "AND (version = ?2 OR EXISTS (SELECT 1 FROM setting WHERE setting.name = 'generation' AND "
        "value = '2'))");
    statement.bind(1, pipeline.name).bind(2, pipeline.version);
    return firstNumber(statement);
}

std::int64_t QueueStore::insertVersion(std::int64_t pipeline, const std::string& version)
{
    auto& statement = _database.statement(
        "INSERT INTO version (pipeline_id, version) VALUES (?, ?) RETURNING id");
    statement.bind(1, pipeline).bind(2, version);
    return firstNumber(statement).value();
}

std::vector<std::string> QueueStore::versions(std::string_view name)
{
    auto& statement =
        _database.statement("SELECT version FROM version JOIN pipeline ON pipeline.id "
                            "= pipeline_id WHERE name = ? ORDER BY version.id");
    statement.bind(1, name);
    std::vector<std::string> versions;
    while (statement.step()) {
        versions.push_back(statement.text(0));
    }
    return versions;
}

std::vector<Pipeline> QueueStore::pipelines(const std::optional<std::string>& uri,
                                            const std::optional<std::string>& version)
{
    auto& statement = _database.statement(
        "SELECT name, uri, version FROM version JOIN pipeline ON pipeline.id = pipeline_id WHERE "
        "(?1 IS NULL OR uri = ?1) AND (?2 IS NULL OR version = ?2) ORDER BY pipeline.id, "
        "version.id");
    bindOptional(statement, 1, uri);
    bindOptional(statement, 2, version);
    return readPipelines(statement);
}

std::optional<Pipeline> QueueStore::pipeline(std::string_view name)
{
    auto& statement = _database.statement(
        "SELECT name, uri, version FROM version JOIN pipeline ON pipeline.id = pipeline_id WHERE "
        "name = ? ORDER BY version.id DESC LIMIT 1");
    statement.bind(1, name);
    const auto found = readPipelines(statement);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

Pipeline QueueStore::pipelineOfVersion(std::int64_t version)
{
    auto& statement = _database.statement(
        "SELECT name, uri, version FROM version JOIN pipeline ON pipeline.id = pipeline_id WHERE "
        "version.id = ?");
    statement.bind(1, version);
    return readPipelines(statement).at(0);
}

std::string QueueStore::issueToken(std::optional<std::int64_t> pipeline,
                                   const std::string& description)
{
    const std::string token = newToken();
    auto& statement = _database.statement(
        "INSERT INTO token (hash, pipeline_id, description, issued) VALUES (?, ?, ?, ?)");
    statement.bind(1, storage::sha256Hex(token)).bind(3, description).bind(4, now());
    bindOptional(statement, 2, pipeline);
    statement.step();
    return token;
}

std::optional<TokenRow> QueueStore::token(std::string_view text)
{
    auto& statement =
        _database.statement("SELECT id, pipeline_id FROM token WHERE hash = ? AND revoked IS NULL");
    statement.bind(1, storage::sha256Hex(text));
    std::optional<TokenRow> row;
    if (statement.step()) {
        row.emplace();
        row->id = statement.integer(0);
        if (!statement.isNull(1)) {
            row->pipeline = statement.integer(1);
        }
        statement.reset();
    }
    return row;
}

std::vector<TokenListing> QueueStore::tokens()
{
    auto& statement =
        _database.statement("SELECT token.id, name, description, issued, revoked FROM token LEFT "
                            "JOIN pipeline ON pipeline.id = pipeline_id ORDER BY token.id");
    std::vector<TokenListing> tokens;
    while (statement.step()) {
        tokens.push_back({statement.integer(0), optionalText(statement, 1), statement.text(2),
                          statement.text(3), optionalText(statement, 4)});
    }
    return tokens;
}

bool QueueStore::revokeToken(std::int64_t id)
{
    auto& statement =
        _database.statement("UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL");
    statement.bind(1, now()).bind(2, id);
    statement.step();
    return _database.changes() > 0;
}

std::pair<StoredTask, bool> QueueStore::add(std::int64_t version, const std::string& digest,
                                            std::string_view input,
                                            std::optional<std::int64_t> token)
{
    auto& insert = _database.statement(
        "INSERT INTO task (version_id, digest, input, status) VALUES (?, ?, ?, 'PENDING') ON "
        "CONFLICT (version_id, digest) DO NOTHING");
    insert.bind(1, version).bind(2, digest).bind(3, input);
    insert.step();
    const bool isNew = _database.changes() > 0;
    StoredTask stored = task(version, digest).value();
    if (isNew) {
        addEvent(stored.id, "added", token);
    }
    return {std::move(stored), isNew};
}

std::vector<StoredTask> QueueStore::claim(std::int64_t version, std::int64_t count,
                                          std::optional<std::int64_t> token)
{
    static const std::string sql = std::string(kSelectTask) + "WHERE version_id = ? AND status = "
                                                              "'PENDING' ORDER BY task.id LIMIT ?";
    auto& statement = _database.statement(sql);
    statement.bind(1, version).bind(2, count);
    std::vector<StoredTask> tasks = readTasks(statement);
    for (auto& stored : tasks) {
        setStatus(stored.id, TaskStatus::claimed, token);
        stored.task.status = TaskStatus::claimed;
    }
    return tasks;
}

std::optional<StoredTask> QueueStore::task(std::int64_t version, const std::string& digest)
{
    static const std::string sql = std::string(kSelectTask) + "WHERE version_id = ? AND digest = ?";
    auto& statement = _database.statement(sql);
    statement.bind(1, version).bind(2, digest);
    const auto found = readTasks(statement);
    return found.empty() ? std::nullopt : std::optional(found.front());
}

void QueueStore::setStatus(std::int64_t task, TaskStatus status, std::optional<std::int64_t> token)
{
    auto& statement = _database.statement("UPDATE task SET status = ? WHERE id = ?");
    statement.bind(1, toText(status)).bind(2, task);
    statement.step();
    addEvent(task, toText(status), token);
}

std::vector<StoredTask> QueueStore::list(const TaskFilter& filter)
{
    // Only what is asked for stands there: a condition that might be none finds no index.
    std::string sql = std::string(kSelectTask) + "WHERE true";
    std::vector<std::string_view> values;
    const auto narrow = [&](const char* column, std::string_view value) {
        values.push_back(value);
        sql += std::string(" AND ") + column + " = ?" + std::to_string(values.size());
    };
    if (filter.pipeline) {
        narrow("name", *filter.pipeline);
    }
    if (filter.version) {
        narrow("version", *filter.version);
    }
    if (filter.status) {
        narrow("status", toText(*filter.status));
    }
    auto& statement = _database.statement(sql + " ORDER BY task.id");
    for (std::size_t at = 0; at < values.size(); ++at) {
        statement.bind(static_cast<int>(at) + 1, values[at]);
    }
    return readTasks(statement);
}

TaskWindow QueueStore::window(const TaskFilter& filter, std::int64_t behind, std::int64_t rows,
                              std::size_t octets)
{
    auto& limit = _database.statement("SELECT max(id), count(*) FROM (SELECT id FROM task WHERE "
                                      "id > ? ORDER BY id LIMIT ?)");
    limit.bind(1, behind).bind(2, rows);
    limit.step();
    TaskWindow window{{}, std::max(behind, limit.integer(0)), limit.integer(1) == rows};
    limit.reset();
    static const std::string sql = std::string(kSelectTask) +
                                   "WHERE task.id > ?4 AND task.id <= ?5 AND (?1 IS NULL OR name = "
                                   "?1) AND (?2 IS NULL OR version = ?2) AND (?3 IS NULL OR status "
                                   "= ?3) ORDER BY task.id";
    auto& statement = _database.statement(sql);
    bindOptional(statement, 1, filter.pipeline);
    bindOptional(statement, 2, filter.version);
    bindOptional(statement, 3,
                 filter.status ? std::optional(std::string(toText(*filter.status))) : std::nullopt);
    statement.bind(4, behind).bind(5, window.last);
    for (std::size_t size = 0; statement.step();) {
        window.tasks.push_back(readTask(statement));
        size += window.tasks.back().task.inputText.size();
        if (size >= octets) {
            window.last = window.tasks.back().id;
            window.more = true;
            break;
        }
    }
    statement.reset();
    return window;
}

std::vector<TimedTask> QueueStore::listByTime(TaskStatus status, std::int64_t most)
{
    auto& statement = _database.statement(
        "SELECT task.id, name, uri, version, digest, input, status, (SELECT max(time) FROM event "
        "WHERE task_id = task.id) AS since FROM task JOIN version ON version.id = version_id JOIN "
        "pipeline ON pipeline.id = pipeline_id WHERE status = ? ORDER BY since, task.id LIMIT ?");
    statement.bind(1, toText(status)).bind(2, most);
    std::vector<TimedTask> tasks;
    while (statement.step()) {
        tasks.push_back({readTask(statement).task, statement.text(7)});
    }
    return tasks;
}

std::vector<TaskCount> QueueStore::countTasks()
{
    auto& statement = _database.statement(
        "SELECT name, status, count(*) FROM task JOIN version ON version.id = version_id JOIN "
        "pipeline ON pipeline.id = pipeline_id GROUP BY name, status ORDER BY name, status");
    std::vector<TaskCount> counts;
    while (statement.step()) {
        if (const auto status = statusFromText(statement.text(1))) {
            counts.push_back({statement.text(0), *status, statement.integer(2)});
        }
    }
    return counts;
}

std::int64_t QueueStore::countTasks(std::int64_t version, TaskStatus status)
{
    auto& statement =
        _database.statement("SELECT count(*) FROM task WHERE version_id = ? AND status = ?");
    statement.bind(1, version).bind(2, toText(status));
    statement.step();
    const auto count = statement.integer(0);
    statement.reset();
    return count;
}

std::vector<TaskEvent> QueueStore::events(std::int64_t task)
{
    auto& statement =
        _database.statement("SELECT time, what FROM event WHERE task_id = ? ORDER BY event.id");
    statement.bind(1, task);
    std::vector<TaskEvent> events;
    while (statement.step()) {
        events.push_back({statement.text(0), statement.text(1)});
    }
    return events;
}

void QueueStore::addEvent(std::int64_t task, std::string_view what,
                          std::optional<std::int64_t> token)
{
    auto& statement = _database.statement(
        "INSERT INTO event (task_id, time, what, token_id) VALUES (?, ?, ?, ?)");
    statement.bind(1, task).bind(2, now()).bind(3, what);
    bindOptional(statement, 4, token);
    statement.step();
}

} // namespace notifyhost::queue
