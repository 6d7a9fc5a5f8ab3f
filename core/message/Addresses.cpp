#include "message/Addresses.h"

#include "message/Characters.h"

#include <notifyhost/Mime.h>

#include <algorithm>
#include <stdexcept>

namespace notifyhost::message {

namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// How many @ stand outside of quotes.
std::size_t countAts(std::string_view text)
{
    std::size_t count = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (text[at] == '@' && !quoted) {
            ++count;
        }
    }
    return count;
}

/// The stored text as a log may show it.
std::string shown(std::string_view text)
{
    return "'" + withoutControls(text).value_or(std::string(text)) + "'";
}

std::string bareAddress(std::string_view text)
{
    if (text.empty()) {
        throw std::invalid_argument("it is empty");
    }
    const auto ats = countAts(text);
    if (ats == 0) {
        throw std::invalid_argument("it has no @");
    }
    if (ats > 1) {
        throw std::invalid_argument("it holds more than one address");
    }
    return parseMailbox(text).address;
}

} // namespace

CheckedAddresses checkAddresses(const std::vector<std::string>& stored)
{
    CheckedAddresses result;
    for (const auto& text : stored) {
        try {
            auto address = bareAddress(trimmed(text));
            auto& usable = result.usable;
            if (std::find(usable.begin(), usable.end(), address) == usable.end()) {
                usable.push_back(std::move(address));
            }
        } catch (const std::invalid_argument& error) {
            result.skipped.push_back(shown(text) + " is no usable address: " + error.what());
        }
    }
    return result;
}

} // namespace notifyhost::message
