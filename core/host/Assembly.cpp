#include "host/Assembly.h"

#include "host/HostFacts.h"
#include "host/Installation.h"
#include "host/PluginCall.h"
#include "queue/EmbeddedQueue.h"
#include "queue/PorchClient.h"

#include <notifyhost/Mime.h>

#include <optional>

namespace notifyhost::host {

namespace {

constexpr std::string_view kEmbeddedPrefix = "sqlite:";

std::vector<std::filesystem::path> pluginFolders(const config::HostSettings& host)
{
    if (!host.pluginPath.empty()) {
        return host.pluginPath;
    }
    return {locateInstallation().plugins};
}

ServiceSettings serviceSettings(const config::Configuration& configuration)
{
    ServiceSettings result;
    result.http.caFile = configuration.caFile();
    const auto& keys = configuration.warehouse();
    if (keys.configured) {
        result.warehouse =
            warehouse::WarehouseSettings{keys.dbfile,
                                         keys.host,
                                         keys.port,
                                         keys.user,
                                         keys.password,
                                         keys.schema,
                                         keys.tls ? warehouse::WarehouseSettings::Tls::required
                                                  : warehouse::WarehouseSettings::Tls::off,
                                         keys.caFile,
                                         keys.connectTimeout,
                                         keys.readTimeout};
    }
    return result;
}

std::string queueSection(const config::PipelineSettings& pipeline)
{
    return pipeline.queue.empty() ? "PORCH" : "queue." + pipeline.queue;
}

std::string describeAll(const config::Findings& findings)
{
    std::string result;
    for (const auto& finding : findings.all()) {
        result += (result.empty() ? "" : "\n") + config::toText(finding);
    }
    return result;
}

/// "the source 'runs'", with its plugin where that has another name.
std::string describe(const config::PluginReference& reference)
{
    const auto dot = reference.section.find('.');
    const std::string name = reference.section.substr(dot + 1);
    return "the " + reference.section.substr(0, dot) + " '" + name + "'" +
           (name == reference.plugin ? "" : " (plugin " + reference.plugin + ")");
}

} // namespace

ConfigurationError::ConfigurationError(config::Findings findings)
    : std::runtime_error(describeAll(findings)), _findings(std::move(findings))
{
}

Assembly::Assembly(const config::Configuration& configuration, log::Redactor& redactor,
                   log::Logger& logger, const Clock& clock)
    : _configuration(configuration),
      _redactor(redactor),
      _logger(logger),
      _clock(clock),
      _loader(pluginFolders(configuration.host())),
      _services(serviceSettings(configuration))
{
}

const config::PipelineSettings& Assembly::pipeline(const std::string& name) const
{
    if (const auto* found = _configuration.pipeline(name)) {
        return *found;
    }
    std::vector<std::string> names;
    std::string list;
    for (const auto& pipeline : _configuration.pipelines()) {
        names.push_back(pipeline.name);
        list += (list.empty() ? "" : ", ") + pipeline.name;
    }
    const std::string similar = config::suggest(name, names);
    config::Findings findings;
    findings.add(
        {config::Finding::Severity::error, _configuration.file().string(), 0, "pipeline." + name,
         "",
         "there is no such pipeline" +
             (similar.empty() ? "" : "; did you mean '" + similar + "'?") +
             (list.empty() ? "; add a section [pipeline." + name + "]" : "; there are: " + list)});
    throw ConfigurationError(findings);
}

bool Assembly::hasEmbeddedQueue(const config::PipelineSettings& pipeline) const
{
    return _configuration.queue(pipeline).url.starts_with(kEmbeddedPrefix);
}

std::unique_ptr<queue::TaskQueue> Assembly::openQueue(const config::PipelineSettings& pipeline)
{
    const auto& settings = _configuration.queue(pipeline);
    if (settings.url.starts_with(kEmbeddedPrefix)) {
        return std::make_unique<queue::EmbeddedQueue>(settings.url.substr(kEmbeddedPrefix.size()));
    }
    try {
        return std::make_unique<queue::PorchClient>(porchSettings(pipeline, settings));
    } catch (const std::invalid_argument& error) {
        config::Findings findings;
        findings.add({config::Finding::Severity::error, _configuration.file().string(), 0,
                      queueSection(pipeline), "url", error.what()});
        throw ConfigurationError(findings);
    }
}

queue::PorchSettings Assembly::porchSettings(const config::PipelineSettings& pipeline,
                                             const config::QueueSettings& settings) const
{
    const std::string section = "[" + queueSection(pipeline) + "]";
    queue::PorchSettings result;
    result.url = settings.url;
    result.adminToken = {settings.adminToken, "admin_token in " + section};
    result.pipelineToken = {pipeline.porchToken, "porch_token in [pipeline." + pipeline.name +
                                                     "] or pipeline_token in " + section};
    result.caFile = _configuration.caFile();
    result.connections = settings.connections;
    result.connectTimeout = settings.connectTimeout;
    result.answerTimeout = settings.answerTimeout;
    result.lockFolder = _configuration.stateFolder();
    result.warn = [this](const std::string& text) { _logger.warning(text); };
    return result;
}

template<typename Interface>
Prepared<Interface>
Assembly::configure(std::unique_ptr<Interface> instance, const config::PluginReference& reference,
                    const std::map<std::string, std::string>& overrides, config::Findings& findings)
{
    Prepared<Interface> result;
    result.plugin = reference.plugin;
    result.services = makeServices(reference.plugin);
    config::Findings own;
    const auto values = callPlugin(describe(reference) + " in settings()", [&] {
        return _configuration.settings(reference, instance->settings(), overrides, _redactor, own);
    });
    if (!own.hasErrors()) {
        const auto problems = callPlugin(describe(reference) + " in configure()", [&] {
            return instance->configure(values, *result.services);
        });
        for (const auto& problem : problems) {
            own.add({config::Finding::Severity::error, _configuration.file().string(), 0,
                     reference.section, problem.setting, problem.text});
        }
    }
    for (const auto& finding : own.all()) {
        findings.add(finding);
    }
    result.instance = std::move(instance);
    return result;
}

Prepared<EventSource> Assembly::makeSource(const config::PipelineSettings& pipeline,
                                           const std::map<std::string, std::string>& overrides)
{
    const auto reference = _configuration.reference("source", pipeline.source);
    config::Findings findings;
    auto result = configure(_loader.makeSource(reference.plugin), reference, overrides, findings);
    if (findings.hasErrors()) {
        throw ConfigurationError(findings);
    }
    return result;
}

Prepared<Transport> Assembly::makeTransport(const config::PipelineSettings& pipeline)
{
    return makeTransport(_configuration.reference("transport", pipeline.transport));
}

Prepared<Transport> Assembly::makeTransport(const config::PluginReference& reference)
{
    config::Findings findings;
    auto result = configure(_loader.makeTransport(reference.plugin), reference, {}, findings);
    if (findings.hasErrors()) {
        throw ConfigurationError(findings);
    }
    return result;
}

std::string Assembly::messageIdDomain(const config::PluginReference& transport)
{
    constexpr const char* kNone = "notifyhost.invalid";
    const auto plugin = _loader.makeTransport(transport.plugin);
    const auto table =
        callPlugin(describe(transport) + " in settings()", [&] { return plugin->settings(); });
    const bool hasSender = std::any_of(table.begin(), table.end(),
                                       [](const Setting& row) { return row.name == "from"; });
    if (!hasSender) {
        return kNone;
    }
    config::Findings ignored;
    const auto values = _configuration.settings(transport, table, {}, _redactor, ignored);
    try {
        const std::string address = parseMailbox(values.text("from")).address;
        return address.substr(address.rfind('@') + 1);
    } catch (const std::exception&) {
        return kNone; // what a transport calls so need not be a mail address
    }
}

std::unique_ptr<HostServices> Assembly::makeServices(const std::string& name)
{
    return std::make_unique<HostServices>(_services, name, _logger, _clock);
}

message::Templates Assembly::makeTemplates(const config::PipelineSettings& pipeline) const
{
    const auto& configured = _configuration.host().templates;
    const auto base = configured.empty() ? locateInstallation().templates : configured;
    const auto defaults = base / _configuration.reference("source", pipeline.source).plugin;
    std::vector<std::filesystem::path> folders;
    // A plugin of another maker may come without templates: then the site's own are all there is.
    if (pipeline.templates.empty() || std::filesystem::exists(defaults)) {
        folders.push_back(defaults);
    }
    if (!pipeline.templates.empty()) {
        folders.push_back(pipeline.templates);
    }
    return message::Templates(folders);
}

void Assembly::requireSound(const config::PipelineSettings& pipeline)
{
    const auto source = makeSource(pipeline);
    makeTransport(pipeline);
    config::Findings findings;
    renderExamples(pipeline, *source.instance, findings);
    if (findings.hasErrors()) {
        throw ConfigurationError(findings);
    }
}

ExitStatus Assembly::check(config::Findings& findings)
{
    auto status = ExitStatus::ok;
    for (const auto& name : _configuration.host().plugins) {
        try {
            _loader.describe(name);
        } catch (const PluginRefusal& refusal) {
            findings.add({config::Finding::Severity::error, _configuration.file().string(), 0,
                          "host", "plugins", refusal.what()});
        }
    }
    for (const auto& reference : _configuration.references()) {
        status = worse(status, checkReference(reference, findings));
    }
    for (const auto& pipeline : _configuration.pipelines()) {
        status = worse(status, checkTemplates(pipeline, findings));
    }
    return findings.hasErrors() ? worse(status, ExitStatus::configuration) : status;
}

ExitStatus Assembly::checkReference(const config::PluginReference& reference,
                                    config::Findings& findings)
{
    const auto report = [&](const std::string& text) {
        findings.add({config::Finding::Severity::error, _configuration.file().string(), 0,
                      reference.section, "plugin", text});
    };
    try {
        if (reference.section.starts_with("source")) {
            configure(_loader.makeSource(reference.plugin), reference, {}, findings);
        } else {
            configure(_loader.makeTransport(reference.plugin), reference, {}, findings);
        }
    } catch (const PluginRefusal& refusal) {
        report(refusal.what());
    } catch (const ServiceError& error) {
        report(error.what());
    } catch (const PluginFault& fault) {
        report(fault.what());
        return ExitStatus::fault;
    }
    return ExitStatus::ok;
}

void Assembly::renderExamples(const config::PipelineSettings& pipeline, EventSource& source,
                              config::Findings& findings) const
{
    const std::string who = describe(_configuration.reference("source", pipeline.source));
    const auto templates = makeTemplates(pipeline);
    const auto examples = callPlugin(who + " in examples()", [&] { return source.examples(); });
    for (const auto& example : examples) {
        try {
            templates.render(withHostFacts(example.facts, {}));
            templates.render(withHostFacts(example.facts, {true, _clock.wall()}));
        } catch (const message::TemplateError& error) {
            findings.add(
                {config::Finding::Severity::error, pipeline.file, pipeline.line,
                 "pipeline." + pipeline.name, "templates",
                 std::string(error.what()) + " (with the example '" + example.name + "')"});
        } catch (const message::FactError& error) {
            throw PluginFault("fault of " + who + " in its example '" + example.name +
                              "': " + error.what());
        }
    }
}

ExitStatus Assembly::checkTemplates(const config::PipelineSettings& pipeline,
                                    config::Findings& findings)
{
    const auto report = [&](const std::string& key, const std::string& text) {
        findings.add({config::Finding::Severity::error, pipeline.file, pipeline.line,
                      "pipeline." + pipeline.name, key, text});
    };
    std::optional<Prepared<EventSource>> source;
    try {
        source.emplace(makeSource(pipeline));
    } catch (const std::exception&) {
        return ExitStatus::ok; // said already, with the section that names the plugin
    }
    try {
        renderExamples(pipeline, *source->instance, findings);
    } catch (const message::TemplateError& error) {
        report("templates", error.what());
    } catch (const ServiceError& error) {
        report("source", error.what());
    } catch (const PluginFault& fault) {
        report("source", fault.what());
        return ExitStatus::fault;
    }
    return ExitStatus::ok;
}

queue::Pipeline porchPipeline(const config::PipelineSettings& pipeline)
{
    return {pipeline.porchName, pipeline.porchUri, pipeline.porchVersion};
}

} // namespace notifyhost::host
