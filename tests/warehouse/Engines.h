#pragma once

#include "support/MariaDbServer.h"
#include "warehouse/WarehouseConnection.h"

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>

namespace notifyhost::test {

/// The name of the schema on the server, and of the reading account there.
inline constexpr const char* kSchema = "mlwh";
inline constexpr const char* kReader = "reader";
/// With what a connection string could not hold.
inline constexpr const char* kReaderPassword = "s;e=c'r\"e t\\&Ł";

enum class Engine { sqlite, mariaDb };

/// The one server of this program, with the sample rows, the trap rows and the account; started at
/// first use.
MariaDbServer& server();

/// How to reach the sample rows and the trap rows in this engine.
warehouse::WarehouseSettings settingsOf(Engine engine);

/// For cases that must hold on both engines.
class BothEngines : public ::testing::TestWithParam<Engine> {
protected:
    std::unique_ptr<Warehouse> open() const
    {
        return warehouse::openWarehouse(settingsOf(GetParam()));
    }
};

std::string nameOf(const ::testing::TestParamInfo<Engine>& info);

} // namespace notifyhost::test
