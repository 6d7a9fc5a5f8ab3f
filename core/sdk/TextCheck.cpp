#include "TextCheck.h"

#include "Utf8.h"

#include <stdexcept>

namespace notifyhost::mime {

namespace {

/// 64 octets of local part, the @ and 255 octets of domain.
constexpr std::size_t kLongestAddress = 320;

constexpr std::string_view kSpecials = "()<>[]:;@\\,\" ";

[[noreturn]] void refuse(std::string_view what, std::string_view problem)
{
    throw std::invalid_argument(std::string(what) + ' ' + std::string(problem));
}

std::string hexadecimal(unsigned char octet)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    return {kDigits[octet >> 4], kDigits[octet & 0xF]};
}

std::string nameOf(unsigned char control)
{
    switch (control) {
    case '\0':
        return "NUL";
    case '\t':
        return "a tab";
    case '\n':
        return "a line feed";
    case '\r':
        return "a carriage return";
    default:
        return "the control character 0x" + hexadecimal(control);
    }
}

bool isControl(char32_t value)
{
    return value < 0x20 || value == 0x7F;
}

bool isWideControl(char32_t value)
{
    return (value >= 0x80 && value <= 0x9F) || value == 0x2028 || value == 0x2029;
}

bool isQuotedLocal(std::string_view local)
{
    if (local.size() < 3 || local.front() != '"' || local.back() != '"') {
        return false;
    }
    local = local.substr(1, local.size() - 2);
    for (std::size_t index = 0; index < local.size(); ++index) {
        if (local[index] == '"' || (local[index] == '\\' && ++index == local.size())) {
            return false;
        }
    }
    return true;
}

bool isLiteral(std::string_view domain)
{
    return domain.size() > 2 && domain.front() == '[' && domain.back() == ']' &&
           domain.find_first_of("[]\\<>,; ", 1) == domain.size() - 1;
}

bool isPlain(std::string_view part)
{
    return !part.empty() && part.find_first_of(kSpecials) == std::string_view::npos;
}

bool isLocalAndDomain(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) {
        return false;
    }
    const auto local = address.substr(0, at);
    const auto domain = address.substr(at + 1);
    return (isPlain(local) || isQuotedLocal(local)) && (isPlain(domain) || isLiteral(domain));
}

} // namespace

void checkText(std::string_view what, std::string_view text)
{
    if (const auto offset = firstInvalidOctet(text)) {
        refuse(what, "is not UTF-8: octet 0x" +
                         hexadecimal(static_cast<unsigned char>(text[*offset])) + " at offset " +
                         std::to_string(*offset));
    }
}

void checkHeaderValue(std::string_view what, std::string_view value)
{
    checkText(what, value);
    for (std::size_t offset = 0; offset < value.size(); ++offset) {
        const auto octet = static_cast<unsigned char>(value[offset]);
        if (isControl(octet)) {
            refuse(what, "holds " + nameOf(octet) + " at offset " + std::to_string(offset) +
                             ", which a mail header must not: '" + escaped(value) + "'");
        }
    }
}

void checkRawValue(std::string_view what, std::string_view value)
{
    checkHeaderValue(what, value);
    for (std::size_t offset = 0; offset < value.size();) {
        const auto character = characterAt(value, offset);
        if (isWideControl(character->value)) {
            refuse(what, "holds a control character or line separator outside ASCII at offset " +
                             std::to_string(offset) + ": '" + escaped(value) + "'");
        }
        offset += character->length;
    }
    if (value.size() > kLongestAddress) {
        refuse(what, "has " + std::to_string(value.size()) + " octets, more than " +
                         std::to_string(kLongestAddress) + ": '" + escaped(value.substr(0, 40)) +
                         "…'");
    }
}

void checkAddress(std::string_view what, std::string_view address)
{
    checkRawValue(what, address);
    if (!isLocalAndDomain(address)) {
        refuse(what, "is not one mail address (local@domain): '" + std::string(address) + "'");
    }
}

void checkMessageId(std::string_view id)
{
    checkRawValue("message id", id);
    if (!isLocalAndDomain(id)) {
        refuse("message id", "is not of the form id@domain: '" + std::string(id) + "'");
    }
}

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char character : text) {
        const auto octet = static_cast<unsigned char>(character);
        if (octet < 0x20 || octet >= 0x7F) {
            result += "\\x" + hexadecimal(octet);
        } else {
            result += character;
        }
    }
    return result;
}

} // namespace notifyhost::mime
