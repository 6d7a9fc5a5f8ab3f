#include "host/HostServices.h"

#include "net/Network.h"

namespace notifyhost::host {

class HostServices::PluginLog : public Log {
public:
    PluginLog(std::string pluginName, log::Logger& logger)
        : _pluginName(std::move(pluginName)), _logger(logger)
    {
    }

    void write(Level level, std::string_view text) override
    {
        _logger.write(level, ids, _pluginName + ": " + std::string(text));
    }

    log::Ids ids;

private:
    std::string _pluginName;
    log::Logger& _logger;
};

HostServices::HostServices(const ServiceSettings& settings, std::string pluginName,
                           log::Logger& logger, const Clock& clock)
    : _settings(settings),
      _clock(clock),
      _log(std::make_unique<PluginLog>(std::move(pluginName), logger))
{
}

HostServices::~HostServices() = default;

Http& HostServices::http()
{
    if (!_http) {
        _http = net::makeHttp(_settings.http);
    }
    return *_http;
}

Warehouse& HostServices::warehouse()
{
    if (!_settings.warehouse) {
        throw ServiceError(ServiceError::Kind::configuration,
                           "the warehouse is asked for, but there is no section [MySQL MLWH]; add "
                           "it with dbhost, dbuser and dbschema, or with dbfile");
    }
    if (!_warehouse) {
        _warehouse = warehouse::openWarehouse(*_settings.warehouse);
    }
    return *_warehouse;
}

Log& HostServices::log()
{
    return *_log;
}

const Clock& HostServices::clock()
{
    return _clock;
}

Network& HostServices::network()
{
    return net::network();
}

void HostServices::setIds(log::Ids ids)
{
    _log->ids = std::move(ids);
}

} // namespace notifyhost::host
