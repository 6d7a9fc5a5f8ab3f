#include "queue/TaskQueue.h"

#include <algorithm>
#include <array>

namespace notifyhost::queue {

namespace {

/// In the order of TaskStatus.
constexpr std::array<std::string_view, 6> kWords{"PENDING", "CLAIMED", "RUNNING",
                                                 "DONE",    "FAILED",  "CANCELLED"};

} // namespace

std::string_view toText(TaskStatus status)
{
    return kWords.at(static_cast<std::size_t>(status));
}

std::optional<TaskStatus> statusFromText(std::string_view text)
{
    const auto* const word = std::find(kWords.begin(), kWords.end(), text);
    if (word == kWords.end()) {
        return std::nullopt;
    }
    return static_cast<TaskStatus>(word - kWords.begin());
}

std::optional<std::int64_t> TaskQueue::countDone(const Pipeline&)
{
    return std::nullopt;
}

std::vector<Trial> TaskQueue::tryOut(const Pipeline& pipeline)
{
    try {
        return {{"tasks", std::nullopt,
                 std::to_string(list(pipeline, TaskStatus::pending).size()) + " wait"}};
    } catch (const QueueError& error) {
        return {{"tasks", error.kind(), error.what()}};
    }
}

} // namespace notifyhost::queue
