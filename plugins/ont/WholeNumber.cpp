#include "WholeNumber.h"

#include "Unicode.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>

namespace notifyhost::ont {

namespace {

constexpr int kBiggest = 1'000'000;

std::string_view withoutLeadingBlanks(std::string_view text)
{
    while (!text.empty()) {
        std::string_view rest = text;
        if (!isBlank(takeCharacter(rest))) {
            break;
        }
        text = rest;
    }
    return text;
}

/// Digits and single underscores between them; the rest of the text may hold blanks only.
WholeNumber readDigits(std::string_view text)
{
    int value = 0;
    bool tooBig = false;
    bool afterDigit = false;
    while (!text.empty()) {
        std::string_view rest = text;
        const char32_t character = takeCharacter(rest);
        if (character == U'_' && afterDigit) {
            afterDigit = false;
        } else if (const std::optional<int> digit = decimalDigit(character)) {
            tooBig = tooBig || value > kBiggest / 10;
            value = tooBig ? 0 : value * 10 + *digit;
            afterDigit = true;
        } else {
            break;
        }
        text = rest;
    }
    const bool complete = afterDigit && (text.empty() || isOnlyBlanks(text));
    if (!complete) {
        return {};
    }
    return tooBig ? WholeNumber{Reading::tooBig, 0} : WholeNumber{Reading::number, value};
}

} // namespace

WholeNumber readWholeNumber(std::string_view text)
{
    text = withoutLeadingBlanks(text);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    WholeNumber result = readDigits(text);
    result.value = negative ? -result.value : result.value;
    return result;
}

std::string numberAsText(std::string_view number)
{
    if (number.find_first_of(".eE") == std::string_view::npos) {
        return std::string(number == "-0" ? "0" : number);
    }
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (read.ec == std::errc::result_out_of_range) {
        value = number.starts_with('-') ? -0.0 : 0.0;
    }
    const double magnitude = std::fabs(value);
    const bool plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
    std::array<char, 64> buffer{};
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                      plain ? std::chars_format::fixed : std::chars_format::scientific);
    std::string result(buffer.data(), written.ptr);
    if (plain && result.find('.') == std::string::npos) {
        result += ".0";
    }
    return result;
}

} // namespace notifyhost::ont
