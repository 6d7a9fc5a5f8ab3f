#pragma once

#include <string>
#include <string_view>

namespace notifyhost::mime {

/// The checks that all text passes before it is written into a mail. Each throws
/// std::invalid_argument that begins with `what`, the name of the value for the operator.

/// Text of a body: UTF-8.
void checkText(std::string_view what, std::string_view text);

/// A header value that is going to be encoded: UTF-8 without control characters of ASCII.
void checkHeaderValue(std::string_view what, std::string_view value);

/// A value that stands in the header as it is: also without the control characters and line
/// separators outside ASCII (U+0080 to U+009F, U+2028, U+2029), and of at most 320 octets.
void checkRawValue(std::string_view what, std::string_view value);

/// local@domain, where local may be a quoted string and domain an address literal.
/// Source: RFC 5321 section 4.1.2 and, for the length, 4.5.3.1.1 and 4.5.3.1.2; RFC 6531.
void checkAddress(std::string_view what, std::string_view address);

/// A message's id without its angle brackets, of the same form as an address.
void checkMessageId(std::string_view id);

/// The text with control characters and what is not ASCII as \xNN, for error messages.
std::string escaped(std::string_view text);

} // namespace notifyhost::mime
