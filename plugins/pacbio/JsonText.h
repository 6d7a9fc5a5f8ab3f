#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace notifyhost::pacbio {

enum class Shape { null, boolean, number, text, object, array };

/// "a number", "null": for messages.
std::string_view shapeName(Shape shape);

/// A JSON value as it stands in a text: a container by its exact text, to be looked into when it
/// is wanted, anything else by its content. Nothing is built for what nobody asks for.
struct JsonValue {
    Shape shape{Shape::null};
    std::string text;      ///< of a text, decoded; of a number, as written; "true" or "false"
    std::string_view json; ///< of an object or array: its octets in the text it was read from

    /// Calls visit for every member of an object, in order; a repeated key comes again.
    void forMembers(const std::function<void(std::string_view key, JsonValue value)>& visit) const;

    /// Calls visit for every element of an array, in order.
    void forElements(const std::function<void(JsonValue element)>& visit) const;
};

/// Reads a text as one whole JSON value, or says what is wrong with it. Strict: RFC 8259, valid
/// UTF-8 without a byte order mark or half surrogate pairs, at most 100 deep.
/// Owner: the text must outlive the value.
std::variant<JsonValue, std::string> readJson(std::string_view text);

} // namespace notifyhost::pacbio
