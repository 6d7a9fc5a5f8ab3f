#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notifyhost::queue {

/// A task's status, in porch's words.
enum class TaskStatus { pending, claimed, running, done, failed, cancelled };

/// All but done, in the order in which a task moves on: what does so while one is asked for after
/// the other is in two lists rather than in none.
inline constexpr std::array kNotDone{TaskStatus::pending, TaskStatus::claimed, TaskStatus::running,
                                     TaskStatus::failed, TaskStatus::cancelled};

/// "PENDING" and so on.
std::string_view toText(TaskStatus status);

/// The reverse; nullopt for anything but the six words, upper case.
std::optional<TaskStatus> statusFromText(std::string_view text);

/// A porch pipeline. Name, uri and version are always sent together.
struct Pipeline {
    std::string name;
    std::string uri;
    std::string version;

    bool operator==(const Pipeline&) const = default;
};

struct QueuedTask {
    Pipeline pipeline;     ///< as the queue gave it back; to be sent back in the same form
    std::string id;        ///< task_input_id: 64 hex digits
    std::string inputText; ///< task_input as exact JSON text
    TaskStatus status{};
};

/// What became of one added input.
struct AddResult {
    enum class Kind { added, known, refused };
    Kind kind{};
    std::string id;                         ///< empty where refused before it had one
    TaskStatus status{TaskStatus::pending}; ///< the task's current status
    std::string reason;                     ///< of a refusal
};

/// What register found.
struct Registration {
    bool pipelineCreated{};
    bool versionCreated{};
    std::string
        note; ///< for the operator, such as "porch 2.x keeps the first version"; may be empty
};

/// One line of a task's history, oldest first.
struct TaskEvent {
    std::string time; ///< UTC, ISO 8601 with milliseconds and Z
    std::string what; ///< "added", or the status word it was set to
};

/// A queue's answer that is no success.
class QueueError : public std::runtime_error {
public:
    enum class Kind {
        unavailable,   ///< the service or file cannot be reached or is busy
        credentials,   ///< token missing, wrong, or for another pipeline
        unknown,       ///< pipeline, version or task is not known to the queue
        refused,       ///< the request was understood and refused (409, 422, …)
        storage,       ///< the embedded queue's disk or file failed
        lost,          ///< no answer came: it may or may not have happened
        configuration, ///< it answered, but is not what the configuration says (certificate, URL)
    };
    QueueError(Kind kind, const std::string& what) : std::runtime_error(what), _kind(kind) {}
    Kind kind() const noexcept { return _kind; }

private:
    Kind _kind;
};

/// add() ended early. What is in `before` is durable; of what follows nothing is certain.
class AddInterrupted : public QueueError {
public:
    AddInterrupted(const QueueError& error, std::vector<AddResult> before)
        : QueueError(error), _before(std::move(before))
    {
    }
    /// The results of the first inputs, in order; none after the first that is not known.
    const std::vector<AddResult>& before() const noexcept { return _before; }

private:
    std::vector<AddResult> _before;
};

/// One thing that was tried on a queue without changing anything there.
struct Trial {
    std::string what;                       ///< "the pipeline's token"
    std::optional<QueueError::Kind> failed; ///< nullopt: it is good
    std::string text;                       ///< what was found, or what failed and what to do
};

/// A queue that keeps each task once and hands it to one claimer.
/// Errors: every function throws QueueError. Threads: one call at a time per instance, but for
/// update(): of these as many as updatesAtOnce() says, while nothing else is called.
/// Source: porch's REST contract, 2.x and 3.x.
class TaskQueue {
public:
    virtual ~TaskQueue() = default;

    /// For messages: "porch at https://…", "the embedded queue FILE".
    virtual std::string describe() const = 0;

    /// Whether other hosts may claim from it and take tasks over.
    virtual bool isShared() const { return true; }

    /// How many threads may be in update() at a time.
    virtual int updatesAtOnce() const { return 1; }

    /// Creates the pipeline and its version where missing. Safe to repeat.
    virtual Registration registerPipeline(const Pipeline& pipeline) = 0;

    /// Makes a new token for the pipeline; never repeated after a lost answer.
    virtual std::string makeToken(const Pipeline& pipeline, const std::string& description) = 0;

    /// Adds inputs, one result each, in order. When it returns, what it calls added or known is
    /// durable. One refused input does not keep the others out.
    /// Errors: AddInterrupted where some results are known already.
    virtual std::vector<AddResult> add(const Pipeline& pipeline,
                                       const std::vector<std::string>& inputs) = 0;

    /// Claims up to count of the oldest pending tasks of this pipeline and version.
    /// Errors: kind lost where no answer came: some tasks may be claimed for nobody.
    virtual std::vector<QueuedTask> claim(const Pipeline& pipeline, int count) = 0;

    /// Sets a task's status. Any status may follow any other. Setting PENDING is never repeated
    /// after a lost answer (kind lost), everything else may be.
    virtual void update(const QueuedTask& task, TaskStatus status) = 0;

    /// The tasks of this pipeline and version, oldest first where the queue tells.
    virtual std::vector<QueuedTask> list(const Pipeline& pipeline,
                                         std::optional<TaskStatus> status) = 0;

    /// How many tasks of this pipeline and version are DONE; nullopt where the queue had to list
    /// them all to tell.
    virtual std::optional<std::int64_t> countDone(const Pipeline& pipeline);

    /// The history of one task, where the queue tells it; empty otherwise.
    virtual std::vector<TaskEvent> events(const Pipeline& pipeline, const std::string& taskId) = 0;

    /// Tries what a pipeline needs of the queue and changes nothing there. Throws no QueueError.
    virtual std::vector<Trial> tryOut(const Pipeline& pipeline);
};

} // namespace notifyhost::queue
