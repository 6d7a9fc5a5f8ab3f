#include "storage/Statement.h"

#include <cerrno>
#include <utility>

#include <sqlite3.h>

namespace notifyhost::storage {

namespace {

/// SQLite takes a null pointer for NULL, and an empty view may hold one.
const char* dataOf(std::string_view text)
{
    return text.empty() ? "" : text.data();
}

} // namespace

Statement::Statement(sqlite3* connection, std::string_view sql, Fail fail) : _fail(std::move(fail))
{
    const char* rest = nullptr;
    check(sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                             SQLITE_PREPARE_PERSISTENT, &_statement, &rest),
          Doing::preparing);
    _length = static_cast<std::size_t>(rest - sql.data());
}

Statement::~Statement()
{
    sqlite3_finalize(_statement);
}

Statement& Statement::bind(int index, std::string_view text)
{
    return check(sqlite3_bind_text64(_statement, index, dataOf(text), text.size(), SQLITE_TRANSIENT,
                                     SQLITE_UTF8),
                 Doing::binding);
}

Statement& Statement::bindBlob(int index, std::string_view octets)
{
    return check(
        sqlite3_bind_blob64(_statement, index, dataOf(octets), octets.size(), SQLITE_TRANSIENT),
        Doing::binding);
}

Statement& Statement::bind(int index, std::int64_t number)
{
    return check(sqlite3_bind_int64(_statement, index, number), Doing::binding);
}

Statement& Statement::bindNull(int index)
{
    return check(sqlite3_bind_null(_statement, index), Doing::binding);
}

bool Statement::step()
{
    errno = 0;
    const int code = sqlite3_step(_statement);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        // The message belongs to the connection: keep it before the reset replaces it.
        try {
            _fail(Doing::running, code);
        } catch (...) {
            sqlite3_reset(_statement);
            throw;
        }
    }
    sqlite3_reset(_statement);
    return false;
}

void Statement::reset()
{
    sqlite3_reset(_statement);
    sqlite3_clear_bindings(_statement);
}

bool Statement::isNull(int column) const
{
    return sqlite3_column_type(_statement, column) == SQLITE_NULL;
}

std::string Statement::text(int column) const
{
    const auto* octets = static_cast<const char*>(sqlite3_column_blob(_statement, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(_statement, column));
    return octets == nullptr ? std::string() : std::string(octets, size);
}

std::int64_t Statement::integer(int column) const
{
    return sqlite3_column_int64(_statement, column);
}

Row Statement::row() const
{
    Row row(static_cast<std::size_t>(sqlite3_column_count(_statement)));
    for (std::size_t index = 0; index < row.size(); ++index) {
        const int column = static_cast<int>(index);
        if (!isNull(column)) {
            row[index] = text(column);
        }
    }
    return row;
}

bool Statement::isReading() const
{
    return sqlite3_stmt_readonly(_statement) != 0 && sqlite3_column_count(_statement) != 0;
}

std::size_t Statement::parameters() const
{
    return static_cast<std::size_t>(sqlite3_bind_parameter_count(_statement));
}

Statement& Statement::check(int code, Doing doing)
{
    if (code != SQLITE_OK) {
        _fail(doing, code);
    }
    return *this;
}

} // namespace notifyhost::storage
