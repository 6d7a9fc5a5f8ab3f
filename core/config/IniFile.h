#pragma once

#include "config/Findings.h"

#include <Poco/AutoPtr.h>
#include <Poco/Util/AbstractConfiguration.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace notifyhost::config {

struct IniEntry {
    std::string key; ///< small letters
    std::string value;
    std::string file;
    int line{};
    bool inherited{};   ///< stands in [DEFAULT]
    std::string defect; ///< Grammar::python: why its % cannot be replaced; to be reported where the
                        ///< key is read, since other tools' keys are none of our business
};

struct IniSection {
    std::string name;
    std::string file; ///< where it was first opened
    int line{};
    std::vector<IniEntry> entries;

    const IniEntry* find(const std::string& key) const;
};

enum class Grammar {
    ours,  ///< conf.d/*.ini beside the file is read too; % is an ordinary character
    python ///< the old command names: %% is %, %(name)s refers to a key, conf.d is not read
};

/// An INI file in the grammar of Python's configparser: `=` or `:`, continuation lines (indented),
/// [DEFAULT] for all sections, comment lines that begin with # or ;, keys without regard to case,
/// sections with. UTF-8, with or without a byte order mark. What follows a value on its line
/// belongs to it, quotes too. A repeated section or key is an error, also across conf.d. Every
/// problem is a finding; a file that cannot be read (missing, a folder, unreadable, not a regular
/// file, not to be trusted, not UTF-8, over 4 MiB) is one, never a hang.
class IniFile {
public:
    static IniFile read(const std::filesystem::path& file, Grammar grammar, Findings& findings);

    /// The main file, as it was named.
    const std::string& file() const { return _file; }

    const std::vector<IniSection>& sections() const { return _sections; }
    const IniSection* find(const std::string& section) const;

    /// Why a secret should not stand in this file, which everyone can read, and the command that
    /// mends it; empty: it may.
    std::string exposure(const std::string& file) const;

    /// What [DEFAULT] says; every section's entries hold it too, unless they say otherwise.
    const IniSection& defaults() const { return _defaults; }

    /// Gives a section a key that it has not got yet; makes the section where it is missing.
    void supply(const std::string& section, IniEntry entry);

    /// Takes a key away, where it is there.
    void drop(const std::string& section, const std::string& key);

    /// The same as a Poco configuration, to be read only; keys are "section/key", never split at
    /// dots. It holds a copy. Read with getRawString(): getString() replaces ${…} by Poco's rules.
    Poco::AutoPtr<Poco::Util::AbstractConfiguration> view() const;

private:
    std::string _file;
    std::vector<IniSection> _sections;
    IniSection _defaults;
    std::map<std::string, std::string> _exposed; ///< files that everyone can read: what to run
};

} // namespace notifyhost::config
