#include "log/Logger.h"

#include <notifyhost/Shown.h>

namespace notifyhost::log {

namespace {

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
    for (std::size_t offset = 0; offset < text.size();) {
        const TextPiece piece = pieceAt(text, offset);
        if (piece.hidden == nullptr) {
            result += piece.octets;
        } else {
            for (const char octet : piece.octets) {
                escapeOctet(result, octet);
            }
        }
        offset += piece.octets.size();
    }
    return result;
}

} // namespace notifyhost::log
