#pragma once

#include "message/Form.h"

#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::message {

/// An expanded template carries control characters, which neither files nor printed facts hold.
constexpr char kPlaceMark = '\x1F'; ///< between a name and the number of its place
constexpr char kEdgeMark = '\x02';  ///< beside sections and partials: kainjow drops a line that
                                    ///< holds sections and blanks alone, we keep it

/// The mark in whose place {{#leftN}} or {{#rightN}} stands; nothing for another name and for an N
/// outside 1 to 999.
std::optional<std::string> paddingMark(std::string_view name);

/// The mark for the end of the innermost padding.
std::string paddingEnd();

/// A rendered text with its paddings done and without marks. In HTML an escaped character counts
/// as one.
std::string settleMarks(std::string_view rendered, Form form);

} // namespace notifyhost::message
