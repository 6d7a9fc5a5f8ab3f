#pragma once

#include "config/Configuration.h"
#include "host/ExitStatus.h"
#include "host/HostServices.h"
#include "host/PluginLoader.h"
#include "log/Logger.h"
#include "message/Templates.h"
#include "queue/PorchSettings.h"
#include "queue/TaskQueue.h"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace notifyhost::host {

/// The configuration does not allow what was asked for; the findings say why.
class ConfigurationError : public std::runtime_error {
public:
    explicit ConfigurationError(config::Findings findings);
    const config::Findings& findings() const { return _findings; }

private:
    config::Findings _findings;
};

/// A configured plugin instance with the services it was given. Threads: one.
template<typename Interface> struct Prepared {
    std::string plugin;
    std::unique_ptr<HostServices> services;
    std::unique_ptr<Interface> instance; ///< destroyed before its services

    Interface* operator->() const { return instance.get(); }
};

/// Makes the parts of a pipeline from the configuration. Nothing is loaded or connected before it
/// is asked for. Threads: one at a time.
class Assembly {
public:
    Assembly(const config::Configuration& configuration, log::Redactor& redactor,
             log::Logger& logger, const Clock& clock);

    PluginLoader& loader() { return _loader; }
    const config::Configuration& configuration() const { return _configuration; }
    log::Logger& logger() { return _logger; }
    const Clock& clock() const { return _clock; }

    /// Errors: ConfigurationError naming the pipelines there are.
    const config::PipelineSettings& pipeline(const std::string& name) const;

    /// Connects to no server yet.
    /// Errors: storage::StorageError for an embedded queue that cannot be opened.
    std::unique_ptr<queue::TaskQueue> openQueue(const config::PipelineSettings& pipeline);

    /// Whether the pipeline's queue is a file of this host.
    bool hasEmbeddedQueue(const config::PipelineSettings& pipeline) const;

    /// overrides are setting values from the command line.
    /// Errors: ConfigurationError; PluginFault for a plugin that reads what is not in its table.
    Prepared<EventSource> makeSource(const config::PipelineSettings& pipeline,
                                     const std::map<std::string, std::string>& overrides = {});
    Prepared<Transport> makeTransport(const config::PipelineSettings& pipeline);
    Prepared<Transport> makeTransport(const config::PluginReference& reference);

    /// Services for the host's own use, under a name for the log.
    std::unique_ptr<HostServices> makeServices(const std::string& name);

    /// The domain of message ids: of the mail address in the transport's setting `from`, else
    /// notifyhost.invalid.
    std::string messageIdDomain(const config::PluginReference& transport);

    /// Errors: message::TemplateError.
    message::Templates makeTemplates(const config::PipelineSettings& pipeline) const;

    /// Finds what is wrong with the source, the transport and the templates of a pipeline, before
    /// anything is taken out of its queue.
    /// Errors: as makeSource(), makeTransport() and makeTemplates(); ConfigurationError for a
    ///         template that the source's examples do not fill.
    void requireSound(const config::PipelineSettings& pipeline);

    /// Adds to findings whatever plugins and templates say is wrong. Connects to nothing. Returns
    /// the status that what it found deserves: ok, configuration, or fault.
    ExitStatus check(config::Findings& findings);

private:
    queue::PorchSettings porchSettings(const config::PipelineSettings& pipeline,
                                       const config::QueueSettings& settings) const;
    template<typename Interface>
    Prepared<Interface>
    configure(std::unique_ptr<Interface> instance, const config::PluginReference& reference,
              const std::map<std::string, std::string>& overrides, config::Findings& findings);
    ExitStatus checkReference(const config::PluginReference& reference, config::Findings& findings);
    ExitStatus checkTemplates(const config::PipelineSettings& pipeline, config::Findings& findings);
    void renderExamples(const config::PipelineSettings& pipeline, EventSource& source,
                        config::Findings& findings) const;

    const config::Configuration& _configuration;
    log::Redactor& _redactor;
    log::Logger& _logger;
    const Clock& _clock;
    PluginLoader _loader;
    ServiceSettings _services;
};

/// A pipeline as the queue knows it.
queue::Pipeline porchPipeline(const config::PipelineSettings& pipeline);

} // namespace notifyhost::host
