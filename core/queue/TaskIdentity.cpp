#include "queue/TaskIdentity.h"

#include "storage/Digest.h"
#include "json/Json.h"
#include "json/Number.h"

#include <algorithm>
#include <array>
#include <vector>

namespace notifyhost::queue {

namespace {

/// Plain notation while the first digit's power of ten is within these.
constexpr long long kLowestPlainExponent = -4;
constexpr long long kHighestPlainExponent = 15;

constexpr std::string_view kHexDigits = "0123456789abcdef";

void appendUtf16Unit(std::string& out, unsigned unit)
{
    out += {'\\',
            'u',
            kHexDigits[unit >> 12 & 0xF],
            kHexDigits[unit >> 8 & 0xF],
            kHexDigits[unit >> 4 & 0xF],
            kHexDigits[unit & 0xF]};
}

void appendCodePoint(std::string& out, unsigned codePoint)
{
    if (codePoint < 0x10000) {
        appendUtf16Unit(out, codePoint);
        return;
    }
    appendUtf16Unit(out, 0xD800 + ((codePoint - 0x10000) >> 10));
    appendUtf16Unit(out, 0xDC00 + ((codePoint - 0x10000) & 0x3FF));
}

/// Of valid UTF-8, the code point at a position, which moves to its last octet.
unsigned codePointAt(std::string_view text, std::size_t& position)
{
    const auto lead = static_cast<unsigned char>(text[position]);
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    unsigned codePoint = lead & (0x3FU >> more);
    for (int count = 0; count < more; ++count) {
        codePoint = codePoint << 6 | (static_cast<unsigned char>(text[++position]) & 0x3FU);
    }
    return codePoint;
}

/// The letter of a short form, or 0.
char shortForm(char character)
{
    switch (character) {
    case '"':
    case '\\':
    case '/':
        return character;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

void appendText(std::string& out, std::string_view text)
{
    out.push_back('"');
    for (std::size_t position = 0; position < text.size(); ++position) {
        const char character = text[position];
        const auto octet = static_cast<unsigned char>(character);
        if (const char letter = shortForm(character); letter != 0) {
            out += {'\\', letter};
        } else if (octet < 0x20) {
            appendUtf16Unit(out, octet);
        } else if (octet < 0x80) {
            out.push_back(character);
        } else {
            appendCodePoint(out, codePointAt(text, position));
        }
    }
    out.push_back('"');
}

void appendExponentNotation(std::string& out, const json::Decimal& decimal)
{
    out.push_back(decimal.digits.front());
    if (decimal.digits.size() > 1) {
        out.push_back('.');
        out.append(decimal.digits, 1);
    }
    out.append(decimal.exponent < 0 ? "e-" : "e+");
    out.append(std::to_string(std::abs(decimal.exponent)));
}

void appendPlainNotation(std::string& out, const json::Decimal& decimal)
{
    if (decimal.exponent < 0) {
        out.append("0.");
        out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
        out.append(decimal.digits);
        return;
    }
    const auto whole = static_cast<std::size_t>(decimal.exponent) + 1;
    std::string digits = decimal.digits;
    digits.append(whole >= digits.size() ? whole + 1 - digits.size() : 0, '0');
    out.append(digits, 0, whole);
    out.push_back('.');
    out.append(digits, whole);
}

void appendNumber(std::string& out, const json::Value& value)
{
    if (json::isInteger(value.text)) {
        // The one integer that can be written in two ways.
        out.append(value.text == "-0" ? "0" : value.text);
        return;
    }
    const std::optional<double> number = json::toDouble(value.text);
    if (!number) {
        throw json::JsonError("at octet " + std::to_string(value.begin + 1) + ": the number " +
                              value.text.substr(0, 32) + " is too large, porch cannot keep it");
    }
    const json::Decimal decimal = json::shortestDecimal(*number);
    out.append(decimal.negative ? "-" : "");
    if (decimal.exponent < kLowestPlainExponent || decimal.exponent > kHighestPlainExponent) {
        appendExponentNotation(out, decimal);
    } else {
        appendPlainNotation(out, decimal);
    }
}

void appendValue(std::string& out, const json::Value& value);

void appendObject(std::string& out, const json::Value& object)
{
    std::vector<const std::pair<std::string, json::Value>*> members;
    members.reserve(object.members.size());
    for (const auto& member : object.members) {
        members.push_back(&member);
    }
    // The octets of UTF-8 sort as the code points do.
    std::stable_sort(members.begin(), members.end(), [](const auto* left, const auto* right) {
        return left->first < right->first;
    });
    out.push_back('{');
    for (std::size_t index = 0; index < members.size(); ++index) {
        const bool repeated =
            index + 1 < members.size() && members[index + 1]->first == members[index]->first;
        if (repeated) {
            continue;
        }
        out.append(out.back() == '{' ? "" : ",");
        appendText(out, members[index]->first);
        out.push_back(':');
        appendValue(out, members[index]->second);
    }
    out.push_back('}');
}

void appendArray(std::string& out, const json::Value& array)
{
    out.push_back('[');
    for (const json::Value& element : array.elements) {
        out.append(&element == &array.elements.front() ? "" : ",");
        appendValue(out, element);
    }
    out.push_back(']');
}

void appendValue(std::string& out, const json::Value& value)
{
    switch (value.kind) {
    case json::ValueKind::null:
        out.append("null");
        break;
    case json::ValueKind::boolean:
        out.append(value.boolean ? "true" : "false");
        break;
    case json::ValueKind::number:
        appendNumber(out, value);
        break;
    case json::ValueKind::text:
        appendText(out, value.text);
        break;
    case json::ValueKind::object:
        appendObject(out, value);
        break;
    case json::ValueKind::array:
        appendArray(out, value);
        break;
    }
}

std::string canonicalText(const json::Value& input, std::size_t length)
{
    if (input.kind != json::ValueKind::object) {
        throw json::JsonError("at octet " + std::to_string(input.begin + 1) +
                              ": a task input is a JSON object, this is another value");
    }
    std::string canonical;
    canonical.reserve(length + length / 4);
    appendObject(canonical, input);
    return canonical;
}

} // namespace

std::string canonicalInput(std::string_view inputText)
{
    return canonicalText(json::parse(inputText), inputText.size());
}

std::string taskInputId(std::string_view inputText)
{
    return storage::sha256Hex(canonicalInput(inputText));
}

std::string taskInputId(const json::Value& input)
{
    return storage::sha256Hex(canonicalText(input, input.end - input.begin));
}

} // namespace notifyhost::queue
