#pragma once

#include <notifyhost/Services.h>

#include <string>
#include <string_view>

namespace notifyhost::net {

/// The first line of a text that is not blank, at most 200 octets, fit for a message: valid UTF-8
/// without control characters.
std::string firstLine(std::string_view text);

/// An answer in one line: "502 Bad Gateway: <html>" or "204 No Content, without a body".
std::string answerText(const HttpResponse& response);

} // namespace notifyhost::net
