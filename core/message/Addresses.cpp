#include "message/Addresses.h"

#include <notifyhost/Mime.h>
#include <notifyhost/Shown.h>

#include <Poco/String.h>
#include <Poco/UTF8String.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include <arpa/inet.h>

namespace notifyhost::message {

namespace {

/// As much of a text as a list of tasks has room for; whoever wants more looks into the field.
constexpr std::size_t kLongestShown = 160;

/// No column for contacts has more room, and a field's pieces cost time.
constexpr std::size_t kLongestField = 16384;

constexpr std::size_t kLongestLocal = 64;
constexpr std::size_t kLongestDomain = 255;
constexpr std::size_t kLongestLabel = 63;

/// Unicode's White_Space.
bool isBlank(char32_t value)
{
    return (value >= 0x09 && value <= 0x0D) || value == 0x20 || value == 0x85 || value == 0xA0 ||
           value == 0x1680 || (value >= 0x2000 && value <= 0x200A) || value == 0x2028 ||
           value == 0x2029 || value == 0x202F || value == 0x205F || value == 0x3000;
}

bool isControl(char32_t value)
{
    return value < 0x20 || (value >= 0x7F && value < 0xA0);
}

/// What must not be shown as it is, and what some scripts need between letters: nobody could tell
/// an address that holds it from the one without.
bool isHidden(const TextPiece& piece)
{
    return piece.hidden != nullptr || piece.value == 0x200C || piece.value == 0x200D;
}

/// What shows no trace where text is pasted. Overrides of direction and tags come with no paste.
bool isUnseen(const TextPiece& piece)
{
    const bool isMeant = piece.value == 0x202D || piece.value == 0x202E || piece.value >= 0xE0000;
    return isHidden(piece) && piece.isUtf8 && !isControl(piece.value) && !isMeant;
}

std::string_view trimmed(std::string_view text)
{
    std::size_t begin = text.size();
    std::size_t end = text.size();
    for (std::size_t offset = 0; offset < text.size();) {
        const auto piece = pieceAt(text, offset);
        if (!piece.isUtf8 || (!isBlank(piece.value) && !isUnseen(piece))) {
            begin = std::min(begin, offset);
            end = offset + piece.octets.size();
        }
        offset += piece.octets.size();
    }
    return text.substr(begin, end - begin);
}

/// The text as a log and a list may show it.
std::string shown(std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string result;
    std::size_t count = 0;
    for (std::size_t offset = 0; offset < text.size(); ++count) {
        if (count == kLongestShown) {
            return result + "… (" + std::to_string(text.size()) + " octets)";
        }
        const auto piece = pieceAt(text, offset);
        if (!isHidden(piece) && (piece.value == ' ' || !isBlank(piece.value))) {
            result += piece.octets;
        } else {
            for (const char octet : piece.octets) {
                const auto number = static_cast<unsigned char>(octet);
                result += {'\\', 'x', kDigits[number >> 4], kDigits[number & 0xF]};
            }
        }
        offset += piece.octets.size();
    }
    return result;
}

/// Where the quoted string that begins at an offset ends: behind its closing quote, or the end.
std::size_t afterQuoted(std::string_view text, std::size_t begin)
{
    for (std::size_t at = begin + 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            return at + 1;
        }
    }
    return text.size();
}

/// How many @ stand outside of quotes.
std::size_t countAts(std::string_view text)
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        count += text[at] == '@' ? 1 : 0;
        at = text[at] == '"' ? afterQuoted(text, at) : at + 1;
    }
    return count;
}

