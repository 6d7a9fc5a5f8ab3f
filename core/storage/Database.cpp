#include "storage/Database.h"

#include "storage/FileSystem.h"

#include <map>

#include <sqlite3.h>
#include <sys/stat.h>

namespace notifyhost::storage {

namespace {

constexpr int kBusyLimitMilliseconds = 10'000;

[[noreturn]] void fail(const std::filesystem::path& file, sqlite3* handle, int code,
                       const std::string& doing)
{
    const std::string said = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const std::string head = file.string() + ": " + doing + ": " + said;
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw StorageError(StorageError::Kind::damaged,
                           head + ". The file is damaged or not a database; restore a backup.");
    case SQLITE_FULL:
        throw StorageError(StorageError::Kind::disk, head + ". Make room on its file system.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
        throw StorageError(
            StorageError::Kind::disk,
            head +
                ". The file and its folder must exist and be writable by the user who runs this.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw StorageError(StorageError::Kind::disk,
                           head +
                               ". Another process has kept it locked for 10 s; find it with: "
                               "fuser '" +
                               file.string() + "'");
    default:
        throw StorageError(StorageError::Kind::disk, head);
    }
}

class SqliteStatement : public Statement {
public:
    SqliteStatement(const std::filesystem::path& file, sqlite3* handle, const std::string& sql)
        : _file(file), _handle(handle)
    {
        const int code = sqlite3_prepare_v3(_handle, sql.c_str(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &_statement, nullptr);
        if (code != SQLITE_OK) {
            fail(_file, _handle, code, "preparing a statement");
        }
    }
    ~SqliteStatement() override { sqlite3_finalize(_statement); }
    SqliteStatement(const SqliteStatement&) = delete;
    SqliteStatement& operator=(const SqliteStatement&) = delete;

    Statement& bind(int index, std::string_view text) override
    {
        return check(sqlite3_bind_text64(_statement, index, data(text), text.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8));
    }
    Statement& bindBlob(int index, std::string_view octets) override
    {
        return check(
            sqlite3_bind_blob64(_statement, index, data(octets), octets.size(), SQLITE_TRANSIENT));
    }
    Statement& bind(int index, std::int64_t number) override
    {
        return check(sqlite3_bind_int64(_statement, index, number));
    }
    Statement& bindNull(int index) override { return check(sqlite3_bind_null(_statement, index)); }

    bool step() override
    {
        const int code = sqlite3_step(_statement);
        if (code == SQLITE_ROW) {
            return true;
        }
        if (code != SQLITE_DONE) {
            // The message belongs to the connection: keep it before the reset replaces it.
            try {
                fail(_file, _handle, code, "reading or writing");
            } catch (...) {
                sqlite3_reset(_statement);
                throw;
            }
        }
        sqlite3_reset(_statement);
        return false;
    }
    void reset() override
    {
        sqlite3_reset(_statement);
        sqlite3_clear_bindings(_statement);
    }
    bool isNull(int column) const override
    {
        return sqlite3_column_type(_statement, column) == SQLITE_NULL;
    }
    std::string text(int column) const override
    {
        const auto* octets = static_cast<const char*>(sqlite3_column_blob(_statement, column));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(_statement, column));
        return octets == nullptr ? std::string() : std::string(octets, size);
    }
    std::int64_t integer(int column) const override
    {
        return sqlite3_column_int64(_statement, column);
    }

private:
    /// SQLite takes a null pointer for NULL, and an empty view may hold one.
    static const char* data(std::string_view text) { return text.empty() ? "" : text.data(); }

    Statement& check(int code)
    {
        if (code != SQLITE_OK) {
            fail(_file, _handle, code, "binding a parameter");
        }
        return *this;
    }

    const std::filesystem::path& _file;
    sqlite3* _handle;
    sqlite3_stmt* _statement{};
};

} // namespace

class Database::Connection {
public:
    Connection(const std::filesystem::path& file, const Schema& schema, Mode mode)
        : path(file), _schema(schema)
    {
        checkPlace();
        const int flags = mode == Mode::readOnly ? SQLITE_OPEN_READONLY
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        const int code =
            sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
        try {
            if (code != SQLITE_OK) {
                fail(path, handle, code, "opening it");
            }
            prepare(mode);
        } catch (...) {
            close();
            throw;
        }
    }
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void execute(const std::string& sql, const std::string& doing)
    {
        const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) {
            fail(path, handle, code, doing);
        }
    }

