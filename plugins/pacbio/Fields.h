#pragma once

#include "JsonText.h"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::pacbio {

/// Some members of an object, taken by name and kind. The first thing that is wrong is kept in
/// fault(), so that a reader takes all it wants and looks once.
class Fields {
public:
    /// Of a repeated key the last value counts. Shape: object is an object.
    Fields(const JsonValue& object, std::initializer_list<std::string_view> names);

    /// A text that must be there.
    std::string text(std::string_view name);

    /// A text that may be null or absent.
    std::optional<std::string> optionalText(std::string_view name);

    /// A whole number, as written, that may be null or absent.
    std::optional<std::string> optionalInteger(std::string_view name);

    /// True, false or null, and must be there.
    std::optional<bool> threeWay(std::string_view name);

    /// An array that must be there; an empty value where it is not.
    JsonValue array(std::string_view name);

    /// An array that may be null or absent: an empty value then.
    JsonValue optionalArray(std::string_view name);

    /// What is wrong; empty: nothing so far.
    const std::string& fault() const { return _fault; }

private:
    const JsonValue* find(std::string_view name) const;
    void complain(std::string_view name, std::string_view wanted);

    std::map<std::string, JsonValue, std::less<>> _values;
    std::string _fault;
};

} // namespace notifyhost::pacbio
