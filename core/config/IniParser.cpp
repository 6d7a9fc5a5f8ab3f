#include "config/IniParser.h"

#include "config/ValueText.h"

namespace notifyhost::config {

namespace {

constexpr std::string_view kDefaults = "DEFAULT";

/// Takes one line off the text; lines end with LF, CR LF or CR.
std::string_view takeLine(std::string_view& text)
{
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view result = text.substr(0, end);
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
    return result;
}

} // namespace

const IniEntry* IniSection::find(const std::string& key) const
{
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const IniEntry& entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

void IniParser::parse(std::string_view text, const std::string& file)
{
    _file = file;
    _line = 0;
    _indent = 0;
    _section = nullptr;
    _open = false;
    _headerMissing = false;
    while (!text.empty()) {
        ++_line;
        line(takeLine(text));
    }
    for (IniSection& section : _sections) {
        for (IniEntry& entry : section.entries) {
            entry.value = trimmed(entry.value);
        }
    }
    for (IniEntry& entry : _defaults.entries) {
        entry.value = trimmed(entry.value);
    }
}

void IniParser::line(std::string_view text)
{
    const std::string_view content = trimmed(text);
    if (content.starts_with('#') || content.starts_with(';')) {
        return;
    }
    if (content.empty()) {
        if (_open) {
            _section->entries.back().value += '\n';
        }
        return;
    }
    const std::size_t indent = text.find(content.front());
    if (_open && indent > _indent) {
        _section->entries.back().value.append("\n").append(content);
        return;
    }
    _indent = indent;
    const auto close = content.rfind(']');
    if (content.starts_with('[') && close != std::string_view::npos && close > 1) {
        header(std::string(content.substr(1, close - 1)));
        return;
    }
    entry(content);
}

void IniParser::header(const std::string& name)
{
    _open = false;
    if (name == kDefaults) {
        _section = &_defaults;
        if (_defaults.line > 0 && _grammar == Grammar::ours) {
            complain("", "this section is already opened at " + _defaults.file + ":" +
                             std::to_string(_defaults.line) + "; put the keys together there");
        }
        if (_defaults.line == 0) {
            _defaults.file = _file;
            _defaults.line = _line;
        }
        return;
    }
    const auto known =
        std::find_if(_sections.begin(), _sections.end(),
                     [&](const IniSection& section) { return section.name == name; });
    if (known == _sections.end()) {
        _sections.push_back({name, _file, _line, {}});
        _section = &_sections.back();
        return;
    }
    _section = &*known;
    complain("", "this section is already opened at " + known->file + ":" +
                     std::to_string(known->line) + "; put the keys together there");
}

void IniParser::entry(std::string_view text)
{
    _open = false;
    const auto delimiter = text.find_first_of("=:");
    const std::string key = lowered(trimmed(text.substr(0, std::min(delimiter, text.size()))));
    if (_section == nullptr) {
        if (!_headerMissing) {
            complain("", "there must be a [section] before the first key");
        }
        _headerMissing = true;
        return;
    }
    if (delimiter == std::string_view::npos) {
        complain("", "this line is neither a [section] nor key = value; what continues a value "
                     "must be indented");
        return;
    }
    if (key.empty() || (_grammar == Grammar::ours && !isPlainName(key))) {
        complain("", "what stands before = or : is not the name of a key; what continues a value "
                     "must be indented");
        return;
    }
    if (const IniEntry* known = _section->find(key)) {
        complain(key, "this key is already given at " + known->file + ":" +
                          std::to_string(known->line) + "; remove one of the two");
    }
    _section->entries.push_back(
        {key, std::string(trimmed(text.substr(delimiter + 1))), _file, _line, false, {}});
    _open = true;
}

void IniParser::complain(const std::string& key, std::string text)
{
    _findings.add({Finding::Severity::error, _file, _line, _section ? _section->name : "", key,
                   std::move(text)});
}

} // namespace notifyhost::config