    SqliteStatement& statement(const std::string& sql)
    {
        auto& entry = _statements[sql];
        if (!entry) {
            entry = std::make_unique<SqliteStatement>(path, handle, sql);
        }
        entry->reset();
        return *entry;
    }

    void transaction(const std::function<void()>& work)
    {
        statement("BEGIN IMMEDIATE").step();
        try {
            work();
            statement("COMMIT").step();
        } catch (...) {
            // Some errors roll back by themselves.
            if (sqlite3_get_autocommit(handle) == 0) {
                sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
            }
            throw;
        }
    }

    std::filesystem::path path;
    sqlite3* handle{};

private:
    void checkPlace() const
    {
        std::error_code error;
        const auto folder = path.has_parent_path() ? path.parent_path() : ".";
        if (!std::filesystem::is_directory(folder, error)) {
            throw StorageError(StorageError::Kind::disk, path.string() + ": its folder " +
                                                             folder.string() +
                                                             " does not exist. Make it.");
        }
        if (std::filesystem::is_directory(path, error)) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": is a folder. Name a file.");
        }
        if (const auto network = networkFileSystem(folder)) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": lies on a network file system (" + *network +
                                   "), where locks cannot be relied on. Use a local disk.");
        }
    }

    void prepare(Mode mode)
    {
        sqlite3_extended_result_codes(handle, 1);
        sqlite3_busy_timeout(handle, kBusyLimitMilliseconds);
        checkOwner();
        if (mode == Mode::readOnly) {
            return;
        }
        execute("PRAGMA journal_mode = WAL", "switching to WAL");
        execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", "setting it up");
        migrate();
        ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
    }

    std::int64_t pragma(const std::string& name)
    {
        auto& asked = statement("PRAGMA " + name);
        const auto value = asked.step() ? asked.integer(0) : 0;
        asked.reset();
        return value;
    }

    std::int64_t newest() const { return static_cast<std::int64_t>(_schema.migrations.size()); }

    void checkOwner()
    {
        const auto id = pragma("application_id");
        const auto version = pragma("user_version");
        auto& count = statement("SELECT count(*) FROM sqlite_master");
        const bool empty = count.step() && count.integer(0) == 0;
        count.reset();
        if (id != _schema.applicationId && !(id == 0 && version == 0 && empty)) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": is not a " + _schema.product +
                                   " but another program's file. Name another file.");
        }
        if (version > newest()) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": is a " + _schema.product + " of version " +
                                   std::to_string(version) + ", this program knows up to " +
                                   std::to_string(newest()) +
                                   ". It was left untouched. Run the newer program.");
        }
    }

    void migrate()
    {
        if (pragma("user_version") == newest()) {
            return;
        }
        transaction([this] {
            // Asked again inside: another process may have been faster.
            checkOwner();
            for (auto version = pragma("user_version"); version < newest(); ++version) {
                execute(_schema.migrations[static_cast<std::size_t>(version)],
                        "bringing it to version " + std::to_string(version + 1));
            }
            execute("PRAGMA application_id = " + std::to_string(_schema.applicationId) +
                        "; PRAGMA user_version = " + std::to_string(newest()),
                    "noting its version");
        });
        _statements.clear();
    }

    void close()
    {
        _statements.clear();
        sqlite3_close_v2(handle);
        handle = nullptr;
    }

    const Schema& _schema;
    std::map<std::string, std::unique_ptr<SqliteStatement>> _statements;
};

Database::Database(const std::filesystem::path& file, const Schema& schema, Mode mode)
    : _connection(std::make_unique<Connection>(file, schema, mode))
{
}

Database::~Database() = default;

const std::filesystem::path& Database::file() const
{
    return _connection->path;
}

Statement& Database::statement(const std::string& sql)
{
    return _connection->statement(sql);
}

void Database::execute(const std::string& sql)
{
    _connection->execute(sql, "executing");
}

void Database::transaction(const std::function<void()>& work)
{
    _connection->transaction(work);
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(_connection->handle);
}

} // namespace notifyhost::storage
