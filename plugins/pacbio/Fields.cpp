#include "Fields.h"

#include <algorithm>
#include <utility>

namespace notifyhost::pacbio {

namespace {

bool isNull(const JsonValue* value)
{
    return value == nullptr || value->shape == Shape::null;
}

} // namespace

Fields::Fields(const JsonValue& object, std::initializer_list<std::string_view> names)
{
    object.forMembers([&](std::string_view key, JsonValue value) {
        if (std::find(names.begin(), names.end(), key) != names.end()) {
            _values.insert_or_assign(std::string(key), std::move(value));
        }
    });
}

std::string Fields::text(std::string_view name)
{
    const JsonValue* value = find(name);
    if (value == nullptr || value->shape != Shape::text) {
        complain(name, "a text");
        return {};
    }
    return value->text;
}

std::optional<std::string> Fields::optionalText(std::string_view name)
{
    if (isNull(find(name))) {
        return std::nullopt;
    }
    return text(name);
}

std::optional<std::string> Fields::optionalInteger(std::string_view name)
{
    const JsonValue* value = find(name);
    if (isNull(value)) {
        return std::nullopt;
    }
    if (value->shape != Shape::number || value->text.find_first_of(".eE") != std::string::npos) {
        complain(name, "a whole number");
        return std::nullopt;
    }
    return value->text;
}

std::optional<bool> Fields::threeWay(std::string_view name)
{
    const JsonValue* value = find(name);
    if (value == nullptr || (value->shape != Shape::boolean && value->shape != Shape::null)) {
        complain(name, "true, false or null");
        return std::nullopt;
    }
    return value->shape == Shape::null ? std::nullopt : std::optional<bool>(value->text == "true");
}

JsonValue Fields::array(std::string_view name)
{
    const JsonValue* value = find(name);
    if (value == nullptr || value->shape != Shape::array) {
        complain(name, "an array");
        return {};
    }
    return *value;
}

JsonValue Fields::optionalArray(std::string_view name)
{
    return isNull(find(name)) ? JsonValue{} : array(name);
}

const JsonValue* Fields::find(std::string_view name) const
{
    const auto found = _values.find(name);
    return found == _values.end() ? nullptr : &found->second;
}

void Fields::complain(std::string_view name, std::string_view wanted)
{
    if (!_fault.empty()) {
        return;
    }
    const JsonValue* value = find(name);
    if (value == nullptr) {
        _fault = "it has no " + std::string(name);
        return;
    }
    const bool shown = value->shape == Shape::number;
    _fault = std::string(name) + " is " +
             std::string(shown ? "the number " + value->text.substr(0, 20)
                               : std::string(shapeName(value->shape))) +
             ", not " + std::string(wanted);
}

} // namespace notifyhost::pacbio
