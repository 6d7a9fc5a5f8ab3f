#include "queue/EmbeddedQueue.h"

#include "queue/TaskIdentity.h"
#include "json/Json.h"

namespace notifyhost::queue {

namespace {

std::vector<QueuedTask> withoutRows(std::vector<StoredTask> stored)
{
    std::vector<QueuedTask> tasks;
    tasks.reserve(stored.size());
    for (auto& entry : stored) {
        tasks.push_back(std::move(entry.task));
    }
    return tasks;
}

} // namespace

EmbeddedQueue::EmbeddedQueue(const std::filesystem::path& file) : _store(file) {}

std::string EmbeddedQueue::describe() const
{
    return "the embedded queue " + _store.file().string();
}

/// Runs a step as one transaction, with the database's failures in the queue's words.
void EmbeddedQueue::transaction(const std::string& doing, const std::function<void()>& step)
{
    try {
        _store.database().transaction(step);
    } catch (const storage::StorageError& error) {
        throw QueueError(QueueError::Kind::storage, doing + ": " + error.what());
    }
}

/// The version to add to; a pipeline that is not there yet is made.
std::int64_t EmbeddedQueue::versionToAddTo(const Pipeline& pipeline)
{
    if (const auto known = _store.versionId(pipeline)) {
        return *known;
    }
    if (_store.pipelineId(pipeline.name)) {
        throw QueueError(QueueError::Kind::unknown,
                         _store.file().string() + ": pipeline " + pipeline.name +
                             " has no version " + pipeline.version +
                             ". If the new version is wanted, `notifyhost register` adds it; "
                             "otherwise correct porch_version.");
    }
    return _store.insertVersion(_store.insertPipeline(pipeline.name, pipeline.uri),
                                pipeline.version);
}

AddResult EmbeddedQueue::addOne(std::int64_t version, const std::string& input)
{
    AddResult result;
    try {
        result.id = taskInputId(input);
    } catch (const json::JsonError& error) {
        result.kind = AddResult::Kind::refused;
        result.reason = std::string("not a JSON object: ") + error.what();
        return result;
    }
    const auto [stored, isNew] = _store.add(version, result.id, input);
    result.kind = isNew ? AddResult::Kind::added : AddResult::Kind::known;
    result.status = stored.task.status;
    return result;
}

Registration EmbeddedQueue::registerPipeline(const Pipeline& pipeline)
{
    Registration result;
    transaction("registering " + pipeline.name, [&] {
        result = {};
        auto id = _store.pipelineId(pipeline.name);
        if (!id) {
            id = _store.insertPipeline(pipeline.name, pipeline.uri);
            result.pipelineCreated = true;
        }
        const auto version = _store.versionId(pipeline);
        if (!version) {
            _store.insertVersion(*id, pipeline.version);
            result.versionCreated = true;
        } else if (const auto kept = _store.pipelineOfVersion(*version);
                   kept.version != pipeline.version) {
            result.note = "the queue's generation is 2: the pipeline keeps its version " +
                          kept.version + ", every other one is ignored";
        }
    });
    return result;
}

std::string EmbeddedQueue::makeToken(const Pipeline& pipeline, const std::string& description)
{
    std::string token;
    transaction("making a token for " + pipeline.name, [&] {
        const auto id = _store.pipelineId(pipeline.name);
        if (!id) {
            throw QueueError(QueueError::Kind::unknown,
                             describe() + ": pipeline " + pipeline.name +
                                 " is not registered; run `notifyhost register` first");
        }
        token = _store.issueToken(id, description);
    });
    return token;
}

std::vector<AddResult> EmbeddedQueue::add(const Pipeline& pipeline,
                                          const std::vector<std::string>& inputs)
{
    std::vector<AddResult> results;
    transaction("adding to " + pipeline.name, [&] {
        results.clear();
        const auto version = versionToAddTo(pipeline);
        for (const auto& input : inputs) {
            results.push_back(addOne(version, input));
        }
    });
    return results;
}

std::vector<QueuedTask> EmbeddedQueue::claim(const Pipeline& pipeline, int count)
{
    std::vector<QueuedTask> tasks;
    transaction("claiming from " + pipeline.name, [&] {
        tasks.clear();
        if (const auto version = _store.versionId(pipeline)) {
            tasks = withoutRows(_store.claim(*version, count));
        }
    });
    return tasks;
}

void EmbeddedQueue::update(const QueuedTask& task, TaskStatus status)
{
    transaction("setting task " + task.id + " to " + std::string(toText(status)), [&] {
        const auto version = _store.versionId(task.pipeline);
        const auto stored = version ? _store.task(*version, task.id) : std::nullopt;
        if (!stored) {
            throw QueueError(QueueError::Kind::unknown,
                             describe() + ": pipeline " + task.pipeline.name + ", version " +
                                 task.pipeline.version + ", has no task " + task.id);
        }
        _store.setStatus(stored->id, status);
    });
}

std::vector<QueuedTask> EmbeddedQueue::list(const Pipeline& pipeline,
                                            std::optional<TaskStatus> status)
{
    std::vector<QueuedTask> tasks;
    transaction("listing " + pipeline.name, [&] {
        tasks.clear();
        if (const auto version = _store.versionId(pipeline)) {
            const auto kept = _store.pipelineOfVersion(*version);
            tasks = withoutRows(_store.list({kept.name, kept.version, status}));
        }
    });
    return tasks;
}

std::optional<std::int64_t> EmbeddedQueue::countDone(const Pipeline& pipeline)
{
    std::int64_t count = 0;
    transaction("counting the tasks of " + pipeline.name, [&] {
        const auto version = _store.versionId(pipeline);
        count = version ? _store.countTasks(*version, TaskStatus::done) : 0;
    });
    return count;
}

std::vector<TaskEvent> EmbeddedQueue::events(const Pipeline& pipeline, const std::string& taskId)
{
    std::vector<TaskEvent> events;
    transaction("reading the history of task " + taskId, [&] {
        events.clear();
        const auto version = _store.versionId(pipeline);
        if (const auto stored = version ? _store.task(*version, taskId) : std::nullopt) {
            events = _store.events(stored->id);
        }
    });
    return events;
}

} // namespace notifyhost::queue
