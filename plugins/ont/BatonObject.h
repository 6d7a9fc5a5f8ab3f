#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::ont {

/// What a value of an object is; absent: the object has no such key.
enum class Shape : std::uint8_t { absent, null, boolean, number, text, array, object };

/// "null", "a number", … for messages.
std::string_view shapeName(Shape shape);

/// The keys of baton's objects that matter here, and those of its short forms.
enum class Key : std::uint8_t {
    collection,
    attribute,
    value,
    units,
    level,
    code,
    message, // those up to here keep their text
    dataObject,
    avus,
    access,
    owner,
    created,
    modified,
    number,
    resource,
    location,
    checksum,
    valid,
    error,
    shortCollection,
    shortAttribute,
    shortValue,
    other
};

Key keyNamed(std::string_view name);

/// What an object in a line is, by its keys.
enum class BatonKind { item, avu, access, timestamp, replicate, none };

/// One object or array while it is read; an object remembers its keys, the last of a name counts.
class BatonObject {
public:
    /// Starts anew as an object or an array.
    void open(bool isObject);

    bool isObject() const { return _isObject; }

    void setKey(Key key) { _key = key; }
    Key key() const { return _key; }

    /// Notes the value of the current key. The text is that of a text, a number as written, or
    /// Python's word for a boolean.
    void set(Shape shape, std::string_view text);

    Shape shape(Key key) const { return _shapes[static_cast<std::size_t>(key)]; }
    bool has(Key key) const { return shape(key) != Shape::absent; }

    /// Shape: key is one of those that keep their text.
    const std::string& text(Key key) const { return _texts[static_cast<std::size_t>(key)]; }

    BatonKind kind() const;

    /// What is wrong with it as the kind that it is; nothing where it is good.
    std::optional<std::string> fault() const;

private:
    std::optional<std::string> avuFault() const;
    std::optional<std::string> accessFault() const;
    std::string strangerFault() const;

    static constexpr std::size_t kKeys = static_cast<std::size_t>(Key::other) + 1;
    static constexpr std::size_t kTexts = static_cast<std::size_t>(Key::dataObject);

    bool _isObject{};
    Key _key{Key::other};
    std::array<Shape, kKeys> _shapes{};
    std::array<std::string, kTexts> _texts;
};

} // namespace notifyhost::ont
