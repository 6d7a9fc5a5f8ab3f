#include "json/TreeBuilder.h"

#include "json/Number.h"

#include <algorithm>

namespace notifyhost::json {

bool TreeBuilder::Null()
{
    Value& value = place(ValueKind::null);
    value.end = _end = _stream.Tell();
    return true;
}

bool TreeBuilder::Bool(bool boolean)
{
    Value& value = place(ValueKind::boolean);
    value.boolean = boolean;
    value.end = _end = _stream.Tell();
    return true;
}

bool TreeBuilder::RawNumber(const char*, rapidjson::SizeType, bool)
{
    Value& value = place(ValueKind::number);
    value.text = _source.substr(value.begin, numberLength(_source.substr(value.begin)));
    value.end = _end = value.begin + value.text.size();
    return true;
}

bool TreeBuilder::String(const char* text, rapidjson::SizeType length, bool)
{
    if (!checkText({text, length})) {
        return false;
    }
    Value& value = place(ValueKind::text);
    value.text.assign(text, length);
    value.end = _end = _stream.Tell();
    return true;
}

bool TreeBuilder::StartObject()
{
    return open(ValueKind::object);
}

bool TreeBuilder::Key(const char* text, rapidjson::SizeType length, bool)
{
    if (!checkText({text, length})) {
        return false;
    }
    _open.back()->members.emplace_back(std::string(text, length), Value{});
    _end = _stream.Tell();
    return true;
}

bool TreeBuilder::EndObject(rapidjson::SizeType)
{
    return close();
}

bool TreeBuilder::StartArray()
{
    return open(ValueKind::array);
}

bool TreeBuilder::EndArray(rapidjson::SizeType)
{
    return close();
}

std::size_t TreeBuilder::nextToken() const
{
    return std::min(_source.find_first_not_of(" \t\r\n,:", _end), _source.size());
}

Value& TreeBuilder::place(ValueKind kind)
{
    Value* value = &_root;
    if (!_open.empty()) {
        Value& parent = *_open.back();
        value = parent.kind == ValueKind::object ? &parent.members.back().second
                                                 : &parent.elements.emplace_back();
    }
    value->kind = kind;
    value->begin = nextToken();
    return *value;
}

bool TreeBuilder::open(ValueKind kind)
{
    if (_open.size() >= _depth) {
        return refuse(nextToken(), "nested more than " + std::to_string(_depth) + " deep");
    }
    Value& value = place(kind);
    _end = value.begin + 1;
    _open.push_back(&value);
    return true;
}

bool TreeBuilder::close()
{
    _end = nextToken() + 1;
    _open.back()->end = _end;
    _open.pop_back();
    return true;
}

bool TreeBuilder::checkText(std::string_view text)
{
    // The reader finds a first half without its second, but not a second half alone. As octets
    // they were refused already, so what looks like one was an escape.
    for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
         at = text.find('\xED', at + 1))
    {
        if (static_cast<unsigned char>(text[at + 1]) >= 0xA0) {
            return refuse(nextToken(), "half of a surrogate pair in this text");
        }
    }
    return true;
}

bool TreeBuilder::refuse(std::size_t offset, std::string fault)
{
    _fault = std::move(fault);
    _faultOffset = offset;
    return false;
}

} // namespace notifyhost::json
