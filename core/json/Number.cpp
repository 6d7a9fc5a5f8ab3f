#include "json/Number.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace notifyhost::json {

namespace {

/// Beyond any exponent that matters, and far from overflow.
constexpr long long kExponentLimit = 1'000'000'000'000;

bool isDigit(char character)
{
    return character >= '0' && character <= '9';
}

std::size_t digitsFrom(std::string_view text, std::size_t position)
{
    const auto* const end = std::find_if_not(
        text.begin() + static_cast<std::ptrdiff_t>(std::min(position, text.size())), text.end(),
        isDigit);
    return static_cast<std::size_t>(end - text.begin()) - std::min(position, text.size());
}

long long readExponent(std::string_view text)
{
    const bool negative = text.starts_with('-');
    long long exponent = 0;
    for (const char character : text) {
        if (isDigit(character)) {
            exponent = std::min(exponent * 10 + (character - '0'), kExponentLimit);
        }
    }
    return negative ? -exponent : exponent;
}

} // namespace

bool isInteger(std::string_view number)
{
    return number.find_first_of(".eE") == std::string_view::npos;
}

Decimal toDecimal(std::string_view number)
{
    Decimal decimal;
    decimal.negative = number.starts_with('-');
    number.remove_prefix(decimal.negative ? 1 : 0);
    const std::size_t exponentAt = std::min(number.find_first_of("eE"), number.size());
    const std::string_view mantissa = number.substr(0, exponentAt);
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    decimal.digits.assign(mantissa.substr(0, point));
    if (point < mantissa.size()) {
        decimal.digits.append(mantissa.substr(point + 1));
    }
    const std::size_t first = decimal.digits.find_first_not_of('0');
    if (first == std::string::npos) {
        decimal.digits.clear();
        return decimal;
    }
    decimal.digits.erase(0, first);
    decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
    decimal.exponent = static_cast<long long>(point) - 1 - static_cast<long long>(first);
    if (exponentAt < number.size()) {
        decimal.exponent += readExponent(number.substr(exponentAt + 1));
    }
    return decimal;
}

std::optional<double> toDouble(std::string_view number)
{
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc::result_out_of_range) {
        return value;
    }
    const Decimal decimal = toDecimal(number);
    if (decimal.exponent > 0 && !decimal.digits.empty()) {
        return std::nullopt;
    }
    return decimal.negative ? -0.0 : 0.0;
}

Decimal shortestDecimal(double value)
{
    std::array<char, 32> text{};
    const auto [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
    return toDecimal({text.data(), static_cast<std::size_t>(end - text.data())});
}

std::size_t numberLength(std::string_view text)
{
    std::size_t position = text.starts_with('-') ? 1 : 0;
    const std::size_t whole = digitsFrom(text, position);
    if (whole == 0) {
        return 0;
    }
    position += text[position] == '0' ? 1 : whole;
    if (text.substr(position).starts_with('.')) {
        const std::size_t fraction = digitsFrom(text, position + 1);
        position += fraction == 0 ? 0 : fraction + 1;
    }
    if (position < text.size() && (text[position] == 'e' || text[position] == 'E')) {
        const bool sign =
            position + 1 < text.size() && (text[position + 1] == '+' || text[position + 1] == '-');
        const std::size_t start = position + (sign ? 2 : 1);
        const std::size_t exponent = digitsFrom(text, start);
        position = exponent == 0 ? position : start + exponent;
    }
    return position;
}

} // namespace notifyhost::json
