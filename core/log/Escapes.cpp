#include "log/Logger.h"

namespace notifyhost::log {

namespace {

/// Length of the well-formed UTF-8 character at the beginning of text; 0: there is none.
/// Source: RFC 3629 section 4.
std::size_t characterLength(std::string_view text)
{
    const auto octet = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const auto follows = [&](std::size_t at, unsigned low, unsigned high) {
        return octet(at) >= low && octet(at) <= high;
    };
    const unsigned first = octet(0);
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return follows(1, 0x80, 0xBF) ? 2 : 0;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
    }
    return 0;
}

/// Control characters, also those of U+0080 to U+009F that some terminals obey; line and paragraph
/// separators; marks that turn the reading direction.
bool isHarmful(std::string_view character)
{
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
    switch (character.size()) {
    case 1:
        return octet(0) < 0x20 || octet(0) == 0x7F;
    case 2:
        return octet(0) == 0xC2 && octet(1) < 0xA0;
    case 3:
        return octet(0) == 0xE2 && ((octet(1) == 0x80 && octet(2) >= 0xA8 && octet(2) <= 0xAE) ||
                                    (octet(1) == 0x81 && octet(2) >= 0xA6 && octet(2) <= 0xA9));
    default:
        return false;
    }
}

void escapeOctet(std::string& result, char octet)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    switch (octet) {
    case '\n':
        result += "\\n";
        return;
    case '\r':
        result += "\\r";
        return;
    case '\t':
        result += "\\t";
        return;
    default:
        const auto value = static_cast<unsigned char>(octet);
        result.append("\\x").append(1, kHex[value >> 4U]).append(1, kHex[value & 15U]);
    }
}

} // namespace

std::string escapeControls(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = characterLength(text);
        const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
        if (length > 0 && !isHarmful(character)) {
            result += character;
        } else {
            for (const char octet : character) {
                escapeOctet(result, octet);
            }
        }
        text.remove_prefix(character.size());
    }
    return result;
}

} // namespace notifyhost::log
