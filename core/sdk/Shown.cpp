#include <notifyhost/Shown.h>

#include "Utf8.h"

#include <algorithm>
#include <iterator>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

struct Range {
    char32_t first;
    char32_t last;
    const char* what;
};

constexpr const char* kControl = "a control character";
constexpr const char* kSeparator = "a separator of lines";
constexpr const char* kDirection = "a mark of direction";
constexpr const char* kUnseen = "a character that takes no room";
constexpr const char* kTag = "a tag";

constexpr Range kHidden[] = {
    {0x0000, 0x001F, kControl},   {0x007F, 0x009F, kControl},   {0x00AD, 0x00AD, kUnseen},
    {0x061C, 0x061C, kDirection}, {0x180E, 0x180E, kUnseen},    {0x200B, 0x200D, kUnseen},
    {0x200E, 0x200F, kDirection}, {0x2028, 0x2029, kSeparator}, {0x202A, 0x202E, kDirection},
    {0x2060, 0x2065, kUnseen},    {0x2066, 0x206F, kDirection}, {0xFEFF, 0xFEFF, kUnseen},
    {0xFFF9, 0xFFFB, kUnseen},    {0xE0000, 0xE007F, kTag},
};

/// Blocks of scripts in which U+200C and U+200D choose the form of a letter.
/// Source: Unicode 14.0, chapters 9, 12, 13, 16 and 19.
constexpr Range kJoining[] = {
    {0x0600, 0x077F, "Arabic, Syriac"},
    {0x07C0, 0x07FF, "N'Ko"},
    {0x0840, 0x08FF, "Mandaic, Syriac, Arabic"},
    {0x0900, 0x0DFF, "Devanagari to Sinhala"},
    {0x0F00, 0x109F, "Tibetan, Myanmar"},
    {0x1700, 0x18AF, "Philippine scripts, Khmer, Mongolian"},
    {0x1A20, 0x1AAF, "Tai Tham"},
    {0x1B00, 0x1C4F, "Balinese to Lepcha"},
    {0x1CD0, 0x1CFF, "Vedic"},
    {0xA800, 0xA82F, "Syloti Nagri"},
    {0xA840, 0xA8FF, "Phags-pa, Saurashtra, Devanagari"},
    {0xA980, 0xA9FF, "Javanese, Myanmar"},
    {0xAA00, 0xAA7F, "Cham, Myanmar"},
    {0xAAE0, 0xAAFF, "Meetei Mayek"},
    {0xABC0, 0xABFF, "Meetei Mayek"},
    {0xFB50, 0xFDFF, "Arabic"},
    {0xFE70, 0xFEFE, "Arabic"},
    {0x11000, 0x11FFF, "Brahmi to Tamil"},
    {0x1E900, 0x1E95F, "Adlam"},
};

const Range* find(const Range* begin, const Range* end, char32_t value)
{
    const auto* found = std::lower_bound(
        begin, end, value, [](const Range& range, char32_t sought) { return range.last < sought; });
    return found != end && found->first <= value ? found : nullptr;
}

const char* hiddenAs(char32_t value)
{
    const Range* range = find(std::begin(kHidden), std::end(kHidden), value);
    return range == nullptr ? nullptr : range->what;
}

bool isJoining(char32_t value)
{
    return hiddenAs(value) == nullptr &&
           find(std::begin(kJoining), std::end(kJoining), value) != nullptr;
}

/// Whether the character that ends before an offset is of a script that joins.
bool followsJoining(std::string_view text, std::size_t offset)
{
    constexpr std::size_t kLongest = 4;
    for (std::size_t length = 1; length <= std::min(kLongest, offset); ++length) {
        const auto before = mime::characterAt(text, offset - length);
        if (before && before->length == length) {
            return isJoining(before->value);
        }
    }
    return false;
}

bool isNeeded(std::string_view text, std::size_t offset, const mime::Character& joiner)
{
    constexpr char32_t kNonJoiner = 0x200C;
    constexpr char32_t kJoiner = 0x200D;
    if ((joiner.value != kNonJoiner && joiner.value != kJoiner) || !followsJoining(text, offset)) {
        return false;
    }
    const std::size_t next = offset + joiner.length;
    const auto after = next < text.size() ? mime::characterAt(text, next) : std::nullopt;
    return joiner.value == kJoiner || (after && isJoining(after->value));
}

} // namespace

TextPiece pieceAt(std::string_view text, std::size_t offset)
{
    const auto character = mime::characterAt(text, offset);
    if (!character) {
        return {text.substr(offset, 1), static_cast<unsigned char>(text[offset]), false,
                "an octet that is not UTF-8"};
    }
    const char* hidden = hiddenAs(character->value);
    return {text.substr(offset, character->length), character->value, true,
            hidden != nullptr && isNeeded(text, offset, *character) ? nullptr : hidden};
}

NOTIFYHOST_NAMESPACE_END
