#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::config {

/// A whole number in decimal digits with an optional sign.
std::optional<std::int64_t> readInteger(std::string_view text);

/// yes/no, true/false, on/off, 1/0 in any letter case.
std::optional<bool> readFlag(std::string_view text);

/// A whole number with a unit: s, m, h or d, with or without a blank between: `5 d`, `6h`.
std::optional<std::chrono::seconds> readDuration(std::string_view text);

/// Without blanks, tabs and line ends at both ends.
std::string_view trimmed(std::string_view text);

/// ASCII letters as small ones.
std::string lowered(std::string_view text);

/// Whether the text is well-formed UTF-8.
bool isUtf8(std::string_view text);

/// Whether it can be the name of a key or section. What cannot is not repeated in messages: it may
/// be a stray line of a private key or a password.
bool isPlainName(std::string_view text);

} // namespace notifyhost::config
