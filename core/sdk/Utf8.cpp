#include "Utf8.h"

namespace notifyhost::mime {

namespace {

unsigned octetAt(std::string_view text, std::size_t offset)
{
    return static_cast<unsigned char>(text[offset]);
}

/// The length a first octet announces and the bits it brings; length 0: it is no first octet.
Character announced(unsigned first)
{
    if (first < 0x80) {
        return {first, 1};
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return {first & 0x1FU, 2};
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return {first & 0x0FU, 3};
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return {first & 0x07U, 4};
    }
    return {};
}

bool isAllowed(const Character& character)
{
    switch (character.length) {
    case 3:
        return character.value >= 0x800 && (character.value < 0xD800 || character.value > 0xDFFF);
    case 4:
        return character.value >= 0x10000 && character.value <= 0x10FFFF;
    default:
        return character.length > 0;
    }
}

} // namespace

std::optional<Character> characterAt(std::string_view text, std::size_t offset)
{
    Character character = announced(octetAt(text, offset));
    if (character.length > text.size() - offset) {
        return std::nullopt;
    }
    for (std::size_t index = 1; index < character.length; ++index) {
        const unsigned octet = octetAt(text, offset + index);
        if ((octet & 0xC0U) != 0x80U) {
            return std::nullopt;
        }
        character.value = (character.value << 6) | (octet & 0x3FU);
    }
    return isAllowed(character) ? std::optional(character) : std::nullopt;
}

std::optional<std::size_t> firstInvalidOctet(std::string_view text)
{
    for (std::size_t offset = 0; offset < text.size();) {
        const auto character = characterAt(text, offset);
        if (!character) {
            return offset;
        }
        offset += character->length;
    }
    return std::nullopt;
}

} // namespace notifyhost::mime
