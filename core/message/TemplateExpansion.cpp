#include "message/TemplateExpansion.h"

#include "message/Marks.h"

#include <algorithm>
#include <string_view>

namespace notifyhost::message {

namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kSpace = " \t\n";
constexpr std::string_view kKinds = "#^/!>&=";

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

/// One tag as it stands in a file.
struct Tag {
    char kind{};           ///< # ^ / ! > & = or 0 for a plain name
    std::string_view name; ///< what follows the kind, trimmed
    std::size_t begin{};
    std::size_t end{};
};

/// An open section.
struct Section {
    std::string name;
    std::size_t line{};
    std::string closing; ///< what its closing tag becomes
};

/// What the expansions of a template and of the partials in it share.
struct Workshop {
    const std::map<std::string, TemplateFile>& files;
    std::vector<std::string>& problems;
    ExpandedTemplate& result;
    std::vector<std::string> open; ///< the names being expanded, outermost first
};

/// Expands one file into the result.
class FileExpansion {
public:
    /// Puts the indent before every line but the first.
    FileExpansion(Workshop& workshop, const std::string& name, std::string_view indent);
    void run();

private:
    bool readTag(std::size_t begin, Tag& tag);
    std::size_t takeTag(const Tag& tag, std::string_view literal);
    void expandTag(const Tag& tag, std::string_view indent);
    void openSection(const Tag& tag);
    void closeSection(const Tag& tag);
    void includePartial(const Tag& tag, std::string_view indent);
    std::string place(const Tag& tag, TagPlace::Use use);
    void countLines(std::size_t begin, std::size_t end);
    void problem(std::size_t line, const std::string& text);

    Workshop& _workshop;
    std::string& _output;
    const std::string _path;
    const std::string _text;
    std::size_t _line{1};
    std::vector<Section> _sections; ///< open ones
};

/// The blanks before a tag that stands on a line of its own, or npos where it does not.
std::size_t blanksBefore(std::string_view text, const Tag& tag)
{
    if (std::string_view("#^/!>").find(tag.kind) == std::string_view::npos) {
        return std::string_view::npos;
    }
    const auto before = text.substr(0, tag.begin).find_last_not_of(kBlanks);
    const auto after = text.find_first_not_of(kBlanks, tag.end);
    const bool startsLine = before == std::string_view::npos || text[before] == '\n';
    const bool endsLine = after == std::string_view::npos || text[after] == '\n';
    if (!startsLine || !endsLine) {
        return std::string_view::npos;
    }
    return tag.begin - (before == std::string_view::npos ? 0 : before + 1);
}

/// The text with the indent before every line but the first.
std::string indented(std::string_view text, std::string_view indent)
{
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        result += text[at];
        if (text[at] == '\n' && at + 1 < text.size()) {
            result += indent;
        }
    }
    return result;
}

bool isName(std::string_view text)
{
    return !text.empty() && text.find_first_of("{} \t\n#^/!>&=") == std::string_view::npos;
}

FileExpansion::FileExpansion(Workshop& workshop, const std::string& name, std::string_view indent)
    : _workshop(workshop),
      _output(workshop.result.text),
      _path(workshop.files.at(name).path),
      _text(indented(workshop.files.at(name).text, indent))
{
}

void FileExpansion::run()
{
    std::size_t at = 0;
    while (at < _text.size()) {
        const auto begin = std::min(_text.find("{{", at), _text.size());
        const auto literal = std::string_view(_text).substr(at, begin - at);
        countLines(at, begin);
        Tag tag;
        if (begin == _text.size() || !readTag(begin, tag)) {
            _output += literal;
            break;
        }
        at = takeTag(tag, literal);
        countLines(begin, at);
    }
    for (const auto& section : _sections) {
        problem(section.line, "the section '" + section.name + "' is never closed");
    }
}

bool FileExpansion::readTag(std::size_t begin, Tag& tag)
{
    const std::string_view text = _text;
    const bool triple = text.substr(begin).starts_with("{{{");
    const std::string_view closing = triple ? "}}}" : "}}";
    const auto inside = begin + closing.size();
    const auto end = text.find(closing, inside);
    if (end == std::string_view::npos) {
        problem(_line, "a tag that is not closed by " + std::string(closing));
        return false;
    }
    tag.begin = begin;
    tag.end = end + closing.size();
    tag.name = trimmed(text.substr(inside, end - inside));
    tag.kind = triple ? '&' : '\0';
    if (!triple && !tag.name.empty() && kKinds.find(tag.name.front()) != std::string_view::npos) {
        tag.kind = tag.name.front();
        tag.name = trimmed(tag.name.substr(1));
    }
    return true;
}

