#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::ont {

/// Takes the next character off a text. Shape: text is valid UTF-8 and not empty.
char32_t takeCharacter(std::string_view& text);

/// The offset of the first octet that is not UTF-8; nothing where all is. Source: RFC 3629.
std::optional<std::size_t> findInvalidUtf8(std::string_view text);

/// Whether a text holds a surrogate, which no character is: JSON's \u escapes can make one.
bool holdsSurrogate(std::string_view text);

/// The value 0 to 9 of a decimal digit of any script (Unicode category Nd); nothing for another
/// character. Source: Unicode 14.0.
std::optional<int> decimalDigit(char32_t character);

/// Whether a character is a blank in Python's sense (str.isspace).
bool isBlank(char32_t character);

/// Whether a text has characters and all of them are blanks.
bool isOnlyBlanks(std::string_view text);

/// A text between quotes for a message, cut after about 80 octets.
std::string inQuotes(std::string_view text);

} // namespace notifyhost::ont
