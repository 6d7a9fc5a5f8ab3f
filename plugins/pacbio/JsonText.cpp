#include "JsonText.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cstddef>

namespace notifyhost::pacbio {

namespace {

constexpr std::size_t kDepth = 100;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

using Visit = std::function<void(std::string_view key, JsonValue value)>;

/// RapidJSON finds a first half without its second, but not a second half alone.
bool holdsSurrogate(std::string_view text)
{
    for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
         at = text.find('\xED', at + 1))
    {
        if (static_cast<unsigned char>(text[at + 1]) >= 0xA0) {
            return true;
        }
    }
    return false;
}

/// Takes RapidJSON's events, keeps the root's shape and hands on what lies directly in the root.
class Scan : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Scan> {
public:
    Scan(std::string_view source, const rapidjson::MemoryStream& stream, const Visit& visit)
        : _source(source), _stream(stream), _visit(visit)
    {
    }

    bool Null() { return scalar(Shape::null, {}); }
    bool Bool(bool value) { return scalar(Shape::boolean, value ? "true" : "false"); }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool)
    {
        return scalar(Shape::number, {text, length});
    }
    bool String(const char* text, rapidjson::SizeType length, bool)
    {
        return checked({text, length}) && scalar(Shape::text, {text, length});
    }
    bool Key(const char* text, rapidjson::SizeType length, bool)
    {
        if (_depth == 1) {
            _key.assign(text, length);
        }
        return checked({text, length});
    }
    bool StartObject() { return open(Shape::object); }
    bool StartArray() { return open(Shape::array); }
    bool EndObject(rapidjson::SizeType) { return close(); }
    bool EndArray(rapidjson::SizeType) { return close(); }

    const JsonValue& root() const { return _root; }
    const std::string& fault() const { return _fault; }

private:
    bool checked(std::string_view text)
    {
        if (holdsSurrogate(text)) {
            _fault = "a text in it holds half a surrogate pair";
            return false;
        }
        return true;
    }

    bool scalar(Shape shape, std::string_view text)
    {
        if (_depth == 0) {
            _root = {shape, std::string(text), {}};
        } else if (_depth == 1 && _visit) {
            _visit(_key, {shape, std::string(text), {}});
        }
        return true;
    }

    bool open(Shape shape)
    {
        if (_depth == kDepth) {
            _fault = "it is nested more than " + std::to_string(kDepth) + " deep";
            return false;
        }
        if (_depth < 2) {
            (_depth == 0 ? _root : _child).shape = shape;
            _begin[_depth] = _stream.Tell();
        }
        ++_depth;
        return true;
    }

    bool close()
    {
        --_depth;
        if (_depth < 2) {
            JsonValue& value = _depth == 0 ? _root : _child;
            value.json = _source.substr(_begin[_depth], _stream.Tell() + 1 - _begin[_depth]);
            if (_depth == 1 && _visit) {
                _visit(_key, value);
            }
        }
        return true;
    }

    std::string_view _source;
    const rapidjson::MemoryStream& _stream;
    const Visit& _visit;
    std::size_t _depth{};
    std::size_t _begin[2]{};
    std::string _key;
    JsonValue _root;
    JsonValue _child;
    std::string _fault;
};

std::string faultText(std::string_view text, const rapidjson::ParseResult& result)
{
    if (result.Code() == rapidjson::kParseErrorDocumentEmpty) {
        return "it is empty";
    }
    if (result.Offset() >= text.size()) {
        return "it is cut off: the JSON does not end";
    }
    std::string fault = rapidjson::GetParseError_En(result.Code());
    fault.erase(fault.find_last_not_of('.') + 1);
    return "it is not JSON (octet " + std::to_string(result.Offset() + 1) + "): " + fault;
}

std::variant<JsonValue, std::string> scan(std::string_view text, const Visit& visit)
{
    if (text.starts_with(kByteOrderMark)) {
        return "it begins with a byte order mark";
    }
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                                rapidjson::kParseValidateEncodingFlag |
                                rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::MemoryStream stream(text.data(), text.size());
    Scan events(text, stream, visit);
    rapidjson::Reader reader;
    const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, events);
    if (!events.fault().empty()) {
        return events.fault();
    }
    if (result.IsError()) {
        return faultText(text, result);
    }
    // The stream takes an octet 0 for its end.
    if (stream.Tell() != text.size()) {
        return faultText(text, {rapidjson::kParseErrorDocumentRootNotSingular, stream.Tell()});
    }
    return events.root();
}

} // namespace

std::string_view shapeName(Shape shape)
{
    constexpr std::string_view kNames[] = {"null",   "true or false", "a number",
                                           "a text", "an object",     "an array"};
    return kNames[static_cast<std::size_t>(shape)];
}

void JsonValue::forMembers(const Visit& visit) const
{
    if (shape == Shape::object) {
        scan(json, visit);
    }
}

void JsonValue::forElements(const std::function<void(JsonValue element)>& visit) const
{
    if (shape == Shape::array) {
        scan(json, [&](std::string_view, JsonValue element) { visit(std::move(element)); });
    }
}

std::variant<JsonValue, std::string> readJson(std::string_view text)
{
    return scan(text, nullptr);
}

} // namespace notifyhost::pacbio
