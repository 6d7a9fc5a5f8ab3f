#pragma once

#include <string>
#include <string_view>

namespace notifyhost::pacbio {

/// A text from outside as part of a message: on one line, and cut after about 160 octets.
/// Shape: text is valid UTF-8.
std::string shownText(std::string_view text);

} // namespace notifyhost::pacbio
