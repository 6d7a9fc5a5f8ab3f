#pragma once

#include "json/Json.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::json {

/// Takes RapidJSON's events and makes a Value of them. The offsets come from the stream, the text
/// of a number from the source, whose offsets are the stream's.
/// Errors: a function answers false, and fault() says why.
class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
public:
    TreeBuilder(std::string_view source, const rapidjson::MemoryStream& stream, std::size_t depth,
                Value& root)
        : _source(source), _stream(stream), _depth(depth), _root(root)
    {
    }

    bool Null();
    bool Bool(bool boolean);
    bool RawNumber(const char* text, rapidjson::SizeType length, bool copy);
    bool String(const char* text, rapidjson::SizeType length, bool copy);
    bool StartObject();
    bool Key(const char* text, rapidjson::SizeType length, bool copy);
    bool EndObject(rapidjson::SizeType count);
    bool StartArray();
    bool EndArray(rapidjson::SizeType count);

    const std::string& fault() const { return _fault; }
    std::size_t faultOffset() const { return _faultOffset; }

private:
    std::size_t nextToken() const;
    Value& place(ValueKind kind);
    bool open(ValueKind kind);
    bool close();
    bool checkText(std::string_view text);
    bool refuse(std::size_t offset, std::string fault);

    std::string_view _source;
    const rapidjson::MemoryStream& _stream;
    std::size_t _depth;
    Value& _root;
    std::vector<Value*> _open; ///< a container does not grow while one inside it is open
    std::size_t _end{};        ///< of the last token
    std::string _fault;
    std::size_t _faultOffset{};
};

} // namespace notifyhost::json
