#pragma once

#include "queue/TaskQueue.h"

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::queue {

/// porch's JSON objects, written and read. Task inputs are carried as their exact text.
/// Errors: json::JsonError for a text that is not what it should be. Threads: any.
/// Source: porch's REST contract, section "Objects".

/// An empty uri or version is null, as porch may have given it.
std::string pipelineJson(const Pipeline& pipeline);

/// Shape: inputText is one complete JSON object and goes out as it is.
std::string taskJson(const Pipeline& pipeline, std::string_view inputText, TaskStatus status);

/// One task. An id that the answer does not have is made from the input.
QueuedTask readTask(std::string_view text);

Pipeline readPipeline(std::string_view text);

/// The exact texts of an array's elements, found by brackets and quotes alone: an element that is
/// no JSON spoils none of the others.
std::vector<std::string_view> elementTexts(std::string_view array);

} // namespace notifyhost::queue
