#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::message {

/// The number of characters of a UTF-8 text; an octet that does not belong to UTF-8 counts as one.
std::size_t countCodePoints(std::string_view text);

/// The text with U+FFFD in place of what must not be shown as it is (see pieceAt()): foreign text
/// must not pass for lines of ours, nor for another text. Nothing where that changes nothing.
std::optional<std::string> withoutControls(std::string_view text);

} // namespace notifyhost::message
