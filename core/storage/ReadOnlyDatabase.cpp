#include "storage/ReadOnlyDatabase.h"

#include <sqlite3.h>

#include <map>
#include <system_error>
#include <utility>

namespace notifyhost::storage {

namespace {

constexpr int kBusyLimitMilliseconds = 10'000;
constexpr std::size_t kStatementsKept = 32;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

struct ResetStatement {
    void operator()(sqlite3_stmt* statement) const
    {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
};

using OwnedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

StorageError::Kind kindOf(int code)
{
    switch (code & 0xFF) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return StorageError::Kind::damaged;
    default:
        return StorageError::Kind::disk;
    }
}

/// SQLite has one error number for all that is wrong with a statement; only the text tells a table
/// that is not there from words that are no SQL.
bool saysSomethingIsMissing(std::string_view message)
{
    return message.starts_with("no such table: ") || message.starts_with("no such column: ");
}

bool isOnlyBlank(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n;") == std::string_view::npos;
}

/// As SQLite reads file names that begin with "file:".
std::string unchangingUri(const std::filesystem::path& file)
{
    std::string uri = "file:";
    for (const char character : file.string()) {
        switch (character) {
        case '%':
            uri += "%25";
            break;
        case '?':
            uri += "%3f";
            break;
        case '#':
            uri += "%23";
            break;
        default:
            uri += character;
        }
    }
    return uri + "?immutable=1";
}

Row currentRow(sqlite3_stmt* statement)
{
    Row row(static_cast<std::size_t>(sqlite3_column_count(statement)));
    for (std::size_t index = 0; index < row.size(); ++index) {
        const int column = static_cast<int>(index);
        if (const auto* text = sqlite3_column_text(statement, column); text != nullptr) {
            row[index].emplace(reinterpret_cast<const char*>(text),
                               static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
        }
    }
    return row;
}

} // namespace

class ReadOnlyDatabase::Connection {
public:
    Connection(const std::filesystem::path& file, Writers writers) : _file(file)
    {
        std::error_code failure;
        if (!std::filesystem::exists(file, failure)) {
            throw StorageError(StorageError::Kind::configuration,
                               file.string() + ": " +
                                   (failure ? failure.message() : "there is no such file"));
        }
        sqlite3* database = nullptr;
        const bool atRest = writers == Writers::atRest;
        const std::string name = atRest ? unchangingUri(file) : file.string();
        const int code = sqlite3_open_v2(
            name.c_str(), &database,
            SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (atRest ? SQLITE_OPEN_URI : 0), nullptr);
        _database.reset(database);
        if (code != SQLITE_OK) {
            fail("opening it", code);
        }
        sqlite3_extended_result_codes(database, 1);
        sqlite3_busy_timeout(database, kBusyLimitMilliseconds);
        // The file is not looked at before the first statement.
        const int probe =
            sqlite3_exec(database, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
        if (probe != SQLITE_OK) {
            fail("opening it", probe);
        }
    }

    std::vector<Row> query(std::string_view sql, const std::vector<std::string>& parameters)
    {
        sqlite3_stmt* statement = prepared(sql);
        bind(statement, sql, parameters);
        const std::unique_ptr<sqlite3_stmt, ResetStatement> resetAtEnd(statement);
        std::vector<Row> rows;
        int code = sqlite3_step(statement);
        for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
            rows.push_back(currentRow(statement));
        }
        if (code != SQLITE_DONE) {
            fail("reading it", code);
        }
        return rows;
    }

private:
    sqlite3_stmt* prepared(std::string_view sql)
    {
        if (const auto known = _statements.find(sql); known != _statements.end()) {
            return known->second.get();
        }
        OwnedStatement statement = prepare(sql);
        if (_statements.size() >= kStatementsKept) {
            _statements.clear();
        }
        return _statements.emplace(std::string(sql), std::move(statement)).first->second.get();
    }

    OwnedStatement prepare(std::string_view sql)
    {
        sqlite3_stmt* raw = nullptr;
        const char* rest = nullptr;
        const int code =
            sqlite3_prepare_v3(_database.get(), sql.data(), static_cast<int>(sql.size()),
                               SQLITE_PREPARE_PERSISTENT, &raw, &rest);
        OwnedStatement statement(raw);
        if (code == SQLITE_ERROR) {
            const std::string message = sqlite3_errmsg(_database.get());
            if (saysSomethingIsMissing(message)) {
                throw StorageError(StorageError::Kind::configuration,
                                   _file.string() + ": " + message);
            }
            throw SqlError(message + " in: " + std::string(sql));
        }
        if (code != SQLITE_OK) {
            fail("preparing a query", code);
        }
        if (raw == nullptr || sqlite3_stmt_readonly(raw) == 0 || sqlite3_column_count(raw) == 0 ||
            !isOnlyBlank(sql.substr(static_cast<std::size_t>(rest - sql.data()))))
        {
            throw SqlError("not one SELECT statement: " + std::string(sql));
        }
        return statement;
    }

    static void bind(sqlite3_stmt* statement, std::string_view sql,
                     const std::vector<std::string>& parameters)
    {
        const auto wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
        if (wanted != parameters.size()) {
            throw SqlError(std::to_string(parameters.size()) + " parameters for the " +
                           std::to_string(wanted) + " places of: " + std::string(sql));
        }
        for (std::size_t index = 0; index < wanted; ++index) {
            const std::string& value = parameters[index];
            sqlite3_bind_text(statement, static_cast<int>(index) + 1, value.data(),
                              static_cast<int>(value.size()), SQLITE_STATIC);
        }
    }

    [[noreturn]] void fail(const std::string& doing, int code) const
    {
        const char* detail = _database ? sqlite3_errmsg(_database.get()) : sqlite3_errstr(code);
        throw StorageError(kindOf(code), _file.string() + ": " + doing + ": " + detail);
    }

    std::filesystem::path _file;
    std::unique_ptr<sqlite3, CloseDatabase> _database;
    std::map<std::string, OwnedStatement, std::less<>> _statements;
};

ReadOnlyDatabase::ReadOnlyDatabase(const std::filesystem::path& file, Writers writers)
    : _connection(std::make_unique<Connection>(file, writers))
{
}

ReadOnlyDatabase::~ReadOnlyDatabase() = default;

std::vector<Row> ReadOnlyDatabase::query(std::string_view sql,
                                         const std::vector<std::string>& parameters)
{
    return _connection->query(sql, parameters);
}

} // namespace notifyhost::storage
