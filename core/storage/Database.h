#pragma once

#include "storage/Statement.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace notifyhost::storage {

/// A file that cannot be used.
class StorageError : public std::runtime_error {
public:
    enum class Kind {
        disk,         ///< full, read-only, input/output error, locked beyond the limit: status 74
        damaged,      ///< not a database, or a damaged one: status 74
        configuration ///< newer schema, another program's file, a folder, network file system,
                      ///< another user's file: status 78
    };
    StorageError(Kind kind, const std::string& what) : std::runtime_error(what), _kind(kind) {}
    Kind kind() const noexcept { return _kind; }

private:
    Kind _kind;
};

/// What an SQLite file is opened as.
struct Schema {
    std::string product;          ///< "notifyhost queue", for messages
    std::int32_t applicationId{}; ///< SQLite's application_id: another one is not our file
    std::vector<std::string>
        migrations; ///< step N brings version N-1 to N; several statements each
};

/// How long another process's lock is waited for.
inline constexpr std::chrono::milliseconds kBusyLimit{10'000};

/// When a transaction is on the disk.
enum class Durability {
    withCommit, ///< when it returns
    withSync    ///< when a later sync() returns: several share one
};

/// One connection to one SQLite file: WAL, foreign keys. Creates the file (mode 0600, which a file
/// that was there gets too) and brings it to the newest schema. After a sync that failed, also one
/// inside SQLite's own checkpoint, and after the file or its log was removed or replaced, nobody
/// knows what is on the disk: every later call that writes or syncs fails with that error.
/// Threads: one, but for sync().
class Database {
public:
    /// Errors: StorageError: the folder is missing, not writable or not ours alone, a network file
    ///         system, a link, not a database, another program's, another user's, a newer schema
    ///         (left untouched, its WAL too), damaged.
    Database(const std::filesystem::path& file, const Schema& schema,
             std::chrono::milliseconds busyLimit = kBusyLimit,
             Durability durability = Durability::withCommit);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::filesystem::path& file() const;

    /// The cached statement for this SQL, reset and with no bindings. Valid as long as the
    /// database.
    Statement& statement(const std::string& sql);

    /// Runs SQL without parameters; several statements.
    void execute(const std::string& sql);

    /// Runs work inside BEGIN IMMEDIATE … COMMIT; rolls back and rethrows where it throws.
    void transaction(const std::function<void()>& work);

    /// Returns when all transactions that have returned before are on the disk. Blocks; may run
    /// beside a transaction of another thread. Errors: StorageError (disk).
    void sync();

    /// Moves what the log holds into the file, as far as no other connection reads it. What SQLite
    /// would keep to itself when it closes the file is said here. Errors: StorageError (disk).
    void checkpoint();

    /// Secures room for this many further pages of transactions: it is allocated to the log on the
    /// disk, behind its last commit, and stays there. Changes nothing where the log has it already.
    /// What other connections write meanwhile comes out of the same room.
    /// Errors: StorageError (disk) that says how much is missing; the log has its former size then.
    void secureRoom(std::int64_t pages);

    /// How many pages the file has, and how many octets a page.
    std::int64_t pageCount();
    std::int64_t pageSize();

    /// Errors: StorageError (disk) where the file, its log or their index is not, or no longer, the
    /// one at its path.
    void requireInPlace();

    /// Rows changed by the last statement.
    std::int64_t changes() const;

private:
    class Connection;
    std::unique_ptr<Connection> _connection;
};

} // namespace notifyhost::storage
