#pragma once

#include "queue/QueueStore.h"
#include "queue/TaskQueue.h"

#include <filesystem>
#include <functional>

namespace notifyhost::queue {

/// porch's contract on one SQLite file: one machine, no server, no tokens needed.
/// It registers a missing pipeline by itself at the first add, never a new version of an existing
/// one. Identity and claims follow the file's generation: by version and digest as in porch 3.x
/// unless the file is one of generation 2. Several processes may use one file at a time; claims are
/// atomic.
/// Errors: as TaskQueue; the constructor throws storage::StorageError for a file that cannot be
///         opened, is damaged, is of a newer schema or sits on a network file system.
class EmbeddedQueue : public TaskQueue {
public:
    explicit EmbeddedQueue(const std::filesystem::path& file);

    std::string describe() const override;
    bool isShared() const override { return false; }
    Registration registerPipeline(const Pipeline& pipeline) override;
    std::string makeToken(const Pipeline& pipeline, const std::string& description) override;
    std::vector<AddResult> add(const Pipeline& pipeline,
                               const std::vector<std::string>& inputs) override;
    std::vector<QueuedTask> claim(const Pipeline& pipeline, int count) override;
    void update(const QueuedTask& task, TaskStatus status) override;
    std::vector<QueuedTask> list(const Pipeline& pipeline,
                                 std::optional<TaskStatus> status) override;
    std::optional<std::int64_t> countDone(const Pipeline& pipeline) override;
    std::vector<TaskEvent> events(const Pipeline& pipeline, const std::string& taskId) override;

private:
    void transaction(const std::string& doing, const std::function<void()>& step);
    std::int64_t versionToAddTo(const Pipeline& pipeline);
    AddResult addOne(std::int64_t version, const std::string& input);

    QueueStore _store;
};

} // namespace notifyhost::queue
