#pragma once

#include "storage/ReadOnlyDatabase.h"

#include <notifyhost/Services.h>

#include <filesystem>
#include <memory>

namespace notifyhost::warehouse {

/// The warehouse in an SQLite file, for the demo and for tests: opened at first use, and anew after
/// an error. It compares as the file's columns say, COLLATE NOCASE in ours: letter case of A to Z
/// is folded, accents and trailing blanks are not.
/// Threads: one per instance.
class SqliteWarehouse : public Warehouse {
public:
    explicit SqliteWarehouse(std::filesystem::path file);

    std::vector<Row> query(std::string_view sql,
                           const std::vector<std::string>& parameters) override;
    std::vector<StudyContacts> contacts(const std::vector<std::string>& studyNumbers) override;

private:
    std::filesystem::path _file;
    std::unique_ptr<storage::ReadOnlyDatabase> _database;
};

} // namespace notifyhost::warehouse
