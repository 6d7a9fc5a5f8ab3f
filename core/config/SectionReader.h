#pragma once

#include "config/IniFile.h"
#include "config/SettingValues.h"
#include "log/Logger.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::config {

/// Reads the sections of a configuration by settings tables: the host's own and the plugins'.
/// Everything wrong is a finding with its place. Owner: holds references only.
class SectionReader {
public:
    using Table = std::vector<Setting>;
    using Overrides = std::map<std::string, std::string>;

    /// Whether the secret of a section's key is read at all.
    using Wanted = std::function<bool(const std::string& section, const std::string& key)>;

    /// wanted: a secret that it does not want has no value, and its file is not opened; empty: all
    /// are read.
    SectionReader(const IniFile& ini, std::filesystem::path file, Grammar grammar,
                  log::Redactor& redactor, Findings& findings, Wanted wanted = {});

    /// The checked values of a section: from the overrides, the section's own key, or the first
    /// alias that is there. Paths are absolute, secrets registered with the redactor. A section
    /// that is not there is an empty one.
    SettingValues read(const std::string& section, const Table& table,
                       const Overrides& overrides = {});

    /// Reports an error at a key of a section, or at the section where it has no such key.
    void complain(const std::string& section, const std::string& key, std::string text);

    /// The same as a warning, with which everything goes on.
    void warn(const std::string& section, const std::string& key, std::string text);

    /// Whether the section has the key.
    bool has(const std::string& section, const std::string& key) const;

    /// `FILE:LINE` of a key.
    std::string placeOf(const std::string& section, const std::string& key) const;

    /// The path as seen from the file that holds the key, or from the main file.
    std::filesystem::path fromFileOf(const std::string& section, const std::string& key,
                                     const std::filesystem::path& path) const;

private:
    /// Where a setting's value stands.
    struct Source {
        std::string section;
        const IniEntry* entry{};     ///< `x`; may be null
        const IniEntry* fileEntry{}; ///< `x_file`; may be null
    };

    const IniEntry* entry(const std::string& section, const std::string& key) const;
    Finding place(const std::string& section, const std::string& key) const;
    std::optional<Source> locate(const std::string& section, const Setting& setting,
                                 const Table& table) const;
    std::optional<std::string> fetch(const Source& source);
    std::optional<std::string> fetchSecretFile(const Source& source);
    std::optional<std::string> expanded(const std::string& section, const IniEntry& entry);
    std::optional<std::string> value(const std::string& section, const Setting& setting,
                                     const Table& table);
    std::optional<std::string> override(const Setting& setting, const std::string& text);
    std::optional<std::string> accepted(const Setting& setting, const std::string& text,
                                        const std::filesystem::path& folder, Finding place);
    void weighExposure(const IniEntry& entry);
    void complainMissing(const std::string& section, const Setting& setting);
    void checkOverrides(const Table& table, const Overrides& overrides);

    const IniFile& _ini;
    std::filesystem::path _file;
    Grammar _grammar;
    log::Redactor& _redactor;
    Findings& _findings;
    Wanted _wanted;
};

/// The names of a table's keys, with those of the files that hold secrets.
std::vector<std::string> keyNames(const SectionReader::Table& table);

} // namespace notifyhost::config
