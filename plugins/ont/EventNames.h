#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::ont {

/// The display text of an event given by name or by display text; another text as it is.
std::string displayText(std::string_view event);

/// What is wrong with an event text, with a suggestion; nothing where it is one of the five names
/// or five display texts.
std::optional<std::string> eventProblem(std::string_view event);

} // namespace notifyhost::ont
