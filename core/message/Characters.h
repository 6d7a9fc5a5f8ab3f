#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::message {

/// The number of characters of a UTF-8 text; an octet that does not belong to UTF-8 counts as one.
std::size_t countCodePoints(std::string_view text);

/// The text with U+FFFD in place of every character that moves the cursor, ends a line or turns
/// the direction of what follows, and of every octet that is not UTF-8: foreign text must not pass
/// for lines of ours. Nothing where that changes nothing.
std::optional<std::string> withoutControls(std::string_view text);

} // namespace notifyhost::message
