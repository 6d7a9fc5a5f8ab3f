#pragma once

#include "queue/TaskQueue.h"
#include "storage/Database.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::queue {

/// Which porch a queue file behaves as. In 2.x a pipeline has one version for ever and a task's
/// identity is pipeline and digest; in 3.x it has any number, and the version counts.
enum class Generation { two = 2, three = 3 };

/// A token that is known and not revoked.
struct TokenRow {
    std::int64_t id{};
    std::optional<std::int64_t> pipeline; ///< the pipeline it belongs to; nullopt: an administrator
};

/// One line of the list of tokens; the token itself cannot be told, only its hash is kept.
struct TokenListing {
    std::int64_t id{};
    std::optional<std::string> pipeline;
    std::string description;
    std::string issued;
    std::optional<std::string> revoked;
};

/// A task as it is kept.
struct StoredTask {
    std::int64_t id{};
    QueuedTask task;
};

/// A task with the time it came into its status.
struct TimedTask {
    QueuedTask task;
    std::string since;
};

/// How many tasks of a pipeline are in a status.
struct TaskCount {
    std::string pipeline;
    TaskStatus status{};
    std::int64_t count{};
};

/// What a list is narrowed to; members that are absent do not narrow it.
struct TaskFilter {
    std::optional<std::string> pipeline;
    std::optional<std::string> version;
    std::optional<TaskStatus> status;
};

/// Some neighbouring tasks of a listing.
struct TaskWindow {
    std::vector<StoredTask> tasks;
    std::int64_t last{}; ///< the number of the last task that was looked at
    bool more{};         ///< whether there are tasks behind it
};

/// The rows of a queue file, one step at a time. It begins and ends no transaction: whoever uses it
/// wraps what belongs together into database().transaction().
/// Errors: storage::StorageError. Threads: one.
class QueueStore {
public:
    explicit QueueStore(const std::filesystem::path& file);

    storage::Database& database() { return _database; }
    const std::filesystem::path& file() const { return _database.file(); }

    /// The generation that the file was given, nullopt where nobody chose one yet.
    std::optional<Generation> storedGeneration();

    /// Notes the generation of a file that has none. Errors: QueueError of kind refused where a
    /// pipeline has several versions and the generation knows only one.
    void storeGeneration(Generation generation);

    /// What the file behaves as: the stored generation, or 3.x.
    Generation generation() { return storedGeneration().value_or(Generation::three); }

    std::optional<std::int64_t> pipelineId(std::string_view name);
    std::int64_t insertPipeline(const std::string& name, const std::string& uri);

    /// The row that stands for the pipeline's version; in 2.x its only one, whatever was asked for.
    std::optional<std::int64_t> versionId(const Pipeline& pipeline);
    std::int64_t insertVersion(std::int64_t pipeline, const std::string& version);
    std::vector<std::string> versions(std::string_view name);

    /// Every version of every pipeline, in order of creation, narrowed where asked.
    std::vector<Pipeline> pipelines(const std::optional<std::string>& uri,
                                    const std::optional<std::string>& version);
    /// The pipeline with its newest version.
    std::optional<Pipeline> pipeline(std::string_view name);
    /// As it was registered.
    Pipeline pipelineOfVersion(std::int64_t version);

    /// Makes a token, keeps its hash and returns its text.
    std::string issueToken(std::optional<std::int64_t> pipeline, const std::string& description);
    std::optional<TokenRow> token(std::string_view text);
    std::vector<TokenListing> tokens();
    /// Whether there was such a token, not yet revoked.
    bool revokeToken(std::int64_t id);

    /// Adds a pending task unless it is there. Returns it as it stands, and whether it is new.
    std::pair<StoredTask, bool> add(std::int64_t version, const std::string& digest,
                                    std::string_view input,
                                    std::optional<std::int64_t> token = std::nullopt);

    /// Claims up to count of the oldest pending tasks.
    std::vector<StoredTask> claim(std::int64_t version, std::int64_t count,
                                  std::optional<std::int64_t> token = std::nullopt);

    std::optional<StoredTask> task(std::int64_t version, const std::string& digest);

    void setStatus(std::int64_t task, TaskStatus status,
                   std::optional<std::int64_t> token = std::nullopt);

    /// In order of insertion.
    std::vector<StoredTask> list(const TaskFilter& filter);

    /// The part of such a list behind the task with a number (0: the beginning): at most so many
    /// rows are looked at, and it ends with the input that makes it as long as `octets`.
    TaskWindow window(const TaskFilter& filter, std::int64_t behind, std::int64_t rows,
                      std::size_t octets);

    /// The tasks in a status, the longest in it first, at most so many.
    std::vector<TimedTask> listByTime(TaskStatus status, std::int64_t most);

    std::vector<TaskCount> countTasks();
    std::int64_t countTasks(std::int64_t version, TaskStatus status);

    /// Oldest first.
    std::vector<TaskEvent> events(std::int64_t task);

private:
    void addEvent(std::int64_t task, std::string_view what, std::optional<std::int64_t> token);

    storage::Database _database;
};

} // namespace notifyhost::queue
