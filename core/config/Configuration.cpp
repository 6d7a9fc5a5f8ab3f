#include "config/Configuration.h"

#include "config/HostSections.h"
#include "config/HostTables.h"
#include "config/PipelineChecks.h"
#include "config/SectionNames.h"
#include "config/SectionReader.h"
#include "config/Strangers.h"

namespace notifyhost::config {

namespace {

/// Whether a section says more than nothing of a secret, itself or as the name of a file.
bool holds(const IniSection* section, const std::string& key)
{
    const IniEntry* own = section == nullptr ? nullptr : section->find(key);
    return (own != nullptr && !own->value.empty()) ||
           (section != nullptr && section->find(key + "_file") != nullptr);
}

/// What the reader reads for a command about one pipeline. Shape: `queue` reads the pipeline's key
/// of that name.
SectionReader::Wanted secretsOf(const SecretsUsed& used, const IniFile& ini, SectionReader queue)
{
    if (used.pipeline.empty()) {
        return {};
    }
    const std::string own = "pipeline." + used.pipeline;
    const std::string name = queue.read(own, {{"queue", Kind::text, "", ""}}).text("queue");
    const std::string section = name.empty() ? "PORCH" : "queue." + name;
    const bool hasToken = holds(ini.find(own), "porch_token");
    return [=, adminToken = used.adminToken](const std::string& where, const std::string& key) {
        if (where == section) {
            return key == "admin_token" ? adminToken : !hasToken;
        }
        return where == own || where == "MySQL MLWH";
    };
}

} // namespace

Configuration Configuration::load(const std::filesystem::path& file, Grammar grammar,
                                  log::Redactor& redactor, Findings& findings,
                                  const Complete& complete, const SecretsUsed& used)
{
    Configuration result;
    result._file = file;
    result._grammar = grammar;
    result._ini = IniFile::read(file, grammar, findings);
    if (complete) {
        complete(result._ini, findings);
    }
    checkNames(result._ini, grammar, findings);
    checkDefaults(result._ini, grammar, findings);
    Findings unheard; // the key is read again with its section
    SectionReader reader(
        result._ini, file, grammar, redactor, findings,
        secretsOf(used, result._ini, SectionReader(result._ini, file, grammar, redactor, unheard)));
    result._host = readHost(reader);
    result._warehouse = readWarehouse(reader, result._ini);
    result._caFile = readCaFile(reader);
    const PorchKeys porch = readPorch(reader, result._ini);
    result._porch = porch.settings;
    for (const IniSection& section : result._ini.sections()) {
        const std::string kind = kindOf(section.name);
        if (kind == "queue") {
            result._queues.emplace(nameOf(section.name), readQueue(reader, section.name));
        } else if (kind == "pipeline") {
            result._pipelines.push_back(readPipeline(reader, section));
        } else if (!kind.empty()) {
            result._plugins[section.name] = reader.read(section.name, pluginTable()).text("plugin");
        } else {
            reader.read(section.name, aliasTable(section.name));
        }
    }
    PipelineChecks checks(reader, result._ini, porch, result._queues);
    for (PipelineSettings& pipeline : result._pipelines) {
        checks.check(pipeline);
    }
    return result;
}

const PipelineSettings* Configuration::pipeline(const std::string& name) const
{
    const auto found =
        std::find_if(_pipelines.begin(), _pipelines.end(),
                     [&](const PipelineSettings& pipeline) { return pipeline.name == name; });
    return found == _pipelines.end() ? nullptr : &*found;
}

const QueueSettings& Configuration::queue(const PipelineSettings& pipeline) const
{
    const auto found = _queues.find(pipeline.queue);
    return found == _queues.end() ? _porch : found->second;
}

bool Configuration::concerns(const PipelineSettings& pipeline, const std::string& section) const
{
    return !isOfPipelines(section) || section == "pipeline." + pipeline.name ||
           section == "source." + pipeline.source || section == "transport." + pipeline.transport ||
           section == (pipeline.queue.empty() ? "PORCH" : "queue." + pipeline.queue);
}

PluginReference Configuration::reference(const std::string& kind, const std::string& name) const
{
    const std::string section = kind + "." + name;
    const auto found = _plugins.find(section);
    const bool named = found != _plugins.end() && !found->second.empty();
    return {section, named ? found->second : name};
}

std::vector<PluginReference> Configuration::references() const
{
    std::vector<PluginReference> result;
    const auto add = [&](const std::string& kind, const std::string& name) {
        const auto known =
            std::find_if(result.begin(), result.end(), [&](const PluginReference& other) {
                return other.section == kind + "." + name;
            });
        if (!name.empty() && known == result.end()) {
            result.push_back(reference(kind, name));
        }
    };
    for (const auto& [section, plugin] : _plugins) {
        add(kindOf(section), nameOf(section));
    }
    for (const PipelineSettings& pipeline : _pipelines) {
        add("source", pipeline.source);
        add("transport", pipeline.transport);
    }
    return result;
}

SettingValues Configuration::settings(const PluginReference& reference,
                                      const std::vector<Setting>& table,
                                      const std::map<std::string, std::string>& overrides,
                                      log::Redactor& redactor, Findings& findings) const
{
    if (const IniSection* section = _ini.find(reference.section)) {
        std::vector<std::string> known = keyNames(table);
        known.emplace_back("plugin");
        Strangers(_grammar, findings).keys(*section, known);
    }
    return SectionReader(_ini, _file, _grammar, redactor, findings)
        .read(reference.section, table, overrides);
}

} // namespace notifyhost::config
