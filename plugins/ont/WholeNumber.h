#pragma once

#include <string>
#include <string_view>

namespace notifyhost::ont {

/// How a text reads as a whole number.
enum class Reading { number, tooBig, none };

struct WholeNumber {
    Reading reading{Reading::none};
    int value{}; ///< for Reading::number; within -1,000,000 and 1,000,000
};

/// Reads a whole number the way the Python tools do (int()): blanks around it, a sign, leading
/// zeros, single underscores between digits and digits of every script are fine; a decimal point
/// is not. Shape: text is valid UTF-8.
WholeNumber readWholeNumber(std::string_view text);

/// What a JSON number becomes where a text is expected, as Python's str() writes it: 3 stays "3",
/// 3.0 stays "3.0", 1e5 becomes "100000.0". Shape: number is a JSON number as written.
std::string numberAsText(std::string_view number);

} // namespace notifyhost::ont
