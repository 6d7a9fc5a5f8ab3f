#pragma once

#include "config/IniFile.h"

#include <string_view>

namespace notifyhost::config {

/// Reads the lines of INI files, one file after the other, into one list of sections. Values are as
/// written: nothing is inherited or replaced yet.
class IniParser {
public:
    IniParser(Grammar grammar, Findings& findings) : _grammar(grammar), _findings(findings) {}

    /// text: UTF-8 without a byte order mark. file: its name for messages.
    void parse(std::string_view text, const std::string& file);

    std::vector<IniSection>& sections() { return _sections; }
    IniSection& defaults() { return _defaults; }

private:
    void line(std::string_view text);
    void header(const std::string& name);
    void entry(std::string_view text);
    void complain(const std::string& key, std::string text);

    Grammar _grammar;
    Findings& _findings;
    std::vector<IniSection> _sections;
    IniSection _defaults{"DEFAULT", "", 0, {}};

    std::string _file;
    int _line{};
    std::size_t _indent{};  ///< of the line that opened the current key
    IniSection* _section{}; ///< the current one; null before the first
    bool _open{};           ///< whether the section's last entry may go on
    bool _headerMissing{};  ///< said already
};

} // namespace notifyhost::config
