#include "config/SectionReader.h"

#include "config/Secrets.h"
#include "trust/TrustRules.h"

namespace notifyhost::config {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileSuffix = "_file";

/// An old place of a value, from `[SECTION] key`.
struct Alias {
    std::string section;
    std::string key;
};

Alias readAlias(const std::string& text)
{
    const auto close = text.find("] ");
    if (!text.starts_with('[') || close == std::string::npos) {
        throw PluginFault("\"" + text + "\" is not an alias of the form [SECTION] key");
    }
    return {text.substr(1, close - 1), text.substr(close + 2)};
}

bool hasRow(const SectionReader::Table& table, const std::string& name)
{
    return std::any_of(table.begin(), table.end(),
                       [&](const Setting& row) { return row.name == name; });
}

/// Whether the secret may also be given as the name of a file.
bool hasFileKey(const Setting& setting, const SectionReader::Table& table)
{
    return setting.secrecy == Secrecy::secret &&
           !hasRow(table, setting.name + std::string(kFileSuffix));
}

fs::path absolutePath(const fs::path& folder, const fs::path& path)
{
    const fs::path result = (fs::current_path() / folder / path).lexically_normal();
    return result.has_filename() || !result.has_relative_path() ? result : result.parent_path();
}

std::string positionOf(const IniEntry& entry)
{
    return entry.file + ":" + std::to_string(entry.line);
}

} // namespace

std::vector<std::string> keyNames(const SectionReader::Table& table)
{
    std::vector<std::string> result;
    for (const Setting& setting : table) {
        result.push_back(setting.name);
        if (hasFileKey(setting, table)) {
            result.push_back(setting.name + std::string(kFileSuffix));
        }
    }
    return result;
}

SectionReader::SectionReader(const IniFile& ini, fs::path file, Grammar grammar,
                             log::Redactor& redactor, Findings& findings, Wanted wanted)
    : _ini(ini),
      _file(std::move(file)),
      _grammar(grammar),
      _redactor(redactor),
      _findings(findings),
      _wanted(std::move(wanted))
{
}

SettingValues SectionReader::read(const std::string& section, const Table& table,
                                  const Overrides& overrides)
{
    checkOverrides(table, overrides);
    Table rows = table;
    std::map<std::string, std::string> values;
    for (Setting& setting : rows) {
        if (setting.kind == Kind::path && !setting.fallback.empty()) {
            setting.fallback = absolutePath(_file.parent_path(), setting.fallback).string();
        }
        const auto given = overrides.find(setting.name);
        const auto text = given != overrides.end() ? override(setting, given->second)
                                                   : value(section, setting, table);
        if (text) {
            values.emplace(setting.name, *text);
        }
    }
    return {std::move(rows), std::move(values)};
}

void SectionReader::complain(const std::string& section, const std::string& key, std::string text)
{
    Finding finding = place(section, key);
    finding.text = std::move(text);
    _findings.add(std::move(finding));
}

void SectionReader::warn(const std::string& section, const std::string& key, std::string text)
{
    Finding finding = place(section, key);
    finding.severity = Finding::Severity::warning;
    finding.text = std::move(text);
    _findings.add(std::move(finding));
}

bool SectionReader::has(const std::string& section, const std::string& key) const
{
    return entry(section, key) != nullptr;
}

std::string SectionReader::placeOf(const std::string& section, const std::string& key) const
{
    const Finding finding = place(section, key);
    return finding.file + ":" + std::to_string(finding.line);
}

fs::path SectionReader::fromFileOf(const std::string& section, const std::string& key,
                                   const fs::path& path) const
{
    return absolutePath(fs::path(place(section, key).file).parent_path(), path);
}

const IniEntry* SectionReader::entry(const std::string& section, const std::string& key) const
{
    const IniSection* found = _ini.find(section);
    return found == nullptr ? nullptr : found->find(key);
}

Finding SectionReader::place(const std::string& section, const std::string& key) const
{
    Finding result{Finding::Severity::error, _file.string(), 0, section, key, ""};
    if (const IniEntry* found = entry(section, key)) {
        result.file = found->file;
        result.line = found->line;
    } else if (const IniSection* whole = _ini.find(section)) {
        result.file = whole->file;
        result.line = whole->line;
    }
    return result;
}

std::optional<SectionReader::Source>
SectionReader::locate(const std::string& section, const Setting& setting, const Table& table) const
{
    std::vector<Alias> places{{section, setting.name}};
    for (const std::string& alias : setting.aliases) {
        places.push_back(readAlias(alias));
    }
    const bool mayBeFile = hasFileKey(setting, table);
    for (const Alias& where : places) {
        const Source source{where.section, entry(where.section, where.key),
                            mayBeFile ? entry(where.section, where.key + std::string(kFileSuffix))
                                      : nullptr};
        if (source.entry != nullptr || source.fileEntry != nullptr) {
            return source;
        }
    }
    return std::nullopt;
}

