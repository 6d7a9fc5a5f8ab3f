#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace notifyhost::storage {

using Value = std::optional<std::string>; ///< NULL, or text or octets
using Row = std::vector<Value>;

/// A prepared statement, reused within a connection, which outlives it. Parameters are bound from 1
/// up.
/// Errors: what its connection throws for a failure.
class Statement {
public:
    enum class Doing { preparing, binding, running };
    /// Throws: only the connection knows its file and what to advise.
    using Fail = std::function<void(Doing doing, int code)>;

    Statement(sqlite3* connection, std::string_view sql, Fail fail);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int index, std::string_view text);
    Statement& bindBlob(int index, std::string_view octets);
    Statement& bind(int index, std::int64_t number);
    Statement& bindNull(int index);
    /// Steps to the next row; false at the end, where it also resets itself.
    bool step();
    void reset();
    bool isNull(int column) const;
    std::string text(int column) const; ///< also octets
    std::int64_t integer(int column) const;
    Row row() const; ///< every column as text

    bool isReading() const; ///< changes nothing and yields rows
    std::size_t parameters() const;
    std::size_t length() const { return _length; } ///< of its SQL; another statement may follow

private:
    Statement& check(int code, Doing doing);

    const Fail _fail;
    sqlite3_stmt* _statement{};
    std::size_t _length{};
};

} // namespace notifyhost::storage
