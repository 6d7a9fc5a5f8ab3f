#include "message/TemplateParser.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

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

/// What parsing a template and the partials in it shares.
struct Workshop {
    const std::map<std::string, TemplateFile>& files;
    std::vector<std::string>& problems;
    std::vector<std::string> open; ///< the names being parsed, outermost first
};

/// Parses one file to the end of what there is already.
class FileParser {
public:
    /// Puts the indent before every line but the first.
    FileParser(Workshop& workshop, const std::string& name, std::string_view indent,
               std::vector<Piece>& result);
    void run();

private:
    bool readTag(std::size_t begin, Tag& tag);
    std::size_t takeTag(const Tag& tag, std::string_view literal);
    void parseTag(const Tag& tag, std::string_view indent);
    void openSection(const Tag& tag);
    void closeSection(const Tag& tag);
    void includePartial(const Tag& tag, std::string_view indent);
    void addLiteral(std::string_view text);
    Piece piece(Piece::Kind kind, const Tag& tag) const;
    std::vector<Piece>& here();
    void countLines(std::size_t begin, std::size_t end);
    void problem(std::size_t line, const std::string& text);

    Workshop& _workshop;
    std::vector<Piece>& _result;
    const std::string _path;
    const std::string _text;
    std::size_t _line{1};
    std::vector<Piece> _open; ///< sections and paddings, outermost first
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

/// Makes a section a padding where its name is left or right and a number of 1 to 999.
void becomePadding(Piece& piece)
{
    const std::string_view name = piece.text;
    const bool right = name.starts_with("right");
    if (!right && !name.starts_with("left")) {
        return;
    }
    const auto digits = name.substr(right ? 5 : 4);
    if (digits.empty() || digits.size() > 3 || digits.front() == '0' ||
        digits.find_first_not_of("0123456789") != std::string_view::npos)
    {
        return;
    }
    piece.kind = right ? Piece::Kind::right : Piece::Kind::left;
    std::from_chars(digits.data(), digits.data() + digits.size(), piece.width);
}

FileParser::FileParser(Workshop& workshop, const std::string& name, std::string_view indent,
                       std::vector<Piece>& result)
    : _workshop(workshop),
      _result(result),
      _path(workshop.files.at(name).path),
      _text(indented(workshop.files.at(name).text, indent))
{
}

void FileParser::run()
{
    std::size_t at = 0;
    while (at < _text.size()) {
        const auto begin = std::min(_text.find("{{", at), _text.size());
        const auto literal = std::string_view(_text).substr(at, begin - at);
        countLines(at, begin);
        Tag tag;
        if (begin == _text.size() || !readTag(begin, tag)) {
            addLiteral(literal);
            break;
        }
        at = takeTag(tag, literal);
        countLines(begin, at);
    }
    for (const auto& section : _open) {
        problem(section.line, "the section '" + section.text + "' is never closed");
    }
}

bool FileParser::readTag(std::size_t begin, Tag& tag)
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

/// Adds the literal text before a tag and what becomes of the tag; returns where to go on.
std::size_t FileParser::takeTag(const Tag& tag, std::string_view literal)
{
    const auto blanks = blanksBefore(_text, tag);
    if (blanks == std::string_view::npos) {
        addLiteral(literal);
        parseTag(tag, {});
        return tag.end;
    }
    const auto indent = literal.substr(literal.size() - blanks);
    // The blanks before a partial belong to its first line.
    addLiteral(tag.kind == '>' ? literal : literal.substr(0, literal.size() - blanks));
    parseTag(tag, indent);
    const auto lineEnd = _text.find('\n', tag.end);
    return lineEnd == std::string::npos ? _text.size() : lineEnd + 1;
}

void FileParser::parseTag(const Tag& tag, std::string_view indent)
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
        here().push_back(piece(tag.kind == '&' ? Piece::Kind::printRaw : Piece::Kind::print, tag));
    }
}

void FileParser::openSection(const Tag& tag)
{
    _open.push_back(piece(tag.kind == '#' ? Piece::Kind::section : Piece::Kind::inverted, tag));
    if (tag.kind == '#') {
        becomePadding(_open.back());
    }
}

void FileParser::closeSection(const Tag& tag)
{
    if (_open.empty()) {
        problem(_line, "{{/" + std::string(tag.name) + "}} closes a section that is not open");
        return;
    }
    Piece section = std::move(_open.back());
    _open.pop_back();
    if (section.text != tag.name) {
        problem(_line, "{{/" + std::string(tag.name) + "}} where the section '" + section.text +
                           "' of line " + std::to_string(section.line) + " is to be closed first");
    }
    here().push_back(std::move(section));
}

void FileParser::includePartial(const Tag& tag, std::string_view indent)
{
    const std::string name(tag.name);
    auto& open = _workshop.open;
    if (!_workshop.files.contains(name)) {
        problem(_line, "there is no partial '" + name + "' (" + name + ".mustache)");
    } else if (std::find(open.begin(), open.end(), name) != open.end()) {
        problem(_line, "the partial '" + name + "' includes itself");
    } else {
        open.push_back(name);
        FileParser(_workshop, name, indent, here()).run();
        open.pop_back();
    }
}

void FileParser::addLiteral(std::string_view text)
{
    if (!text.empty()) {
        here().push_back({Piece::Kind::literal, std::string(text), {}, 0, {}, 0});
    }
}

Piece FileParser::piece(Piece::Kind kind, const Tag& tag) const
{
    return {kind, std::string(tag.name), {}, 0, _path, _line};
}

/// Where the next piece belongs.
std::vector<Piece>& FileParser::here()
{
    return _open.empty() ? _result : _open.back().inside;
}

void FileParser::countLines(std::size_t begin, std::size_t end)
{
    const auto from = _text.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = _text.begin() + static_cast<std::ptrdiff_t>(end);
    _line += static_cast<std::size_t>(std::count(from, to, '\n'));
}

void FileParser::problem(std::size_t line, const std::string& text)
{
    const std::string full = _path + ":" + std::to_string(line) + ": " + text;
    auto& problems = _workshop.problems;
    // A partial may be used more than once.
    if (std::find(problems.begin(), problems.end(), full) == problems.end()) {
        problems.push_back(full);
    }
}

} // namespace

std::vector<Piece> parseTemplate(const std::string& name,
                                 const std::map<std::string, TemplateFile>& files,
                                 std::vector<std::string>& problems)
{
    std::vector<Piece> result;
    Workshop workshop{files, problems, {name}};
    FileParser(workshop, name, {}, result).run();
    return result;
}

} // namespace notifyhost::message
