#include "Unicode.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

namespace notifyhost::ont {

namespace {

/// The zeros of the 66 runs of ten decimal digits, in order.
constexpr char32_t kZeros[] = {
    0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,
    0xc66,   0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,
    0x1810,  0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,
    0xa8d0,  0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0,
    0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2,
    0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0};

constexpr std::size_t kShownOctets = 80;

unsigned char octet(std::string_view text, std::size_t at)
{
    return static_cast<unsigned char>(text[at]);
}

/// How many octets the character at `at` takes; 0 where it is not UTF-8.
std::size_t characterLength(std::string_view text, std::size_t at)
{
    const unsigned char lead = octet(text, at);
    if (lead < 0x80) {
        return 1;
    }
    const std::size_t length = lead < 0xC2   ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || text.size() - at < length) {
        return 0;
    }
    for (std::size_t index = 1; index < length; ++index) {
        if ((octet(text, at + index) & 0xC0) != 0x80) {
            return 0;
        }
    }
    const unsigned char second = octet(text, at + 1);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool outside = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
    return overlong || outside ? 0 : length;
}

} // namespace

char32_t takeCharacter(std::string_view& text)
{
    const unsigned char lead = octet(text, 0);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t result = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (std::size_t index = 1; index < length; ++index) {
        result = (result << 6) | (octet(text, index) & 0x3Fu);
    }
    text.remove_prefix(length);
    return result;
}

std::optional<std::size_t> findInvalidUtf8(std::string_view text)
{
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = characterLength(text, at);
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return std::nullopt;
}

bool holdsSurrogate(std::string_view text)
{
    while (const void* found = std::memchr(text.data(), 0xED, text.size())) {
        text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()));
        if (text.size() > 1 && octet(text, 1) >= 0xA0) {
            return true;
        }
        text.remove_prefix(1);
    }
    return false;
}

std::optional<int> decimalDigit(char32_t character)
{
    const auto* next = std::upper_bound(std::begin(kZeros), std::end(kZeros), character);
    if (next == std::begin(kZeros)) {
        return std::nullopt;
    }
    const char32_t distance = character - *std::prev(next);
    return distance < 10 ? std::optional<int>(static_cast<int>(distance)) : std::nullopt;
}

bool isBlank(char32_t character)
{
    return (character >= 0x09 && character <= 0x0D) || (character >= 0x1C && character <= 0x20) ||
           character == 0x85 || character == 0xA0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200A) || character == 0x2028 ||
           character == 0x2029 || character == 0x202F || character == 0x205F || character == 0x3000;
}

bool isOnlyBlanks(std::string_view text)
{
    if (text.empty()) {
        return false;
    }
    while (!text.empty()) {
        if (!isBlank(takeCharacter(text))) {
            return false;
        }
    }
    return true;
}

std::string inQuotes(std::string_view text)
{
    std::size_t length = std::min(text.size(), kShownOctets);
    while (length < text.size() && length > 0 && (octet(text, length) & 0xC0) == 0x80) {
        --length;
    }
    std::string result = "\"";
    result.append(text.substr(0, length));
    return result.append(length < text.size() ? "…\"" : "\"");
}

} // namespace notifyhost::ont
