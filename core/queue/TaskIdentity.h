#pragma once

#include "json/Json.h"

#include <string>
#include <string_view>

namespace notifyhost::queue {

/// The text a task input's identity is made from: porch's canonical JSON (keys sorted by code
/// point, no blanks, slashes escaped, ASCII only, numbers by kind). Errors: json::JsonError naming
/// the offset for text that is not one complete JSON object. Threads: any. Source: porch's REST
/// contract, section "Identity of a task".
std::string canonicalInput(std::string_view inputText);

/// task_input_id: SHA-256 of canonicalInput(), 64 lower-case hex digits.
std::string taskInputId(std::string_view inputText);

/// The same for an input that was parsed already.
std::string taskInputId(const json::Value& input);

} // namespace notifyhost::queue
