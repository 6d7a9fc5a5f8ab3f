#include "QuotedPrintable.h"

#include <algorithm>

namespace notifyhost::mime {

namespace {

/// Leaves room for the = of a soft line break.
constexpr std::size_t kRoom = 75;

bool standsForItself(char character)
{
    return (character >= ' ' && character <= '~' && character != '=') || character == '\t';
}

bool isBlank(char character)
{
    return character == ' ' || character == '\t';
}

std::string encodedOctet(char character)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(character);
    return {'=', kDigits[octet >> 4], kDigits[octet & 0xF]};
}

/// Appends one line of the text, without its line break.
void appendLine(std::string& result, std::string_view line)
{
    std::size_t used = 0;
    for (std::size_t index = 0; index < line.size(); ++index) {
        const char character = line[index];
        const bool isLast = index + 1 == line.size();
        const auto mustEncode = [&] {
            return !standsForItself(character) || (isLast && isBlank(character)) ||
                   (used == 0 && (character == '.' || line.substr(index, 5) == "From "));
        };
        if (used + (mustEncode() ? 3 : 1) > kRoom) {
            result += "=\r\n";
            used = 0;
        }
        const std::string unit = mustEncode() ? encodedOctet(character) : std::string(1, character);
        result += unit;
        used += unit.size();
    }
}

} // namespace

std::string quotedPrintable(std::string_view text)
{
    std::string result;
    result.reserve(text.size() + text.size() / 8);
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = text.find('\n', begin);
        auto line = text.substr(begin, end - begin);
        if (end == std::string_view::npos) {
            appendLine(result, line);
            break;
        }
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        appendLine(result, line);
        result += "\r\n";
        begin = end + 1;
    }
    return result;
}

} // namespace notifyhost::mime
