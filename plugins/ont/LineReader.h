#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <streambuf>
#include <string>
#include <string_view>

namespace notifyhost::ont {

/// Reads lines that end with LF, CR LF or the end of the input, and keeps no more of a line than
/// its limit. An input whose line is far longer than that is given up: it may never end. Takes what
/// the input has ready, so a line is read as soon as it has arrived. Units: limit in octets,
/// without the line end. Errors: what the buffer throws.
class LineReader {
public:
    LineReader(std::streambuf& input, std::size_t limit) : _input(input), _limit(limit) {}

    /// Goes to the next line; false at the end of the input.
    bool next();

    /// The line without its end; valid until next(). Empty where it is too long.
    std::string_view line() const { return _line; }

    bool tooLong() const { return _tooLong; }

    /// Whether the line was given up: next() finds no more.
    bool endless() const { return _endless; }

    /// The line's number, from 1.
    std::uint64_t number() const { return _number; }

private:
    static constexpr std::size_t kPatience = 64; ///< so many times the limit

    bool fill();
    void keep(const char* octets, std::size_t count);
    void finish();

    std::streambuf& _input;
    std::size_t _limit;
    std::array<char, 64 * 1024> _buffer{};
    std::size_t _begin{};
    std::size_t _end{};
    std::string _line;
    bool _tooLong{};
    std::size_t _skipped{}; ///< octets of a line that is too long
    bool _endless{};
    std::uint64_t _number{};
};

} // namespace notifyhost::ont
