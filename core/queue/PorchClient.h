#pragma once

#include "queue/PorchSettings.h"
#include "queue/TaskQueue.h"

#include <memory>

namespace notifyhost::queue {

/// porch over HTTP, generations 2.x and 3.x, told apart by what they answer.
/// Errors: as TaskQueue; the constructor throws std::invalid_argument for a URL that is none.
///         Every error names action, request, URL, status and the first line of the answer.
/// Threads: as TaskQueue. add() uses all connections at a time and threads of its own.
/// Source: porch's REST contract.
class PorchClient : public TaskQueue {
public:
    explicit PorchClient(const PorchSettings& settings);
    ~PorchClient() override;

    std::string describe() const override;
    /// One for each of the connections.
    int updatesAtOnce() const override;
    Registration registerPipeline(const Pipeline& pipeline) override;
    std::string makeToken(const Pipeline& pipeline, const std::string& description) override;

    /// Inputs go out side by side, so neighbours may be created in another order; the results are
    /// in the order of the inputs.
    std::vector<AddResult> add(const Pipeline& pipeline,
                               const std::vector<std::string>& inputs) override;
    std::vector<QueuedTask> claim(const Pipeline& pipeline, int count) override;
    void update(const QueuedTask& task, TaskStatus status) override;
    std::vector<QueuedTask> list(const Pipeline& pipeline,
                                 std::optional<TaskStatus> status) override;

    /// Always empty: porch keeps its events to itself.
    std::vector<TaskEvent> events(const Pipeline& pipeline, const std::string& taskId) override;

    /// The pipeline, its token, and the admin token where there is one. porch looks at a token
    /// before it looks at what is asked, so requests that must fail for another reason try them.
    std::vector<Trial> tryOut(const Pipeline& pipeline) override;

private:
    class Connection;
    std::unique_ptr<Connection> _connection;
};

} // namespace notifyhost::queue
