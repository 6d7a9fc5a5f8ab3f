#include "config/SectionNames.h"

#include "config/HostTables.h"
#include "config/SectionReader.h"
#include "config/Strangers.h"
#include "config/ValueText.h"

#include <array>

namespace notifyhost::config {

namespace {

constexpr std::array<const char*, 4> kKinds{"pipeline", "queue", "source", "transport"};

/// A name becomes a word of the command line and part of file names.
bool isGoodName(const std::string& name)
{
    return isPlainName(name) && name.find(' ') == std::string::npos && name.front() != '-' &&
           name.front() != '.';
}

bool isPluginSection(const std::string& section)
{
    const std::string kind = kindOf(section);
    return kind == "source" || kind == "transport";
}

/// Empty for a section of no meaning.
std::vector<Setting> tableOf(const std::string& section)
{
    const std::string kind = kindOf(section);
    if (kind == "pipeline") {
        return pipelineTable();
    }
    if (kind == "queue") {
        return queueTable();
    }
    if (!kind.empty()) {
        return pluginTable();
    }
    if (section == "host") {
        return hostTable();
    }
    if (section == "PORCH") {
        return porchTable();
    }
    if (section == "MySQL MLWH") {
        return warehouseTable();
    }
    return section == "SSL" ? sslTable() : aliasTable(section);
}

/// Names that a section might have been meant to have.
std::vector<std::string> likelyNames(const std::string& word)
{
    std::vector<std::string> result{"host",   "PORCH", "MySQL MLWH", "SSL",
                                    "LANGQC", "IRODS", "MAIL"};
    const auto dot = word.find('.');
    for (const std::string kind : kKinds) {
        result.push_back(kind + (dot == std::string::npos ? ".NAME" : word.substr(dot)));
    }
    return result;
}

void checkName(const IniSection& section, Findings& findings)
{
    const std::string kind = kindOf(section.name);
    if (!kind.empty() && !isGoodName(nameOf(section.name))) {
        findings.add({Finding::Severity::error, section.file, section.line, section.name, "",
                      "what follows " + kind +
                          ". may hold letters, digits, dots, hyphens and underscores, and must "
                          "begin with a letter, digit or underscore"});
    }
}

/// Reports the keys that the Python tools' sample file misspells; returns them.
std::vector<std::string> checkLangqc(const IniSection& section, Grammar grammar, Findings& findings)
{
    std::vector<std::string> result;
    for (const IniEntry& entry : section.entries) {
        const std::string meant = misspeltLangqcKey(entry.key);
        if (!meant.empty()) {
            result.push_back(entry.key);
            findings.add(
                {grammar == Grammar::ours ? Finding::Severity::error : Finding::Severity::warning,
                 entry.file, entry.line, section.name, entry.key,
                 "nothing reads this key; the right name is " + meant});
        }
    }
    return result;
}

} // namespace

std::string kindOf(const std::string& section)
{
    const auto dot = section.find('.');
    const std::string kind = section.substr(0, dot);
    const bool known = std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
    return known && dot != std::string::npos ? kind : "";
}

bool isOfPipelines(const std::string& section)
{
    return !kindOf(section).empty() || section == "PORCH";
}

std::string nameOf(const std::string& section)
{
    return section.substr(section.find('.') + 1);
}

void checkNames(const IniFile& ini, Grammar grammar, Findings& findings)
{
    Strangers strangers(grammar, findings);
    for (const IniSection& section : ini.sections()) {
        std::vector<std::string> known = keyNames(tableOf(section.name));
        if (known.empty()) {
            strangers.section(section, likelyNames(section.name));
            continue;
        }
        checkName(section, findings);
        if (section.name == "LANGQC") {
            const auto misspelt = checkLangqc(section, grammar, findings);
            known.insert(known.end(), misspelt.begin(), misspelt.end());
        }
        if (!isPluginSection(section.name)) {
            strangers.keys(section, known);
        }
    }
}

void checkDefaults(const IniFile& ini, Grammar grammar, Findings& findings)
{
    if (grammar == Grammar::python) {
        return; // there a key may be a word for %(name)s
    }
    std::vector<std::string> known;
    for (const IniSection& section : ini.sections()) {
        if (isPluginSection(section.name)) {
            return; // its plugin may know the key
        }
        const auto keys = keyNames(tableOf(section.name));
        known.insert(known.end(), keys.begin(), keys.end());
    }
    Strangers(grammar, findings).keys(ini.defaults(), known);
}

} // namespace notifyhost::config
