#pragma once

#include <notifyhost/Services.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace notifyhost::warehouse {

/// Where the warehouse is: [MySQL MLWH].
/// Units: whole seconds, at least one; readTimeout is the limit for each wait for the server.
struct WarehouseSettings {
    std::filesystem::path dbfile; ///< an SQLite file; else the rest
    std::string host;
    int port{3306};
    std::string user;
    std::string password;
    std::string schema;
    enum class Tls { off, required } tls{Tls::off};
    std::filesystem::path caFile; ///< empty: the system's authorities
    std::chrono::seconds connectTimeout{10};
    std::chrono::seconds readTimeout{60};
};

/// A warehouse that is connected at its first use. One instance per thread.
/// Errors: as Warehouse, from its functions; never from here.
std::unique_ptr<Warehouse> openWarehouse(const WarehouseSettings& settings);

} // namespace notifyhost::warehouse
