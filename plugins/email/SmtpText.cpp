#include "SmtpText.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace notifyhost::email {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";

struct CodePoint {
    char32_t value{};
    std::size_t length{}; ///< octets; 0: not UTF-8
};

/// The code point at the beginning of a non-empty text. Source: Unicode, table 3-7.
CodePoint firstCodePoint(std::string_view text)
{
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = octet(0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return {};
    }
    char32_t value = lead & (0xFFU >> (length + 1));
    for (std::size_t at = 1; at < length; ++at) {
        if ((octet(at) & 0xC0) != 0x80) {
            return {};
        }
        value = (value << 6) | (octet(at) & 0x3FU);
    }
    const bool tooShort = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return tooShort || surrogate || value > 0x10FFFF ? CodePoint{} : CodePoint{value, length};
}

/// What could pass for a line end, or turn a line around.
bool isTreacherous(char32_t value)
{
    return value < 0x20 || (value >= 0x7F && value <= 0x9F) ||
           (value >= 0x200E && value <= 0x200F) || (value >= 0x2028 && value <= 0x202E) ||
           (value >= 0x2066 && value <= 0x2069) || value == 0xFEFF;
}

std::string hexOctet(unsigned char octet)
{
    return {kHex[octet >> 4], kHex[octet & 0xF]};
}

std::string escaped(char32_t value)
{
    if (value < 0x80) {
        return "\\x" + hexOctet(static_cast<unsigned char>(value));
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
    while (!octets.empty()) {
        const CodePoint point = firstCodePoint(octets);
        const std::size_t length = std::max<std::size_t>(point.length, 1);
        std::string piece{octets.substr(0, length)};
        if (point.length == 0) {
            piece = "\\x" + hexOctet(static_cast<unsigned char>(octets.front()));
        } else if (isTreacherous(point.value)) {
            piece = escaped(point.value);
        }
        if (result.size() + piece.size() > limit) {
            return result + "…";
        }
        result += piece;
        octets.remove_prefix(length);
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

std::string withoutFinalDot(std::string_view host)
{
    return std::string(host.substr(0, host.size() - (host.ends_with('.') ? 1 : 0)));
}

std::string upperCase(std::string_view text)
{
    std::string result{text};
    for (char& letter : result) {
        if (letter >= 'a' && letter <= 'z') {
            letter = static_cast<char>(letter - 'a' + 'A');
        }
    }
    return result;
}

} // namespace notifyhost::email
