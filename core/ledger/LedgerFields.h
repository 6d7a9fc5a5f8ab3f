#pragma once

#include "ledger/Ledger.h"
#include "storage/Database.h"
#include "storage/Digest.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::ledger {

/// Whole milliseconds since the epoch, and back.
inline std::int64_t toNumber(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// A number that no clock can show becomes the farthest time: the row's checksum then tells that it
/// is damaged.
inline WallTime toTime(std::int64_t number)
{
    constexpr std::int64_t kFarthest =
        std::chrono::duration_cast<std::chrono::milliseconds>(WallTime::duration::max()).count();
    return WallTime(std::chrono::milliseconds(std::clamp(number, -kFarthest, kFarthest)));
}

/// A row's columns as one text, joined so that no two different rows give the same.
class Fields {
public:
    Fields& add(std::string_view text)
    {
        _text += std::to_string(text.size());
        _text += ':';
        _text += text;
        return *this;
    }
    Fields& add(std::int64_t number) { return add(std::string_view(std::to_string(number))); }
    Fields& add(WallTime time) { return add(toNumber(time)); }
    Fields& add(const std::optional<WallTime>& time)
    {
        return time ? add(*time) : add(std::string_view("-"));
    }

    /// The row's checksum.
    std::string digest() const { return storage::sha256Hex(_text); }

private:
    std::string _text;
};

/// A statement that is being read, reset at the end whatever happens in between: one left open
/// would keep the whole file from moving on.
class Reading {
public:
    explicit Reading(storage::Statement& statement) : _statement(statement) {}
    ~Reading() { _statement.reset(); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    bool step() { return _statement.step(); }
    std::string text(int column) const { return _statement.text(column); }
    std::int64_t integer(int column) const { return _statement.integer(column); }
    bool isNull(int column) const { return _statement.isNull(column); }
    int number(int column)
    {
        const auto value = _statement.integer(column);
        _strange = _strange || value != static_cast<int>(value);
        return static_cast<int>(value);
    }
    bool flag(int column)
    {
        const auto value = _statement.integer(column);
        _strange = _strange || (value != 0 && value != 1);
        return value == 1;
    }
    /// Whether a value was read that is never written: its row is damaged.
    bool isStrange() const { return _strange; }
    WallTime time(int column) const { return toTime(_statement.integer(column)); }
    std::optional<WallTime> optionalTime(int column) const
    {
        return isNull(column) ? std::nullopt : std::optional(time(column));
    }

private:
    storage::Statement& _statement;
    bool _strange{};
};

/// Binds a time, or NULL.
inline void bindTime(storage::Statement& statement, int index, const std::optional<WallTime>& time)
{
    if (time) {
        statement.bind(index, toNumber(*time));
    } else {
        statement.bindNull(index);
    }
}

} // namespace notifyhost::ledger
