#pragma once

#include "log/Logger.h"
#include "net/HttpExchange.h"
#include "warehouse/WarehouseConnection.h"

#include <notifyhost/Services.h>

#include <memory>
#include <optional>
#include <string>

namespace notifyhost::host {

/// What services need; the same for all instances of a run.
struct ServiceSettings {
    std::optional<warehouse::WarehouseSettings> warehouse; ///< nullopt: not configured
    net::HttpSettings http;
};

/// The services of one plugin instance. Connects at first use. Threads: one.
class HostServices : public Services {
public:
    HostServices(const ServiceSettings& settings, std::string pluginName, log::Logger& logger,
                 const Clock& clock);
    ~HostServices() override;

    Http& http() override;
    Warehouse& warehouse() override;
    Log& log() override;
    const Clock& clock() override;
    Network& network() override;

    /// What the plugin's log lines belong to from now on.
    void setIds(log::Ids ids);

private:
    class PluginLog;
    const ServiceSettings& _settings;
    const Clock& _clock;
    std::unique_ptr<PluginLog> _log;
    std::unique_ptr<Http> _http;
    std::unique_ptr<Warehouse> _warehouse;
};

} // namespace notifyhost::host
