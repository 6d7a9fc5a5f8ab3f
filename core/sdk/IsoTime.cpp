#include <notifyhost/IsoTime.h>

#include <cctype>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

using std::chrono::system_clock;

/// What a clock of 64 bits can count in nanoseconds.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;
constexpr int kMostDigits = 9;

/// Takes a text apart from its beginning.
class Reader {
public:
    explicit Reader(std::string_view text) : _rest(text) {}

    bool atEnd() const { return _rest.empty(); }

    bool skip(char wanted)
    {
        const bool found = !_rest.empty() && _rest.front() == wanted;
        _rest.remove_prefix(found ? 1 : 0);
        return found;
    }

    /// So many digits, of at most this value.
    std::optional<int> number(std::size_t digits, int most)
    {
        int value = 0;
        for (std::size_t index = 0; index < digits; ++index) {
            if (!isDigit(index)) {
                return std::nullopt;
            }
            value = value * 10 + (_rest[index] - '0');
        }
        _rest.remove_prefix(digits);
        return value <= most ? std::optional(value) : std::nullopt;
    }

    /// Any number of digits after a decimal point; what is finer than a nanosecond does not count.
    std::optional<std::chrono::nanoseconds> fraction()
    {
        long long value = 0;
        std::size_t digits = 0;
        while (isDigit(digits)) {
            value = digits < kMostDigits ? value * 10 + (_rest[digits] - '0') : value;
            ++digits;
        }
        _rest.remove_prefix(digits);
        for (std::size_t index = digits; index < kMostDigits; ++index) {
            value *= 10;
        }
        return digits > 0 ? std::optional(std::chrono::nanoseconds{value}) : std::nullopt;
    }

private:
    bool isDigit(std::size_t index) const
    {
        return index < _rest.size() && std::isdigit(static_cast<unsigned char>(_rest[index])) != 0;
    }

    std::string_view _rest;
};

std::optional<std::chrono::sys_days> readDay(Reader& reader)
{
    const auto year = reader.number(4, kLastYear);
    if (!year || *year < kFirstYear || !reader.skip('-')) {
        return std::nullopt;
    }
    const auto month = reader.number(2, 12);
    if (!month || !reader.skip('-')) {
        return std::nullopt;
    }
    const auto day = reader.number(2, 31);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    return date.ok() ? std::optional(std::chrono::sys_days{date}) : std::nullopt;
}

std::optional<std::chrono::nanoseconds> readTimeOfDay(Reader& reader)
{
    const auto hour = reader.number(2, 23);
    if (!hour || !reader.skip(':')) {
        return std::nullopt;
    }
    const auto minute = reader.number(2, 59);
    if (!minute) {
        return std::nullopt;
    }
    std::chrono::nanoseconds time = std::chrono::hours{*hour} + std::chrono::minutes{*minute};
    if (!reader.skip(':')) {
        return time;
    }
    const auto second = reader.number(2, 60);
    if (!second) {
        return std::nullopt;
    }
    time += std::chrono::seconds{*second};
    if (!reader.skip('.') && !reader.skip(',')) {
        return time;
    }
    const auto fraction = reader.fraction();
    return fraction ? std::optional(time + *fraction) : std::nullopt;
}

/// How far the zone is ahead of UTC.
std::optional<std::chrono::minutes> readZone(Reader& reader)
{
    if (reader.atEnd() || reader.skip('Z')) {
        return std::chrono::minutes{0};
    }
    const bool behind = reader.skip('-');
    if (!behind && !reader.skip('+')) {
        return std::nullopt;
    }
    const auto hours = reader.number(2, 23);
    if (!hours) {
        return std::nullopt;
    }
    std::chrono::minutes ahead = std::chrono::hours{*hours};
    if (reader.skip(':') || !reader.atEnd()) {
        const auto minutes = reader.number(2, 59);
        if (!minutes) {
            return std::nullopt;
        }
        ahead += std::chrono::minutes{*minutes};
    }
    return behind ? -ahead : ahead;
}

} // namespace

std::optional<system_clock::time_point> readIsoTime(std::string_view text)
{
    Reader reader(text);
    const auto day = readDay(reader);
    if (!day || !(reader.skip('T') || reader.skip(' '))) {
        return std::nullopt;
    }
    const auto time = readTimeOfDay(reader);
    if (!time) {
        return std::nullopt;
    }
    const auto zone = readZone(reader);
    if (!zone || !reader.atEnd()) {
        return std::nullopt;
    }
    return system_clock::time_point(*day) +
           std::chrono::duration_cast<system_clock::duration>(*time - *zone);
}

NOTIFYHOST_NAMESPACE_END
