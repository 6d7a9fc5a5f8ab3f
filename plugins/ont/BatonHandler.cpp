#include "BatonHandler.h"

#include "Unicode.h"

#include <utility>

namespace notifyhost::ont {

void BatonHandler::start()
{
    _depth = 0;
    _metadata.clear();
    _fault.clear();
    _avusFault.clear();
    _accessFault.clear();
}

bool BatonHandler::refuse(std::string fault)
{
    _fault = std::move(fault);
    return false;
}

bool BatonHandler::String(const char* text, unsigned length, bool)
{
    const std::string_view value(text, length);
    if (holdsSurrogate(value)) {
        return refuse("a text holds half a surrogate pair (\\ud800 to \\udfff)");
    }
    return scalar(Shape::text, value);
}

bool BatonHandler::Key(const char* text, unsigned length, bool)
{
    const std::string_view name(text, length);
    if (holdsSurrogate(name)) {
        return refuse("a key holds half a surrogate pair (\\ud800 to \\udfff)");
    }
    const ont::Key key = keyNamed(name);
    top().setKey(key);
    // A repeated key: what it held before does not count.
    if (_depth == 1 && key == ont::Key::avus) {
        _metadata.clear();
        _avusFault.clear();
    } else if (_depth == 1 && key == ont::Key::access) {
        _accessFault.clear();
    }
    return true;
}

bool BatonHandler::scalar(Shape shape, std::string_view text)
{
    if (_depth == 0) {
        return refuse("it is " + std::string(shapeName(shape)) + ", not a JSON object");
    }
    if (top().isObject()) {
        top().set(shape, text);
    } else {
        noteElement(shape, BatonKind::none);
    }
    return true;
}

bool BatonHandler::open(Shape shape)
{
    if (_depth == 0 && shape == Shape::array) {
        return refuse("it is a JSON array, not an object: one collection per line is expected");
    }
    if (_depth == kDepth) {
        return refuse("it is nested more than " + std::to_string(kDepth) + " deep");
    }
    if (_depth > 0 && top().isObject()) {
        top().set(shape, {});
    } else if (_depth > 0 && shape == Shape::array) {
        noteElement(shape, BatonKind::none);
    }
    ++_depth;
    top().open(shape == Shape::object);
    return true;
}

bool BatonHandler::EndObject(unsigned)
{
    const BatonObject& object = top();
    --_depth;
    if (_depth == 0) {
        return true;
    }
    if (top().isObject() && top().key() == ont::Key::error) {
        return refuseError(object);
    }
    if (std::optional<std::string> fault = object.fault()) {
        return refuse(std::move(*fault));
    }
    noteElement(Shape::object, object.kind());
    if (inRootArray(ont::Key::avus) && object.kind() == BatonKind::avu) {
        _metadata.add(object);
    }
    return true;
}

bool BatonHandler::EndArray(unsigned)
{
    --_depth;
    return true;
}

bool BatonHandler::inRootArray(ont::Key key) const
{
    return _depth == 2 && !_open[1].isObject() && _open[0].key() == key;
}

void BatonHandler::noteElement(Shape shape, BatonKind kind)
{
    if (inRootArray(ont::Key::avus) && kind != BatonKind::avu) {
        _avusFault = "avus holds " + std::string(shapeName(shape)) + " that is no AVU";
    } else if (inRootArray(ont::Key::access) && kind != BatonKind::access) {
        _accessFault = "access holds " + std::string(shapeName(shape)) + " that is no access entry";
    }
}

bool BatonHandler::refuseError(const BatonObject& error)
{
    std::string fault = "baton reports an error";
    if (error.shape(ont::Key::code) == Shape::number) {
        fault += " (" + error.text(ont::Key::code) + ")";
    }
    if (error.shape(ont::Key::message) == Shape::text) {
        fault += ": " + inQuotes(error.text(ont::Key::message));
    }
    return refuse(std::move(fault));
}

} // namespace notifyhost::ont
