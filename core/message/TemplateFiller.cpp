#include "message/TemplateFiller.h"

#include "message/Characters.h"
#include "message/Templates.h"

#include <Poco/JSON/Array.h>

#include <algorithm>
#include <string_view>

namespace notifyhost::message {

namespace {

using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::size_t kLongestEntity = 8;

const Object* asObject(const Var& fact)
{
    if (fact.type() == typeid(Object::Ptr)) {
        return fact.extract<Object::Ptr>().get();
    }
    return fact.type() == typeid(Object) ? &fact.extract<Object>() : nullptr;
}

const Array* asArray(const Var& fact)
{
    if (fact.type() == typeid(Array::Ptr)) {
        return fact.extract<Array::Ptr>().get();
    }
    return fact.type() == typeid(Array) ? &fact.extract<Array>() : nullptr;
}

const Var* memberOf(const Object& object, std::string_view name)
{
    const auto found = std::find_if(object.begin(), object.end(),
                                    [&](const auto& member) { return member.first == name; });
    return found == object.end() ? nullptr : &found->second;
}

/// The fact at the end of a dotted name, or nullptr.
const Var* resolve(const Object& object, std::string_view name)
{
    const auto dot = name.find('.');
    const auto* fact = memberOf(object, name.substr(0, dot));
    if (fact == nullptr || dot == std::string_view::npos) {
        return fact;
    }
    const auto* inner = asObject(*fact);
    return inner == nullptr ? nullptr : resolve(*inner, name.substr(dot + 1));
}

[[noreturn]] void refuse(const Piece& tag, const std::string& text)
{
    throw TemplateError(tag.file + ":" + std::to_string(tag.line) + ": " + text);
}

/// Some mail programs do not know &apos;.
std::string escapeHtml(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (const char character : text) {
        switch (character) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += character;
        }
    }
    return result;
}

/// In characters; in HTML an escaped one counts as one.
std::size_t shownWidth(std::string_view text, Form form)
{
    std::size_t width = countCodePoints(text);
    if (form != Form::html) {
        return width;
    }
    for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
        const auto end = text.find(';', at);
        if (end != std::string_view::npos && end - at <= kLongestEntity) {
            width -= end - at;
        }
    }
    return width;
}

/// What an open section is about, or what a name was found to be.
struct Scope {
    const Var* fact{};      ///< none for the facts as a whole
    const Object* object{}; ///< where it is one

    explicit Scope(const Object& facts) : object(&facts) {}
    explicit Scope(const Var& found) : fact(&found), object(asObject(found)) {}

    const Array* list() const { return fact == nullptr ? nullptr : asArray(*fact); }
    bool isTrue() const
    {
        return fact == nullptr ||
               (!fact->isEmpty() && (!fact->isBoolean() || fact->convert<bool>()) &&
                (list() == nullptr || list()->size() != 0));
    }
};

class Filler {
public:
    Filler(const Object& facts, Form form) : _form(form), _scopes{Scope(facts)} {}

    void fill(const std::vector<Piece>& pieces)
    {
        for (const auto& piece : pieces) {
            fill(piece);
        }
    }

    std::string& text() { return _text; }

private:
    void fill(const Piece& piece)
    {
        switch (piece.kind) {
        case Piece::Kind::literal:
            _text += piece.text;
            break;
        case Piece::Kind::print:
            _text += _form == Form::html ? escapeHtml(printed(piece)) : printed(piece);
            break;
        case Piece::Kind::printRaw:
            _text += printed(piece);
            break;
        case Piece::Kind::section:
            fillSection(piece);
            break;
        case Piece::Kind::inverted:
            if (!lookUp(piece).isTrue()) {
                fill(piece.inside);
            }
            break;
        case Piece::Kind::left:
        case Piece::Kind::right:
            fillPadded(piece);
        }
    }

    void fillSection(const Piece& section)
    {
        const Scope found = lookUp(section);
        if (const auto* list = found.list()) {
            for (const auto& element : *list) {
                fillWithin(section, Scope(element));
            }
        } else if (found.isTrue()) {
            fillWithin(section, found);
        }
    }

    void fillWithin(const Piece& section, const Scope& scope)
    {
        _scopes.push_back(scope);
        fill(section.inside);
        _scopes.pop_back();
    }

    void fillPadded(const Piece& padding)
    {
        const auto begin = _text.size();
        fill(padding.inside);
        const auto width = shownWidth(std::string_view(_text).substr(begin), _form);
        if (width < padding.width) {
            _text.insert(padding.kind == Piece::Kind::right ? begin : _text.size(),
                         padding.width - width, ' ');
        }
    }

    Scope lookUp(const Piece& tag) const
    {
        if (tag.text == ".") {
            return _scopes.back();
        }
        for (auto scope = _scopes.rbegin(); scope != _scopes.rend(); ++scope) {
            const auto* fact =
                scope->object == nullptr ? nullptr : resolve(*scope->object, tag.text);
            if (fact != nullptr) {
                return Scope(*fact);
            }
        }
        refuse(tag, "the facts hold nothing named '" + tag.text + "'");
    }

    std::string printed(const Piece& tag) const
    {
        const Scope found = lookUp(tag);
        if (found.object != nullptr || found.list() != nullptr) {
            refuse(tag, "'" + tag.text +
                            "' is a list or an object, which cannot be printed; open "
                            "it with {{#" +
                            tag.text + "}}");
        }
        if (found.fact->isEmpty()) {
            return "";
        }
        const auto text = found.fact->convert<std::string>();
        if (_form == Form::subject && text.find_first_of("\r\n") != std::string::npos) {
            refuse(tag, "the fact '" + tag.text + "' holds a line break, which no subject can");
        }
        return withoutControls(text).value_or(text);
    }

    const Form _form;
    std::vector<Scope> _scopes; ///< outermost first
    std::string _text;
};

} // namespace

std::string fillTemplate(const std::vector<Piece>& pieces, const Object& facts, Form form)
{
    Filler filler(facts, form);
    filler.fill(pieces);
    return std::move(filler.text());
}

} // namespace notifyhost::message
