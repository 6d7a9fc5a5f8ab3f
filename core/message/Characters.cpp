#include "message/Characters.h"

#include "sdk/Utf8.h"

#include <algorithm>

namespace notifyhost::message {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool isPlain(char character)
{
    return character >= 0x20 && character < 0x7F;
}

/// Controls of ASCII and of U+0080 to U+009F, separators of lines and paragraphs, marks that turn
/// the direction of writing.
bool isControl(char32_t value)
{
    return value < 0x20 || (value >= 0x7F && value < 0xA0) ||
           (value >= 0x2028 && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
}

} // namespace

std::size_t countCodePoints(std::string_view text)
{
    std::size_t count = 0;
    for (std::size_t offset = 0; offset < text.size(); ++count) {
        const auto character = mime::characterAt(text, offset);
        offset += character ? character->length : 1;
    }
    return count;
}

std::optional<std::string> withoutControls(std::string_view text)
{
    if (std::all_of(text.begin(), text.end(), isPlain)) {
        return std::nullopt;
    }
    std::string result;
    bool changed = false;
    for (std::size_t offset = 0; offset < text.size();) {
        const auto character = mime::characterAt(text, offset);
        const std::size_t length = character ? character->length : 1;
        const bool keep = character && !isControl(character->value);
        result += keep ? text.substr(offset, length) : kReplacement;
        changed = changed || !keep;
        offset += length;
    }
    return changed ? std::optional(std::move(result)) : std::nullopt;
}

} // namespace notifyhost::message
