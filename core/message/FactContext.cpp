#include "message/FactContext.h"

#include "message/Characters.h"
#include "message/Marks.h"
#include "message/Templates.h"

#include <Poco/JSON/Array.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

namespace notifyhost::message {

namespace {

using Data = kainjow::mustache::data;
using Poco::Dynamic::Var;
using Poco::JSON::Array;
using Poco::JSON::Object;

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

/// What kainjow is given for a fact. An object is a mere "true": its members are looked up here.
Data shellOf(const Var& fact)
{
    if (fact.isEmpty()) {
        return false;
    }
    if (fact.isBoolean()) {
        return fact.convert<bool>();
    }
    if (asObject(fact) != nullptr) {
        return true;
    }
    if (const auto* array = asArray(fact)) {
        kainjow::mustache::list elements;
        elements.reserve(array->size());
        std::transform(array->begin(), array->end(), std::back_inserter(elements), shellOf);
        return elements;
    }
    return fact.convert<std::string>();
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

std::size_t placeNumber(std::string_view markedName)
{
    std::size_t number = 0;
    const auto digits = markedName.substr(markedName.find(kPlaceMark) + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

[[noreturn]] void refuse(const TagPlace& place, const std::string& text)
{
    throw TemplateError(place.file + ":" + std::to_string(place.line) + ": " + text);
}

[[noreturn]] void refusePrinting(const TagPlace& place)
{
    refuse(place, "'" + place.name + "' is a list or an object, which cannot be printed; open it " +
                      "with {{#" + place.name + "}}");
}

} // namespace

FactContext::FactContext(const Object& facts, const std::vector<TagPlace>& places, Form form)
    : _places(places), _form(form), _scopes{{nullptr, &facts}}
{
}

void FactContext::push(const Data* data)
{
    const auto found = _objects.find(data);
    _scopes.push_back({data, found == _objects.end() ? nullptr : found->second});
}

void FactContext::pop()
{
    _scopes.pop_back();
}

const Data* FactContext::get(const std::string& markedName) const
{
    const auto& place = _places[placeNumber(markedName)];
    const bool print = place.use == TagPlace::Use::print;
    if (place.name == ".") {
        const auto& scope = _scopes.back();
        if (print && (scope.facts != nullptr || scope.data->is_list())) {
            refusePrinting(place);
        }
        return print && scope.data->is_string() ? printed(scope.data->string_value(), place)
                                                : scope.data;
    }
    const auto* fact = find(place.name);
    if (fact == nullptr) {
        refuse(place, "the facts hold nothing named '" + place.name + "'");
    }
    return print ? forPrint(*fact, place) : forSection(*fact);
}

const Data* FactContext::get_partial(const std::string&) const
{
    return nullptr;
}

const Var* FactContext::find(const std::string& name) const
{
    for (auto scope = _scopes.rbegin(); scope != _scopes.rend(); ++scope) {
        const auto* fact = scope->facts == nullptr ? nullptr : resolve(*scope->facts, name);
        if (fact != nullptr) {
            return fact;
        }
    }
    return nullptr;
}

const Data* FactContext::forSection(const Var& fact) const
{
    const auto& made = _made.emplace_back(shellOf(fact));
    remember(made, fact);
    return &made;
}

const Data* FactContext::forPrint(const Var& fact, const TagPlace& place) const
{
    if (fact.isEmpty()) {
        return &_made.emplace_back(false);
    }
    if (fact.isBoolean()) {
        return &_made.emplace_back(fact.convert<bool>() ? "true" : "false");
    }
    if (!fact.isString() && (asObject(fact) != nullptr || asArray(fact) != nullptr)) {
        refusePrinting(place);
    }
    return printed(fact.convert<std::string>(), place);
}

const Data* FactContext::printed(std::string text, const TagPlace& place) const
{
    if (_form == Form::subject && text.find_first_of("\r\n") != std::string::npos) {
        refuse(place, "the fact '" + place.name + "' holds a line break, which no subject can");
    }
    return &_made.emplace_back(withoutControls(text).value_or(text));
}

/// Notes which facts stand behind the shells, which must have found their final place.
void FactContext::remember(const Data& data, const Var& fact) const
{
    if (const auto* object = asObject(fact)) {
        _objects[&data] = object;
    } else if (const auto* array = asArray(fact)) {
        for (std::size_t index = 0; index < array->size(); ++index) {
            remember(data.list_value()[index],
                     *(array->begin() + static_cast<std::ptrdiff_t>(index)));
        }
    }
}

} // namespace notifyhost::message