bool isLetterOrDigit(char character)
{
    const auto octet = static_cast<unsigned char>(character);
    return octet >= 0x80 || (character >= '0' && character <= '9') ||
           (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

/// What a field is made of. Blanks are left out.
struct Token {
    enum class Kind {
        word,    ///< without an @
        address, ///< with one or more
        angle,   ///< <…>
        comma,
        semicolon
    };
    Kind kind{};
    std::size_t begin{};
    std::size_t end{};
    bool afterBlank{};
};

using Kind = Token::Kind;

/// Behind the > of what begins with <; nothing where there is none.
std::optional<std::size_t> afterAngle(std::string_view text, std::size_t begin)
{
    for (std::size_t at = begin + 1; at < text.size();) {
        if (text[at] == '>') {
            return at + 1;
        }
        at = text[at] == '"' ? afterQuoted(text, at) : at + 1;
    }
    return std::nullopt;
}

Token takeToken(std::string_view text, std::size_t begin)
{
    if (text[begin] == ',' || text[begin] == ';') {
        return {text[begin] == ',' ? Kind::comma : Kind::semicolon, begin, begin + 1};
    }
    if (text[begin] == '<') {
        if (const auto end = afterAngle(text, begin)) {
            return {Kind::angle, begin, *end};
        }
    }
    std::size_t end = begin;
    while (end < text.size()) {
        const char character = text[end];
        const auto piece = pieceAt(text, end);
        if (character == ',' || character == ';' || (piece.isUtf8 && isBlank(piece.value)) ||
            (character == '<' && end > begin && afterAngle(text, end)))
        {
            break;
        }
        end = character == '"' ? afterQuoted(text, end) : end + piece.octets.size();
    }
    const auto kind = countAts(text.substr(begin, end - begin)) > 0 ? Kind::address : Kind::word;
    return {kind, begin, end};
}

std::vector<Token> tokensOf(std::string_view text)
{
    std::vector<Token> tokens;
    bool afterBlank = true;
    for (std::size_t offset = 0; offset < text.size();) {
        const auto piece = pieceAt(text, offset);
        if (piece.isUtf8 && isBlank(piece.value)) {
            offset += piece.octets.size();
            afterBlank = true;
            continue;
        }
        auto token = takeToken(text, offset);
        token.afterBlank = afterBlank;
        tokens.push_back(token);
        offset = token.end;
        afterBlank = false;
    }
    return tokens;
}

/// Takes a field apart into pieces that each should be one address.
class Field {
public:
    explicit Field(std::string_view text) : _text(text), _tokens(tokensOf(text)) {}

    std::vector<std::string_view> pieces()
    {
        for (std::size_t index = 0; index < _tokens.size(); ++index) {
            take(index);
        }
        close();
        return std::move(_pieces);
    }

private:
    /// What the piece that is open consists of so far.
    enum class Open { nothing, words, address };

    void take(std::size_t index)
    {
        const auto& token = _tokens[index];
        switch (token.kind) {
        case Kind::semicolon:
            close();
            return;
        case Kind::comma:
            if (separates(index)) {
                close();
                return;
            }
            extend(token, _open);
            return;
        case Kind::angle:
            if (_holdsAt) { // which no name without quotes does
                close();
            }
            extend(token, Open::address);
            close();
            return;
        case Kind::address:
            if (_open == Open::address) {
                close();
            }
            extend(token, _open == Open::words ? Open::words : Open::address);
            return;
        case Kind::word:
            if (_open == Open::address && isNameBeforeAngle(index)) {
                close();
            }
            extend(token, Open::words);
            return;
        }
    }

    /// Whether nothing but words lies between here and an angle bracket: a name without quotes.
    bool isNameBeforeAngle(std::size_t index) const
    {
        const auto isPartOfName = [&](const Token& token) { return token.kind == Kind::word; };
        const auto next = std::find_if_not(_tokens.begin() + static_cast<std::ptrdiff_t>(index),
                                           _tokens.end(), isPartOfName);
        return next != _tokens.end() && next->kind == Kind::angle;
    }

    bool separates(std::size_t index) const
    {
        if (_open == Open::nothing || index + 1 == _tokens.size()) {
            return true;
        }
        const auto& left = _tokens[index - 1];
        const auto& right = _tokens[index + 1];
        const bool beforeName = right.kind == Kind::word && isNameBeforeAngle(index + 1);
        if (left.kind != Kind::word && (right.kind != Kind::word || beforeName)) {
            return true;
        }
        // "ben@example, org"
        const bool inDomain =
            left.kind == Kind::address &&
            textOf(left).find('.', textOf(left).rfind('@')) == std::string_view::npos;
        const bool besideBlank = _tokens[index].afterBlank || right.afterBlank;
        return besideBlank && !inDomain && !(beforeName && looksLikeName());
    }

    /// Whether the open piece may be what stands before the comma in "Okafor, Ben
    /// <ben@example.org>", and no mistyped address.
    bool looksLikeName() const
    {
        const auto text = _text.substr(_begin, _end - _begin);
        const bool letters = std::all_of(text.begin(), text.end(), [](char character) {
            return (isLetterOrDigit(character) && (character < '0' || character > '9')) ||
                   character == ' ' || character == '-' || character == '\'';
        });
        return letters && (text.front() < 'a' || text.front() > 'z');
    }

    std::string_view textOf(const Token& token) const
    {
        return _text.substr(token.begin, token.end - token.begin);
    }

    void extend(const Token& token, Open open)
    {
        _begin = _open == Open::nothing ? token.begin : _begin;
        _end = token.end;
        _open = open == Open::nothing ? Open::words : open;
        _holdsAt = _holdsAt || token.kind == Kind::address;
    }

    void close()
    {
        if (_open != Open::nothing) {
            _pieces.push_back(_text.substr(_begin, _end - _begin));
        }
        _open = Open::nothing;
        _holdsAt = false;
    }

    std::string_view _text;
    std::vector<Token> _tokens;
    std::vector<std::string_view> _pieces;
    Open _open{Open::nothing};
    bool _holdsAt{};
    std::size_t _begin{};
    std::size_t _end{};
};

[[noreturn]] void refuse(const std::string& reason)
{
    throw std::invalid_argument(reason);
}

void checkLength(std::string_view part, const char* where, std::size_t longest)
{
    if (part.size() > longest) {
        refuse("it has " + std::to_string(part.size()) + " octets " + where + " the @, more than " +
               std::to_string(longest));
    }
}

void checkLocal(std::string_view local)
{
    if (local.empty()) {
        refuse("it has nothing before the @");
    }
    checkLength(local, "before", kLongestLocal);
    if (local.front() != '"' && (local.starts_with('.') || local.ends_with('.') ||
                                 local.find("..") != std::string_view::npos))
    {
        refuse("it has a dot at the beginning or end of what stands before the @, or two in a row; "
               "that is allowed in quotes only");
    }
}

void checkLabel(std::string_view label)
{
    if (label.empty()) {
        refuse("it has a dot at the beginning or end of its domain, or two in a row");
    }
    const bool ascii = std::all_of(label.begin(), label.end(), [](char character) {
        return static_cast<unsigned char>(character) < 0x80;
    });
    if (ascii && label.size() > kLongestLabel) {
        refuse("it has a part of its domain with more than 63 letters");
    }
    // Some sites have hosts with _ in their names.
    const bool good = std::all_of(label.begin(), label.end(), [](char character) {
        return isLetterOrDigit(character) || character == '-' || character == '_';
    });
    if (!good || label.starts_with('-') || label.ends_with('-')) {
        refuse("it has a domain that cannot be one: '" + shown(label) + "'");
    }
}

void checkLiteral(std::string_view domain)
{
    constexpr std::string_view kIpv6 = "IPv6:";
    const std::string inner(domain.substr(1, domain.size() - 2));
    in6_addr room{};
    const bool good = inner.starts_with(kIpv6)
                          ? ::inet_pton(AF_INET6, inner.c_str() + kIpv6.size(), &room) == 1
                          : ::inet_pton(AF_INET, inner.c_str(), &room) == 1;
    if (!good) {
        refuse("it has no network address between [ and ]");
    }
}

void checkDomain(std::string_view domain)
{
    if (domain.empty()) {
        refuse("it has nothing behind the @");
    }
    checkLength(domain, "behind", kLongestDomain);
    if (domain.size() > 2 && domain.front() == '[' && domain.back() == ']') {
        checkLiteral(domain);
        return;
    }
    while (true) {
        const auto dot = domain.find('.');
        checkLabel(domain.substr(0, dot));
        if (dot == std::string_view::npos) {
            return;
        }
        domain.remove_prefix(dot + 1);
    }
}

std::string nameOf(char32_t value)
{
    std::array<char, 16> room{};
    std::snprintf(room.data(), room.size(), "U+%04X", static_cast<unsigned>(value));
    return room.data();
}

/// Refuses what no address holds; in quotes a blank and an angle bracket may be.
void checkCharacters(std::string_view address)
{
    std::size_t quotedUntil = 0;
    for (std::size_t offset = 0; offset < address.size();) {
        const auto piece = pieceAt(address, offset);
        if (!piece.isUtf8) {
            refuse("it is not UTF-8");
        }
        if (offset >= quotedUntil && isBlank(piece.value)) {
            refuse("it has a blank in it");
        }
        if (isHidden(piece)) {
            refuse("it holds a character that cannot be seen: " + nameOf(piece.value) +
                   (piece.hidden == nullptr ? "" : std::string(", ") + piece.hidden));
        }
        if (offset >= quotedUntil && piece.octets == "\"") {
            quotedUntil = afterQuoted(address, offset);
        } else if (offset >= quotedUntil && (piece.octets == "<" || piece.octets == ">")) {
            refuse("it has an angle bracket without its other half");
        }
        offset += piece.octets.size();
    }
}

/// Errors: std::invalid_argument with the reason.
std::string checkedAddress(std::string_view address)
{
    if (address.empty()) {
        refuse("it is empty");
    }
    const auto ats = countAts(address);
    if (ats != 1) {
        refuse(ats == 0 ? "it has no @" : "it has more than one @");
    }
    checkCharacters(address);
    const auto at = address.rfind('@');
    checkLocal(address.substr(0, at));
    checkDomain(address.substr(at + 1));
    try {
        return parseMailbox(address).address;
    } catch (const std::invalid_argument&) {
        refuse("it holds what no address can hold");
    }
}

/// What the piece says without its wrapping: mailto:, and quotes of the kind that mail programs put
/// around a name.
std::string_view unwrapped(std::string_view piece)
{
    constexpr std::string_view kScheme = "mailto:";
    auto text = trimmed(piece);
    if (text.size() > 2 && text.front() == '\'' && text.back() == '\'') {
        text = trimmed(text.substr(1, text.size() - 2));
    }
    if (Poco::icompare(std::string(text.substr(0, kScheme.size())), std::string(kScheme)) == 0) {
        text = trimmed(text.substr(kScheme.size(), text.find('?') - kScheme.size()));
    }
    return text;
}

/// What stands between the angle brackets that a piece ends with; nothing where it has none.
std::optional<std::string_view> inAngles(std::string_view piece)
{
    const auto tokens = tokensOf(piece);
    if (tokens.empty() || tokens.back().kind != Kind::angle) {
        return std::nullopt;
    }
    return piece.substr(tokens.back().begin + 1, tokens.back().end - tokens.back().begin - 2);
}

/// What makes two spellings one person.
std::string identity(const std::string& address, LocalPart local)
{
    const auto at = address.rfind('@');
    const auto person = address.substr(0, at);
    return (local == LocalPart::anyCase ? Poco::UTF8::toLower(person) : person) +
           Poco::UTF8::toLower(address.substr(at));
}

/// Puts every text into one of the lists.
class Sorter {
public:
    explicit Sorter(LocalPart local) : _local(local) {}

    void field(std::string_view stored)
    {
        const auto text = trimmed(stored);
        if (text.size() > kLongestField) {
            refused(text, "it has " + std::to_string(text.size()) + " octets, more than " +
                              std::to_string(kLongestField));
            return;
        }
        const auto pieces = Field(text).pieces();
        if (pieces.empty()) {
            refused(text, "it is empty");
        }
        for (const auto piece : pieces) {
            named(piece);
        }
    }

    CheckedAddresses take() { return std::move(_result); }

private:
    void named(std::string_view piece)
    {
        const auto inside = inAngles(piece);
        if (!inside) {
            address(piece, piece);
            return;
        }
        const auto pieces = Field(trimmed(*inside)).pieces();
        if (pieces.size() < 2) {
            address(*inside, piece);
            return;
        }
        for (const auto each : pieces) {
            address(each, each);
        }
    }

    void address(std::string_view text, std::string_view piece)
    {
        try {
            usable(checkedAddress(unwrapped(text)));
        } catch (const std::invalid_argument& error) {
            refused(piece, error.what());
        }
    }

    void usable(std::string address)
    {
        const auto [first, isNew] = _first.emplace(identity(address, _local), address);
        if (isNew) {
            _result.usable.push_back(std::move(address));
        } else if (first->second != address && _spellings.insert(address).second) {
            _result.folded.push_back(shown(address) + " is told as " + shown(first->second) +
                                     ", which differs in the case of letters only");
        }
    }

    void refused(std::string_view piece, const std::string& reason)
    {
        const std::string stored(trimmed(piece).empty() ? "(empty)" : piece);
        if (_refused.insert(stored).second) {
            _result.refused.push_back({stored, shown(stored), reason});
        }
    }

    LocalPart _local;
    CheckedAddresses _result;
    std::map<std::string, std::string> _first; ///< spelling by identity
    std::set<std::string> _spellings;
    std::set<std::string> _refused;
};

} // namespace

CheckedAddresses checkAddresses(const std::vector<std::string>& stored, LocalPart local)
{
    Sorter sorter(local);
    for (const auto& text : stored) {
        sorter.field(text);
    }
    return sorter.take();
}

} // namespace notifyhost::message
