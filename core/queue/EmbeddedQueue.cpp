#include "queue/EmbeddedQueue.h"

#include "log/Logger.h"
#include "queue/QueueSchema.h"
#include "queue/TaskIdentity.h"
#include "storage/Digest.h"
#include "json/Json.h"

#include <random>

namespace notifyhost::queue {

namespace {

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

/// The rowid of what a statement with one parameter or two finds.
std::optional<std::int64_t> firstNumber(storage::Statement& statement)
{
    std::optional<std::int64_t> result;
    if (statement.step()) {
        result = statement.integer(0);
        statement.reset();
    }
    return result;
}

} // namespace

class EmbeddedQueue::Store {
public:
    explicit Store(const std::filesystem::path& file) : database(file, queueSchema()) {}

    /// Runs a step as one transaction, with the database's failures in the queue's words.
    void transaction(const std::string& doing, const std::function<void()>& step)
    {
        try {
            database.transaction(step);
        } catch (const storage::StorageError& error) {
            throw QueueError(QueueError::Kind::storage, doing + ": " + error.what());
        }
    }

    std::optional<std::int64_t> pipelineId(const std::string& name)
    {
        auto& statement = database.statement("SELECT id FROM pipeline WHERE name = ?");
        statement.bind(1, name);
        return firstNumber(statement);
    }

    std::optional<std::int64_t> versionId(const Pipeline& pipeline)
    {
        auto& statement =
            database.statement("SELECT version.id FROM version JOIN pipeline ON pipeline.id = "
                               "pipeline_id WHERE name = ? AND version = ?");
        statement.bind(1, pipeline.name).bind(2, pipeline.version);
        return firstNumber(statement);
    }

    std::int64_t insertPipeline(const Pipeline& pipeline)
    {
        auto& statement =
            database.statement("INSERT INTO pipeline (name, uri) VALUES (?, ?) RETURNING id");
        statement.bind(1, pipeline.name).bind(2, pipeline.uri);
        return firstNumber(statement).value();
    }

    std::int64_t insertVersion(std::int64_t pipelineId, const std::string& version)
    {
        auto& statement = database.statement(
            "INSERT INTO version (pipeline_id, version) VALUES (?, ?) RETURNING id");
        statement.bind(1, pipelineId).bind(2, version);
        return firstNumber(statement).value();
    }

    /// The version to add to; a pipeline that is not there yet is made.
    std::int64_t versionToAddTo(const Pipeline& pipeline)
    {
        if (const auto known = versionId(pipeline)) {
            return *known;
        }
        if (pipelineId(pipeline.name)) {
            throw QueueError(QueueError::Kind::unknown,
                             database.file().string() + ": pipeline " + pipeline.name +
                                 " has no version " + pipeline.version +
                                 ". If the new version is wanted, `notifyhost register` adds it; "
                                 "otherwise correct porch_version.");
        }
        return insertVersion(insertPipeline(pipeline), pipeline.version);
    }

    AddResult add(std::int64_t version, const std::string& input)
    {
        AddResult result;
        try {
            result.id = taskInputId(input);
        } catch (const json::JsonError& error) {
            result.kind = AddResult::Kind::refused;
            result.reason = std::string("not a JSON object: ") + error.what();
            return result;
        }
        auto& insert = database.statement(
            "INSERT INTO task (version_id, digest, input, status) VALUES (?, ?, ?, 'PENDING') ON "
            "CONFLICT (version_id, digest) DO NOTHING");
        insert.bind(1, version).bind(2, result.id).bind(3, input);
        insert.step();
        if (database.changes() > 0) {
            addEvent(lastTask(), "added");
            return result;
        }
        result.kind = AddResult::Kind::known;
        auto& known =
            database.statement("SELECT status FROM task WHERE version_id = ? AND digest = ?");
        known.bind(1, version).bind(2, result.id);
        known.step();
        result.status = statusFromText(known.text(0)).value();
        known.reset();
        return result;
    }

    void addEvent(std::int64_t task, std::string_view what)
    {
        auto& statement =
            database.statement("INSERT INTO event (task_id, time, what) VALUES (?, ?, ?)");
        statement.bind(1, task).bind(2, now()).bind(3, what);
        statement.step();
    }

    void setStatus(std::int64_t task, TaskStatus status)
    {
        auto& statement = database.statement("UPDATE task SET status = ? WHERE id = ?");
        statement.bind(1, toText(status)).bind(2, task);
        statement.step();
        addEvent(task, toText(status));
    }

