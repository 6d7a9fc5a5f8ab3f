#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::json {

/// A decimal number without its way of writing: 0.00120 and 1.2e-3 are the same.
struct Decimal {
    bool negative{};
    std::string digits;   ///< significant ones, no zeros at either end; empty for zero
    long long exponent{}; ///< power of ten of the first digit; 0 for zero

    bool operator==(const Decimal&) const = default;
};

/// All functions take a number in JSON's grammar. Threads: any.

/// Whether it is written without point and exponent.
bool isInteger(std::string_view number);

Decimal toDecimal(std::string_view number);

/// The nearest double; nullopt for a number beyond the largest one. What is too small is zero.
std::optional<double> toDouble(std::string_view number);

/// The shortest decimal that reads back as the same double.
Decimal shortestDecimal(double value);

/// How much of the text's beginning is one number; 0 where it does not begin with one.
std::size_t numberLength(std::string_view text);

} // namespace notifyhost::json
