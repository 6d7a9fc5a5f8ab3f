#pragma once

#include <Poco/JSON/Object.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::json {

/// What a reader accepts.
struct Limits {
    std::size_t depth{100};
    std::size_t size{64u << 20}; ///< octets
};

/// JSON that is not what it should be; what() begins "at octet N: ", counted from 1.
class JsonError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class ValueKind { null, boolean, number, text, object, array };

/// A parsed value that forgets nothing: numbers as their text, members in order (a repeated key
/// appears as often as it was written; the last counts), and where in the source it stood.
struct Value {
    Value(); ///< not made here, where clang would need a whole Value inside its own members

    ValueKind kind{ValueKind::null};
    bool boolean{};
    std::string text;                                   ///< of a text, or the number as written
    std::vector<std::pair<std::string, Value>> members; ///< of an object
    std::vector<Value> elements;                        ///< of an array
    std::size_t begin{};                                ///< offsets of its exact text in the source
    std::size_t end{};

    /// The member that counts, or nullptr.
    const Value* find(std::string_view key) const;
};

/// Reads one complete JSON value, blanks around it allowed. Strict: RFC 8259, valid UTF-8, no byte
/// order mark, no lone surrogates. Iterative, so depth cannot overflow the stack.
/// Errors: JsonError. Threads: any.
Value parse(std::string_view text, const Limits& limits = {});

/// The view of an object that plugins get: members sorted by key. As its text stays an integer
/// beyond 64 bits, and any other number whose digits a double does not give back.
Poco::JSON::Object toPocoObject(const Value& object);

/// A text as a JSON string, with quotes; everything from U+0020 up as it is.
std::string quote(std::string_view text);

} // namespace notifyhost::json
