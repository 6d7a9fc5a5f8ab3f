#include "SmtpText.h"

#include <notifyhost/Shown.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace notifyhost::email {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

std::string hexOctet(char32_t octet)
{
    return {kHex[(octet >> 4) & 0xF], kHex[octet & 0xF]};
}

std::string escaped(char32_t value)
{
    if (value < 0x80) {
        return "\\x" + hexOctet(value);
    }
    std::string digits;
    for (auto rest = static_cast<std::uint32_t>(value); rest != 0; rest >>= 4) {
        digits.insert(digits.begin(), kHex[rest & 0xF]);
    }
    return "\\u{" + digits + "}";
}

} // namespace

std::string oneLine(std::string_view octets, std::size_t limit)
{
    std::string result;
    for (std::size_t offset = 0; offset < octets.size();) {
        const TextPiece piece = pieceAt(octets, offset);
        const std::string shown = piece.hidden == nullptr ? std::string(piece.octets)
                                  : piece.isUtf8          ? escaped(piece.value)
                                                          : "\\x" + hexOctet(piece.value);
        if (result.size() + shown.size() > limit) {
            return result + "…";
        }
        result += shown;
        offset += piece.octets.size();
    }
    return result;
}

bool hasEightBit(std::string_view octets)
{
    return std::any_of(octets.begin(), octets.end(),
                       [](char octet) { return (static_cast<unsigned char>(octet) & 0x80) != 0; });
}

std::string xtext(std::string_view octets)
{
    std::string result;
    for (const char octet : octets) {
        if (octet > 0x20 && octet < 0x7F && octet != '+' && octet != '=') {
            result += octet;
        } else {
            result += "+" + hexOctet(static_cast<unsigned char>(octet));
        }
    }
    return result;
}

std::string base64(std::string_view octets)
{
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    for (std::size_t at = 0; at < octets.size(); at += 3) {
        std::array<std::uint32_t, 3> group{};
        const std::size_t count = std::min<std::size_t>(3, octets.size() - at);
        for (std::size_t index = 0; index < count; ++index) {
            group[index] = static_cast<unsigned char>(octets[at + index]);
        }
        const std::uint32_t bits = (group[0] << 16) | (group[1] << 8) | group[2];
        result += kDigits[(bits >> 18) & 63];
        result += kDigits[(bits >> 12) & 63];
        result += count > 1 ? kDigits[(bits >> 6) & 63] : '=';
        result += count > 2 ? kDigits[bits & 63] : '=';
    }
    return result;
}

std::string inSeconds(std::chrono::milliseconds time)
{
    std::string result = std::to_string(time.count() / 1000);
    if (const auto rest = time.count() % 1000; rest != 0) {
        std::string fraction = std::to_string(1000 + rest).substr(1);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        result += "." + fraction;
    }
    return result + " s";
}

} // namespace notifyhost::email