    storage::Database database;

private:
    std::int64_t lastTask()
    {
        return firstNumber(database.statement("SELECT last_insert_rowid()")).value();
    }
};

EmbeddedQueue::EmbeddedQueue(const std::filesystem::path& file)
    : _store(std::make_unique<Store>(file))
{
}

EmbeddedQueue::~EmbeddedQueue() = default;

std::string EmbeddedQueue::describe() const
{
    return "the embedded queue " + _store->database.file().string();
}

Registration EmbeddedQueue::registerPipeline(const Pipeline& pipeline)
{
    Registration result;
    _store->transaction("registering " + pipeline.name, [&] {
        result = {};
        auto id = _store->pipelineId(pipeline.name);
        if (!id) {
            id = _store->insertPipeline(pipeline);
            result.pipelineCreated = true;
        }
        if (!_store->versionId(pipeline)) {
            _store->insertVersion(*id, pipeline.version);
            result.versionCreated = true;
        }
    });
    return result;
}

std::string EmbeddedQueue::makeToken(const Pipeline& pipeline, const std::string& description)
{
    const std::string token = newToken();
    _store->transaction("making a token for " + pipeline.name, [&] {
        const auto id = _store->pipelineId(pipeline.name);
        if (!id) {
            throw QueueError(QueueError::Kind::unknown,
                             describe() + ": pipeline " + pipeline.name +
                                 " is not registered; run `notifyhost register` first");
        }
        auto& statement = _store->database.statement(
            "INSERT INTO token (hash, pipeline_id, description, issued) VALUES (?, ?, ?, ?)");
        statement.bind(1, storage::sha256Hex(token)).bind(2, *id).bind(3, description);
        statement.bind(4, now());
        statement.step();
    });
    return token;
}

std::vector<AddResult> EmbeddedQueue::add(const Pipeline& pipeline,
                                          const std::vector<std::string>& inputs)
{
    std::vector<AddResult> results;
    _store->transaction("adding to " + pipeline.name, [&] {
        results.clear();
        const auto version = _store->versionToAddTo(pipeline);
        for (const auto& input : inputs) {
            results.push_back(_store->add(version, input));
        }
    });
    return results;
}

std::vector<QueuedTask> EmbeddedQueue::claim(const Pipeline& pipeline, int count)
{
    std::vector<QueuedTask> tasks;
    _store->transaction("claiming from " + pipeline.name, [&] {
        tasks.clear();
        std::vector<std::int64_t> ids;
        auto& statement = _store->database.statement(
            "SELECT task.id, digest, input, uri FROM task JOIN version ON version.id = version_id "
            "JOIN pipeline ON pipeline.id = pipeline_id WHERE name = ? AND version = ? AND "
            "status = 'PENDING' ORDER BY task.id LIMIT ?");
        statement.bind(1, pipeline.name).bind(2, pipeline.version).bind(3, std::int64_t{count});
        while (statement.step()) {
            ids.push_back(statement.integer(0));
            tasks.push_back({{pipeline.name, statement.text(3), pipeline.version},
                             statement.text(1),
                             statement.text(2),
                             TaskStatus::claimed});
        }
        for (const auto id : ids) {
            _store->setStatus(id, TaskStatus::claimed);
        }
    });
    return tasks;
}

void EmbeddedQueue::update(const QueuedTask& task, TaskStatus status)
{
    _store->transaction("setting task " + task.id + " to " + std::string(toText(status)), [&] {
        auto& statement = _store->database.statement(
            "SELECT task.id FROM task JOIN version ON version.id = version_id JOIN pipeline ON "
            "pipeline.id = pipeline_id WHERE name = ? AND version = ? AND digest = ?");
        statement.bind(1, task.pipeline.name).bind(2, task.pipeline.version).bind(3, task.id);
        const auto id = firstNumber(statement);
        if (!id) {
            throw QueueError(QueueError::Kind::unknown,
                             describe() + ": pipeline " + task.pipeline.name + ", version " +
                                 task.pipeline.version + ", has no task " + task.id);
        }
        _store->setStatus(*id, status);
    });
}

std::vector<QueuedTask> EmbeddedQueue::list(const Pipeline& pipeline,
                                            std::optional<TaskStatus> status)
{
    std::vector<QueuedTask> tasks;
    _store->transaction("listing " + pipeline.name, [&] {
        tasks.clear();
        auto& statement = _store->database.statement(
            "SELECT digest, input, status, uri FROM task JOIN version ON version.id = version_id "
            "JOIN pipeline ON pipeline.id = pipeline_id WHERE name = ? AND version = ? AND "
            "(?3 = '' OR status = ?3) ORDER BY task.id");
        statement.bind(1, pipeline.name).bind(2, pipeline.version);
        statement.bind(3, status ? toText(*status) : std::string_view());
        while (statement.step()) {
            tasks.push_back({{pipeline.name, statement.text(3), pipeline.version},
                             statement.text(0),
                             statement.text(1),
                             statusFromText(statement.text(2)).value()});
        }
    });
    return tasks;
}

std::vector<TaskEvent> EmbeddedQueue::events(const Pipeline& pipeline, const std::string& taskId)
{
    std::vector<TaskEvent> events;
    _store->transaction("reading the history of task " + taskId, [&] {
        events.clear();
        auto& statement = _store->database.statement("SELECT time, what FROM event JOIN task ON "
                                                     "task.id = task_id JOIN version ON version.id "
                                                     "= version_id JOIN pipeline ON pipeline.id = "
                                                     "pipeline_id WHERE name = ? AND version = ? "
                                                     "AND digest = ? ORDER BY event.id");
        statement.bind(1, pipeline.name).bind(2, pipeline.version).bind(3, taskId);
        while (statement.step()) {
            events.push_back({statement.text(0), statement.text(1)});
        }
    });
    return events;
}

} // namespace notifyhost::queue
