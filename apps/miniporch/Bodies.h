#pragma once

#include "Answers.h"
#include "queue/TaskQueue.h"
#include "json/Json.h"

#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::miniporch {

/// A Pipeline as it came: any member may be absent or null.
struct PipelineBody {
    std::optional<std::string> name;
    std::optional<std::string> uri;
    std::optional<std::string> version;

    /// The texts, with empty ones for what is absent.
    queue::Pipeline pipeline() const;
};

/// A Task as it came.
struct TaskBody {
    PipelineBody pipeline;
    std::string digest;    ///< of the input
    std::string_view text; ///< of the input, exactly as it stands in the request
    queue::TaskStatus status{};
};

/// Both read what was parsed from the request's body.
/// Errors: Refusal with status 422 that names everything that is wrong.
/// Source: porch's REST contract, section "Objects".
PipelineBody readPipelineBody(const json::Value& body);
TaskBody readTaskBody(const json::Value& body, std::string_view source);

/// As they stand in answers.
std::string toJson(const queue::Pipeline& pipeline);
std::string toJson(const queue::QueuedTask& task);

} // namespace notifyhost::miniporch
