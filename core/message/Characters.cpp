#include "message/Characters.h"

#include "sdk/Utf8.h"

#include <notifyhost/Shown.h>

#include <algorithm>

namespace notifyhost::message {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool isPlain(char character)
{
    return character >= 0x20 && character < 0x7F;
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
        const TextPiece piece = pieceAt(text, offset);
        const bool keep = piece.hidden == nullptr;
        result += keep ? piece.octets : kReplacement;
        changed = changed || !keep;
        offset += piece.octets.size();
    }
    return changed ? std::optional(std::move(result)) : std::nullopt;
}

} // namespace notifyhost::message
