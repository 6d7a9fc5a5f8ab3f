#include "TextCheck.h"

#include <notifyhost/Mime.h>

#include <stdexcept>

NOTIFYHOST_NAMESPACE_BEGIN

namespace {

constexpr std::string_view kWhat = "mailbox";

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(' ');
    return begin == std::string_view::npos
               ? std::string_view{}
               : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

[[noreturn]] void refuse(const std::string& problem, std::string_view text)
{
    throw std::invalid_argument(std::string(kWhat) + ' ' + problem + ": '" + std::string(text) +
                                "'");
}

/// Reads the quoted string that text begins with; what follows it stays in text.
std::string takeQuoted(std::string_view& text)
{
    const auto whole = text;
    std::string name;
    for (std::size_t index = 1; index < text.size(); ++index) {
        if (text[index] == '"') {
            text.remove_prefix(index + 1);
            return name;
        }
        if (text[index] == '\\' && index + 1 < text.size()) {
            ++index;
        }
        name += text[index];
    }
    refuse("has a name whose closing quote is missing", whole);
}

/// Reads the name before the angle bracket; the bracket and what follows stay in text.
std::string takeName(std::string_view& text)
{
    const auto whole = text;
    if (text.front() == '"') {
        std::string name = takeQuoted(text);
        text = trimmed(text);
        if (text.empty() || text.front() != '<') {
            refuse("has something between the quoted name and <local@domain>", whole);
        }
        return std::string(trimmed(name));
    }
    const auto bracket = text.find('<');
    if (bracket == std::string_view::npos) {
        refuse("is not one mail address", whole);
    }
    const auto name = trimmed(text.substr(0, bracket));
    if (name.find_first_of("\"\\@,:;>") != std::string_view::npos) {
        refuse("is not one address; a name with any of \"\\@,:;> must stand in quotes", whole);
    }
    text.remove_prefix(bracket);
    return std::string(name);
}

} // namespace

Mailbox parseMailbox(std::string_view text)
{
    mime::checkHeaderValue(kWhat, text);
    text = trimmed(text);
    Mailbox mailbox;
    if (text.ends_with('>')) {
        mailbox.name = takeName(text);
        text = text.substr(1, text.size() - 2);
    }
    mime::checkAddress(kWhat, text);
    mailbox.address = std::string(text);
    return mailbox;
}

NOTIFYHOST_NAMESPACE_END
