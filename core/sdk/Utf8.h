#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace notifyhost::mime {

struct Character {
    char32_t value{};
    std::size_t length{}; ///< octets
};

/// The character that begins at an offset inside the text; nothing where that is not UTF-8.
/// Source: RFC 3629, so neither overlong forms nor surrogates.
std::optional<Character> characterAt(std::string_view text, std::size_t offset);

/// Where the text stops being UTF-8; nothing where it is UTF-8 throughout.
std::optional<std::size_t> firstInvalidOctet(std::string_view text);

} // namespace notifyhost::mime
