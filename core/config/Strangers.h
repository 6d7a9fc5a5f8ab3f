#pragma once

#include "config/Findings.h"
#include "config/IniFile.h"

#include <string>
#include <vector>

namespace notifyhost::config {

/// Reports what a configuration says and nothing reads: an error each, with a suggestion; under
/// Grammar::python one warning for all, since the old tools ignored it.
class Strangers {
public:
    Strangers(Grammar grammar, Findings& findings) : _grammar(grammar), _findings(findings) {}
    ~Strangers();
    Strangers(const Strangers&) = delete;
    Strangers& operator=(const Strangers&) = delete;

    /// A section of no meaning. known: what it might have been meant for.
    void section(const IniSection& section, const std::vector<std::string>& known);

    /// All keys of the section but the known ones and those that [DEFAULT] gave to all.
    void keys(const IniSection& section, const std::vector<std::string>& known);

private:
    void report(const IniSection& section, const std::string& file, int line,
                const std::string& key, const std::vector<std::string>& known);

    Grammar _grammar;
    Findings& _findings;
    Finding _warning{Finding::Severity::warning, "", 0, "", "", ""};
};

} // namespace notifyhost::config
