#pragma once

#include "queue/PorchExchange.h"
#include "queue/TaskQueue.h"

#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::queue {

/// Adds one group of inputs over all connections side by side. An input that is in the group twice
/// goes out again only after the first is settled, so that one is added and the other known. An
/// input that porch fails on (500) is refused as long as porch takes others. Threads: run() once.
class PorchAdder {
public:
    PorchAdder(PorchExchange& exchange, const Pipeline& pipeline,
               const std::vector<std::string>& inputs);

    /// The results in the order of the inputs. Errors: as TaskQueue::add().
    std::vector<AddResult> run();

private:
    using Indices = std::vector<std::size_t>;

    /// Refuses what is no JSON object; the others, each once, and then those that are repeated.
    std::pair<Indices, Indices> sorted();
    void addAll(const Indices& indices, std::size_t threads);
    void work(const Indices& indices, std::atomic<std::size_t>& next);
    void addOne(std::size_t index);
    void settle(std::size_t index, AddResult result);
    void fail(std::size_t index, const PorchRequest& request, const HttpResponse& response);
    [[noreturn]] void interrupt(const QueueError& error);

    PorchExchange& _exchange;
    const Pipeline& _pipeline;
    const std::vector<std::string>& _inputs;
    std::atomic<bool> _stopped{};
    std::mutex _mutex; ///< of all that follows
    std::vector<std::optional<AddResult>> _results;
    std::map<std::size_t, std::string> _failed; ///< by index: what porch answered
    int _failedInARow{};
    int _settled{};
    std::exception_ptr _error;
};

} // namespace notifyhost::queue