std::optional<std::string> SectionReader::fetch(const Source& source)
{
    if (source.fileEntry == nullptr) {
        return expanded(source.section, *source.entry);
    }
    if (source.entry != nullptr) {
        complain(source.section, source.fileEntry->key,
                 source.entry->key + " is given as well, at " + positionOf(*source.entry) +
                     "; remove one of the two");
        return std::nullopt;
    }
    return fetchSecretFile(source);
}

std::optional<std::string> SectionReader::fetchSecretFile(const Source& source)
{
    const IniEntry& named = *source.fileEntry;
    const auto path = expanded(source.section, named);
    if (!path) {
        return std::nullopt;
    }
    if (path->empty()) {
        complain(source.section, named.key, "is empty; name the file that holds the secret");
        return std::nullopt;
    }
    try {
        const fs::path file = fromFileOf(source.section, named.key, *path);
        const SecretFile secret = readSecretFile(file);
        for (const auto& warning : secret.warnings) {
            warn(source.section, named.key, warning);
        }
        return secret.content;
    } catch (const SecretError& error) {
        complain(source.section, named.key, error.what());
        return std::nullopt;
    }
}

std::optional<std::string> SectionReader::expanded(const std::string& section,
                                                   const IniEntry& entry)
{
    if (!entry.defect.empty()) {
        complain(section, entry.key, entry.defect);
        return std::nullopt;
    }
    try {
        return expandReferences(entry.value,
                                _grammar == Grammar::ours ? StrangeReference::refuse
                                                          : StrangeReference::keep,
                                _redactor);
    } catch (const SecretError& error) {
        complain(section, entry.key, error.what());
        return std::nullopt;
    }
}

std::optional<std::string> SectionReader::value(const std::string& section, const Setting& setting,
                                                const Table& table)
{
    if (setting.secrecy == Secrecy::secret && _wanted && !_wanted(section, setting.name)) {
        return std::nullopt;
    }
    const auto source = locate(section, setting, table);
    if (!source) {
        complainMissing(section, setting);
        return std::nullopt;
    }
    const auto text = fetch(*source);
    if (!text) {
        return std::nullopt;
    }
    const IniEntry& found = source->fileEntry != nullptr ? *source->fileEntry : *source->entry;
    if (setting.secrecy == Secrecy::secret && source->fileEntry == nullptr) {
        weighExposure(found);
    }
    return accepted(setting, *text, fs::path(found.file).parent_path(),
                    place(source->section, found.key));
}

/// A secret that stands in the configuration itself.
void SectionReader::weighExposure(const IniEntry& entry)
{
    const std::string exposure = _ini.exposure(entry.file);
    const auto answer = answerTo(FileUse::configuration, Trouble::exposed);
    const bool isReference = entry.value.find("${") != std::string::npos;
    if (!exposure.empty() && !entry.value.empty() && !isReference && answer != Answer::fine) {
        _findings.add(
            {answer == Answer::warn ? Finding::Severity::warning : Finding::Severity::error,
             entry.file, 0, "", "", exposure});
    }
}

std::optional<std::string> SectionReader::override(const Setting& setting, const std::string& text)
{
    return accepted(setting, text, fs::path(),
                    {Finding::Severity::error, "", 0, "", "--" + setting.name, ""});
}

std::optional<std::string> SectionReader::accepted(const Setting& setting, const std::string& text,
                                                   const fs::path& folder, Finding place)
{
    if (setting.secrecy == Secrecy::secret) {
        _redactor.add(text);
    }
    // A value that is no secret by itself may have been made from one.
    place.text = _redactor.redact(checkValue(setting, text));
    if (!place.text.empty()) {
        _findings.add(std::move(place));
        return std::nullopt;
    }
    if (setting.kind == Kind::path) {
        return absolutePath(folder, text).string();
    }
    return text;
}

void SectionReader::complainMissing(const std::string& section, const Setting& setting)
{
    if (setting.need == Need::optional || !setting.fallback.empty()) {
        return;
    }
    std::string text = "is missing: " + setting.help;
    for (const std::string& alias : setting.aliases) {
        text += "; may also stand as " + alias;
    }
    complain(section, setting.name, std::move(text));
}

void SectionReader::checkOverrides(const Table& table, const Overrides& overrides)
{
    for (const auto& [name, text] : overrides) {
        if (!hasRow(table, name)) {
            std::vector<std::string> names;
            for (const Setting& setting : table) {
                names.push_back(setting.name);
            }
            const std::string similar = suggest(name, names);
            _findings.add({Finding::Severity::error, "", 0, "", "--" + name,
                           "there is no such setting" +
                               (similar.empty() ? "" : "; did you mean --" + similar + "?")});
        }
    }
}

} // namespace notifyhost::config
