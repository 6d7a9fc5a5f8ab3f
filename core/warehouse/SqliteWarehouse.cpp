#include "warehouse/SqliteWarehouse.h"

#include "warehouse/ContactRules.h"

#include <notifyhost/Setting.h>

#include <utility>

namespace notifyhost::warehouse {

namespace {

ServiceError::Kind kindOf(storage::StorageError::Kind kind)
{
    return kind == storage::StorageError::Kind::disk ? ServiceError::Kind::unavailable
                                                     : ServiceError::Kind::configuration;
}

} // namespace

SqliteWarehouse::SqliteWarehouse(std::filesystem::path file) : _file(std::move(file)) {}

std::vector<Warehouse::Row> SqliteWarehouse::query(std::string_view sql,
                                                   const std::vector<std::string>& parameters)
{
    try {
        if (!_database) {
            _database = std::make_unique<storage::ReadOnlyDatabase>(_file);
        }
        return _database->query(sql, parameters);
    } catch (const storage::StorageError& error) {
        _database.reset();
        throw ServiceError(kindOf(error.kind()), std::string("the warehouse file ") + error.what() +
                                                     "; see dbfile in [MySQL MLWH]");
    } catch (const storage::SqlError& error) {
        throw PluginFault(std::string("the warehouse cannot read a query: ") + error.what());
    }
}

std::vector<StudyContacts> SqliteWarehouse::contacts(const std::vector<std::string>& studyNumbers)
{
    return readContacts(*this, studyNumbers);
}

} // namespace notifyhost::warehouse
