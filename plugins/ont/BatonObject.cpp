#include "BatonObject.h"

#include "Unicode.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace notifyhost::ont {

namespace {

constexpr std::pair<std::string_view, Key> kNames[] = {{"collection", Key::collection},
                                                       {"attribute", Key::attribute},
                                                       {"value", Key::value},
                                                       {"units", Key::units},
                                                       {"level", Key::level},
                                                       {"code", Key::code},
                                                       {"message", Key::message},
                                                       {"data_object", Key::dataObject},
                                                       {"avus", Key::avus},
                                                       {"access", Key::access},
                                                       {"owner", Key::owner},
                                                       {"created", Key::created},
                                                       {"modified", Key::modified},
                                                       {"number", Key::number},
                                                       {"resource", Key::resource},
                                                       {"location", Key::location},
                                                       {"checksum", Key::checksum},
                                                       {"valid", Key::valid},
                                                       {"error", Key::error},
                                                       {"coll", Key::shortCollection},
                                                       {"a", Key::shortAttribute},
                                                       {"v", Key::shortValue}};

constexpr std::string_view kLevels[] = {"null", "read", "write", "own"};

bool sameLetters(std::string_view left, std::string_view right)
{
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    });
}

} // namespace

std::string_view shapeName(Shape shape)
{
    switch (shape) {
    case Shape::absent:
        return "missing";
    case Shape::null:
        return "null";
    case Shape::boolean:
        return "a boolean";
    case Shape::number:
        return "a number";
    case Shape::text:
        return "a text";
    case Shape::array:
        return "an array";
    case Shape::object:
        break;
    }
    return "an object";
}

Key keyNamed(std::string_view name)
{
    for (const auto& [known, key] : kNames) {
        if (name == known) {
            return key;
        }
    }
    return Key::other;
}

void BatonObject::open(bool isObject)
{
    _isObject = isObject;
    _key = Key::other;
    _shapes.fill(Shape::absent);
}

void BatonObject::set(Shape shape, std::string_view text)
{
    const auto index = static_cast<std::size_t>(_key);
    _shapes[index] = shape;
    if (index < kTexts) {
        _texts[index] = text;
    }
}

BatonKind BatonObject::kind() const
{
    if (has(Key::attribute)) {
        return BatonKind::avu;
    }
    if (has(Key::owner) && has(Key::level)) {
        return BatonKind::access;
    }
    if (has(Key::collection) || has(Key::dataObject)) {
        return BatonKind::item;
    }
    if (has(Key::created) || has(Key::modified)) {
        return BatonKind::timestamp;
    }
    const bool replicate = has(Key::number) && (has(Key::resource) || has(Key::location) ||
                                                has(Key::checksum) || has(Key::valid));
    return replicate ? BatonKind::replicate : BatonKind::none;
}

std::optional<std::string> BatonObject::fault() const
{
    switch (kind()) {
    case BatonKind::avu:
        return avuFault();
    case BatonKind::access:
        return accessFault();
    case BatonKind::none:
        return strangerFault();
    case BatonKind::item:
    case BatonKind::timestamp:
    case BatonKind::replicate:
        break;
    }
    return std::nullopt;
}

std::optional<std::string> BatonObject::avuFault() const
{
    if (shape(Key::attribute) != Shape::text) {
        return "the attribute of an AVU is " + std::string(shapeName(shape(Key::attribute))) +
               ", not a text";
    }
    const std::string who = "the AVU of attribute " + inQuotes(text(Key::attribute));
    switch (shape(Key::value)) {
    case Shape::absent:
        return who + " has no value";
    case Shape::null:
    case Shape::array:
    case Shape::object:
        return who + " has a value that is " + std::string(shapeName(shape(Key::value))) +
               ", not a text";
    case Shape::boolean:
    case Shape::number:
        return std::nullopt;
    case Shape::text:
        break;
    }
    if (isOnlyBlanks(text(Key::value))) {
        return who + " has a value of blanks only";
    }
    return std::nullopt;
}

std::optional<std::string> BatonObject::accessFault() const
{
    if (shape(Key::level) != Shape::text) {
        return "an access level is " + std::string(shapeName(shape(Key::level))) + ", not a text";
    }
    const std::string& level = text(Key::level);
    const bool known = std::any_of(std::begin(kLevels), std::end(kLevels),
                                   [&](std::string_view each) { return sameLetters(each, level); });
    if (known) {
        return std::nullopt;
    }
    return "access level " + inQuotes(level) + " is none of null, read, write and own";
}

std::string BatonObject::strangerFault() const
{
    if (has(Key::shortAttribute) || has(Key::shortValue)) {
        return "an AVU is in baton's short form (a, v); attribute and value must be written out";
    }
    if (has(Key::value)) {
        return "an AVU has no attribute";
    }
    return "an object in it is no collection, data object, AVU, access entry, timestamp or "
           "replicate";
}

} // namespace notifyhost::ont
