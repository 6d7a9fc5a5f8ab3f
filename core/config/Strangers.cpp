#include "config/Strangers.h"

#include "config/ValueText.h"

namespace notifyhost::config {

namespace {

/// `[section] key (line 3)`; odd names, which may be parts of a secret, by their line alone.
std::string shortName(const std::string& section, const std::string& key, int line)
{
    std::string result = isPlainName(section) ? "[" + section + "]" : "";
    if (isPlainName(key)) {
        result += " " + key;
    }
    return result + " (line " + std::to_string(line) + ")";
}

} // namespace

Strangers::~Strangers()
{
    if (!_warning.text.empty()) {
        _findings.add(_warning);
    }
}

void Strangers::section(const IniSection& section, const std::vector<std::string>& known)
{
    report(section, section.file, section.line, "", known);
}

void Strangers::keys(const IniSection& section, const std::vector<std::string>& known)
{
    for (const IniEntry& entry : section.entries) {
        if (!entry.inherited && std::find(known.begin(), known.end(), entry.key) == known.end()) {
            report(section, entry.file, entry.line, entry.key, known);
        }
    }
}

void Strangers::report(const IniSection& section, const std::string& file, int line,
                       const std::string& key, const std::vector<std::string>& known)
{
    if (_grammar == Grammar::python) {
        if (_warning.text.empty()) {
            _warning.file = file;
            _warning.line = line;
            _warning.text = "not known here and ignored: ";
        } else {
            _warning.text += ", ";
        }
        _warning.text += shortName(section.name, key, line);
        return;
    }
    const std::string similar = suggest(key.empty() ? section.name : key, known);
    std::string text = key.empty() ? "there is no section of this name"
                                   : "there is no key of this name in this section";
    if (!similar.empty()) {
        text +=
            key.empty() ? "; did you mean [" + similar + "]?" : "; did you mean " + similar + "?";
    }
    _findings.add({Finding::Severity::error, file, line, section.name, key, std::move(text)});
}

} // namespace notifyhost::config
