#include "storage/ReadOnlyDatabase.h"

#include "storage/PreparedCache.h"

#include <system_error>
#include <utility>

#include <sqlite3.h>

namespace notifyhost::storage {

namespace {

constexpr int kBusyLimitMilliseconds = 10'000;
constexpr std::size_t kStatementsKept = 32;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

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
        Statement& statement = prepared(sql);
        const auto wanted = statement.parameters();
        if (wanted != parameters.size()) {
            throw SqlError(std::to_string(parameters.size()) + " parameters for the " +
                           std::to_string(wanted) + " places of: " + std::string(sql));
        }
        statement.reset();
        for (std::size_t index = 0; index < wanted; ++index) {
            statement.bind(static_cast<int>(index) + 1, parameters[index]);
        }
        std::vector<Row> rows;
        while (statement.step()) {
            rows.push_back(statement.row());
        }
        statement.reset();
        return rows;
    }

private:
    Statement& prepared(std::string_view sql)
    {
        return _statements.get(sql, [&] {
            auto statement = std::make_unique<Statement>(
                _database.get(), sql, [this, text = std::string(sql)](auto doing, int code) {
                    if (doing == Statement::Doing::preparing) {
                        failPreparing(code, text);
                    }
                    fail("reading it", code);
                });
            if (!statement->isReading() || !isOnlyBlank(sql.substr(statement->length()))) {
                throw SqlError("not one SELECT statement: " + std::string(sql));
            }
            return statement;
        });
    }

    [[noreturn]] void failPreparing(int code, const std::string& sql) const
    {
        if (code != SQLITE_ERROR) {
            fail("preparing a query", code);
        }
        const std::string message = sqlite3_errmsg(_database.get());
        if (saysSomethingIsMissing(message)) {
            throw StorageError(StorageError::Kind::configuration, _file.string() + ": " + message);
        }
        throw SqlError(message + " in: " + sql);
    }

    /// Without advice: whoever reads the file knows whose it is and where it is named.
    [[noreturn]] void fail(const std::string& doing, int code) const
    {
        const char* detail = _database ? sqlite3_errmsg(_database.get()) : sqlite3_errstr(code);
        throw StorageError(kindOf(code), _file.string() + ": " + doing + ": " + detail);
    }

    std::filesystem::path _file;
    std::unique_ptr<sqlite3, CloseDatabase> _database;
    PreparedCache<Statement> _statements{kStatementsKept}; ///< go before the database
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