/// Writes the literal text before a tag and what becomes of the tag; returns where to go on.
std::size_t FileExpansion::takeTag(const Tag& tag, std::string_view literal)
{
    const auto blanks = blanksBefore(_text, tag);
    if (blanks == std::string_view::npos) {
        _output += literal;
        expandTag(tag, {});
        return tag.end;
    }
    const auto indent = literal.substr(literal.size() - blanks);
    // The blanks before a partial belong to its first line.
    _output += tag.kind == '>' ? literal : literal.substr(0, literal.size() - blanks);
    expandTag(tag, indent);
    const auto lineEnd = _text.find('\n', tag.end);
    return lineEnd == std::string::npos ? _text.size() : lineEnd + 1;
}

void FileExpansion::expandTag(const Tag& tag, std::string_view indent)
{
    if (tag.kind == '!') {
        return;
    }
    if (tag.kind == '=') {
        problem(_line, "the delimiters {{ and }} cannot be changed");
    } else if (!isName(tag.name)) {
        problem(_line, "'" + std::string(tag.name) + "' in a tag is not a name");
    } else if (tag.kind == '#' || tag.kind == '^') {
        openSection(tag);
    } else if (tag.kind == '/') {
        closeSection(tag);
    } else if (tag.kind == '>') {
        includePartial(tag, indent);
    } else {
        const std::string opening = tag.kind == '&' ? "{{&" : "{{";
        _output += opening + place(tag, TagPlace::Use::print) + "}}";
    }
}

void FileExpansion::openSection(const Tag& tag)
{
    const std::string name(tag.name);
    const auto padding = tag.kind == '#' ? paddingMark(name) : std::nullopt;
    if (padding) {
        _sections.push_back({name, _line, paddingEnd()});
        _output += *padding;
        return;
    }
    const auto use = tag.kind == '#' ? TagPlace::Use::section : TagPlace::Use::inverted;
    const std::string marked = place(tag, use);
    _sections.push_back({name, _line, "{{/" + marked + "}}" + kEdgeMark});
    _output += "{{" + std::string(1, tag.kind) + marked + "}}" + kEdgeMark;
}

void FileExpansion::closeSection(const Tag& tag)
{
    if (_sections.empty()) {
        problem(_line, "{{/" + std::string(tag.name) + "}} closes a section that is not open");
        return;
    }
    const auto section = _sections.back();
    _sections.pop_back();
    if (section.name != tag.name) {
        problem(_line, "{{/" + std::string(tag.name) + "}} where the section '" + section.name +
                           "' of line " + std::to_string(section.line) + " is to be closed first");
    }
    _output += section.closing;
}

void FileExpansion::includePartial(const Tag& tag, std::string_view indent)
{
    const std::string name(tag.name);
    auto& open = _workshop.open;
    if (!_workshop.files.contains(name)) {
        problem(_line, "there is no partial '" + name + "' (" + name + ".mustache)");
    } else if (std::find(open.begin(), open.end(), name) != open.end()) {
        problem(_line, "the partial '" + name + "' includes itself");
    } else {
        _output += kEdgeMark;
        open.push_back(name);
        FileExpansion(_workshop, name, indent).run();
        open.pop_back();
        _output += kEdgeMark;
    }
}

std::string FileExpansion::place(const Tag& tag, TagPlace::Use use)
{
    auto& places = _workshop.result.places;
    places.push_back({use, std::string(tag.name), _path, _line});
    return std::string(tag.name) + kPlaceMark + std::to_string(places.size() - 1);
}

void FileExpansion::countLines(std::size_t begin, std::size_t end)
{
    const auto from = _text.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = _text.begin() + static_cast<std::ptrdiff_t>(end);
    _line += static_cast<std::size_t>(std::count(from, to, '\n'));
}

void FileExpansion::problem(std::size_t line, const std::string& text)
{
    const std::string full = _path + ":" + std::to_string(line) + ": " + text;
    auto& problems = _workshop.problems;
    // A partial may be used more than once.
    if (std::find(problems.begin(), problems.end(), full) == problems.end()) {
        problems.push_back(full);
    }
}

} // namespace

ExpandedTemplate expandTemplate(const std::string& name,
                                const std::map<std::string, TemplateFile>& files,
                                std::vector<std::string>& problems)
{
    ExpandedTemplate result;
    Workshop workshop{files, problems, result, {name}};
    FileExpansion(workshop, name, {}).run();
    return result;
}

} // namespace notifyhost::message
