#include "json/Json.h"

#include "json/Number.h"
#include "json/TreeBuilder.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>

namespace notifyhost::json {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

/// Shorter integers never reach the reader's limit.
constexpr std::size_t kHarmlessNumber = 300;

[[noreturn]] void fail(std::size_t offset, const std::string& what)
{
    throw JsonError("at octet " + std::to_string(offset + 1) + ": " + what);
}

std::string faultText(rapidjson::ParseErrorCode code)
{
    switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
        return "there is nothing but blanks";
    case rapidjson::kParseErrorDocumentRootNotSingular:
        return "there is more after the value";
    case rapidjson::kParseErrorStringInvalidEncoding:
        return "not UTF-8";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
        return "half of a surrogate pair";
    default:
        std::string text = rapidjson::GetParseError_En(code);
        text.erase(text.find_last_not_of('.') + 1);
        return text;
    }
}

/// RapidJSON 1.1 refuses numbers beyond a double even where it passes them on as text. For a second
/// reading they become 0 and blanks; their text is taken from the source.
std::string withShortNumbers(std::string_view source)
{
    std::string copy(source);
    bool inText = false;
    for (std::size_t position = 0; position < copy.size(); ++position) {
        const char character = copy[position];
        if (inText && character == '\\') {
            ++position;
        } else if (character == '"') {
            inText = !inText;
        } else if (!inText && (character == '-' || (character >= '0' && character <= '9'))) {
            const std::size_t run =
                std::min(source.find_first_not_of("+-.0123456789Ee", position), source.size()) -
                position;
            const std::string_view number = source.substr(position, run);
            if (numberLength(number) == run && (run > kHarmlessNumber || !isInteger(number))) {
                std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(position), run, ' ');
                copy[position] = '0';
            }
            position += run - 1;
        }
    }
    return copy;
}

std::string endFault(const rapidjson::ParseResult& result, std::size_t size)
{
    if (result.Offset() >= size && result.Code() != rapidjson::kParseErrorDocumentEmpty) {
        return "cut off: the value does not end";
    }
    return faultText(result.Code());
}

enum class Reading { complete, numberTooBig };

/// Reads the text, whose offsets are the source's.
Reading read(std::string_view text, std::string_view source, std::size_t depth, Value& root)
{
    rapidjson::MemoryStream stream(text.data(), text.size());
    TreeBuilder builder(source, stream, depth, root);
    rapidjson::Reader reader;
    const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
    if (result.Code() == rapidjson::kParseErrorNumberTooBig) {
        return Reading::numberTooBig;
    }
    if (result.Code() == rapidjson::kParseErrorTermination) {
        fail(builder.faultOffset(), builder.fault());
    }
    if (result.IsError()) {
        fail(result.Offset(), endFault(result, text.size()));
    }
    // A NUL looks like the end to the reader.
    if (stream.Tell() < text.size()) {
        fail(stream.Tell(), faultText(rapidjson::kParseErrorDocumentRootNotSingular));
    }
    return Reading::complete;
}

Poco::Dynamic::Var numberToVar(const std::string& number)
{
    const char* const begin = number.data();
    const char* const end = begin + number.size();
    if (isInteger(number)) {
        Poco::Int64 integer = 0;
        if (std::from_chars(begin, end, integer).ec == std::errc()) {
            return integer;
        }
        Poco::UInt64 natural = 0;
        if (std::from_chars(begin, end, natural).ec == std::errc() && number.front() != '-') {
            return natural;
        }
        return number;
    }
    const std::optional<double> real = toDouble(number);
    if (real && shortestDecimal(*real) == toDecimal(number)) {
        return *real;
    }
    return number;
}

Poco::Dynamic::Var toVar(const Value& value)
{
    switch (value.kind) {
    case ValueKind::null:
        return {};
    case ValueKind::boolean:
        return value.boolean;
    case ValueKind::number:
        return numberToVar(value.text);
    case ValueKind::text:
        return value.text;
    case ValueKind::object:
        return Poco::JSON::Object::Ptr(new Poco::JSON::Object(toPocoObject(value)));
    case ValueKind::array:
        break;
    }
    Poco::JSON::Array::Ptr array = new Poco::JSON::Array;
    for (const Value& element : value.elements) {
        array->add(toVar(element));
    }
    return array;
}

} // namespace

Value::Value() = default;

const Value* Value::find(std::string_view key) const
{
    const auto member = std::find_if(members.rbegin(), members.rend(),
                                     [key](const auto& entry) { return entry.first == key; });
    return member == members.rend() ? nullptr : &member->second;
}

Value parse(std::string_view text, const Limits& limits)
{
    if (text.size() > limits.size) {
        fail(limits.size, "longer than " + std::to_string(limits.size) + " octets");
    }
    if (text.starts_with(kByteOrderMark)) {
        fail(0, "it begins with a byte order mark");
    }
    Value root;
    if (read(text, text, limits.depth, root) == Reading::numberTooBig) {
        root = {};
        if (read(withShortNumbers(text), text, limits.depth, root) == Reading::numberTooBig) {
            fail(0, "a number in it is not written as JSON writes numbers");
        }
    }
    return root;
}

Poco::JSON::Object toPocoObject(const Value& object)
{
    Poco::JSON::Object view;
    for (const auto& [key, value] : object.members) {
        view.set(key, toVar(value));
    }
    return view;
}

std::string quote(std::string_view text)
{
    constexpr std::string_view kHexDigits = "0123456789abcdef";
    constexpr std::string_view kControls = "\b\t\n\f\r";
    constexpr std::string_view kLetters = "btnfr";
    std::string quoted = "\"";
    for (const char character : text) {
        const auto octet = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            quoted.append({'\\', character});
        } else if (octet >= 0x20) {
            quoted.push_back(character);
        } else if (const auto at = kControls.find(character); at != std::string_view::npos) {
            quoted.append({'\\', kLetters[at]});
        } else {
            quoted.append({'\\', 'u', '0', '0', kHexDigits[octet >> 4], kHexDigits[octet & 0xF]});
        }
    }
    quoted.push_back('"');
    return quoted;
}

} // namespace notifyhost::json
