#include "warehouse/MysqlWarehouse.h"

#include "warehouse/ContactRules.h"
#include "warehouse/MysqlErrors.h"

#include <utility>

namespace notifyhost::warehouse {

MysqlWarehouse::MysqlWarehouse(WarehouseSettings settings) : _settings(std::move(settings)) {}

std::vector<Warehouse::Row> MysqlWarehouse::query(std::string_view sql,
                                                  const std::vector<std::string>& parameters)
{
    try {
        return ask(sql, parameters);
    } catch (const MysqlError& error) {
        if (!isFaultOfQuery(error)) {
            _session.reset();
        }
        raise(error, _settings, sql);
    }
}

std::vector<Warehouse::Row> MysqlWarehouse::ask(std::string_view sql,
                                                const std::vector<std::string>& parameters)
{
    if (_session) {
        try {
            return _session->query(sql, parameters);
        } catch (const MysqlError& error) {
            if (!foundSessionGone(error)) {
                throw;
            }
        }
    }
    _session.reset();
    _session = std::make_unique<MysqlSession>(_settings);
    return _session->query(sql, parameters);
}

std::vector<StudyContacts> MysqlWarehouse::contacts(const std::vector<std::string>& studyNumbers)
{
    return readContacts(*this, studyNumbers);
}

} // namespace notifyhost::warehouse
