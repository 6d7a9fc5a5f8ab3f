#include "warehouse/WarehouseConnection.h"

#include "warehouse/MysqlWarehouse.h"
#include "warehouse/SqliteWarehouse.h"

namespace notifyhost::warehouse {

std::unique_ptr<Warehouse> openWarehouse(const WarehouseSettings& settings)
{
    if (!settings.dbfile.empty()) {
        return std::make_unique<SqliteWarehouse>(settings.dbfile);
    }
    return std::make_unique<MysqlWarehouse>(settings);
}

} // namespace notifyhost::warehouse
