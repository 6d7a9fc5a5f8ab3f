#pragma once

#include "storage/Database.h"

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::storage {

/// SQL that cannot be run here whatever the file holds: not understood, more than one statement,
/// not a reading one, another number of parameters. A fault of whoever wrote it.
class SqlError : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// An SQLite file of any origin, read and never written: no schema of ours is expected, nothing is
/// created or migrated. Waits up to 10 s for another process's lock.
/// Threads: one.
class ReadOnlyDatabase {
public:
    /// atRest: nobody has it open and no log lies beside it, so it is read without the files beside
    /// it that SQLite makes for a reader among writers.
    /// Errors: StorageError: configuration where there is no such file, damaged where it is not an
    ///         SQLite database, disk where it cannot be read.
    enum class Writers { perhaps, atRest };
    explicit ReadOnlyDatabase(const std::filesystem::path& file,
                              Writers writers = Writers::perhaps);
    ~ReadOnlyDatabase();
    ReadOnlyDatabase(const ReadOnlyDatabase&) = delete;
    ReadOnlyDatabase& operator=(const ReadOnlyDatabase&) = delete;

    /// Runs one SELECT; each ? in it stands for a text parameter. Statements are kept for reuse.
    /// Shape: every column as text, NULL as nullopt.
    /// Errors: SqlError; StorageError: configuration for a missing table or column.
    std::vector<Row> query(std::string_view sql, const std::vector<std::string>& parameters);

private:
    class Connection;
    std::unique_ptr<Connection> _connection;
};

} // namespace notifyhost::storage
