#include "config/ValueText.h"

#include <Poco/UTF8Encoding.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace notifyhost::config {

std::optional<std::int64_t> readInteger(std::string_view text)
{
    if (text.starts_with('+') && !text.starts_with("+-")) {
        text.remove_prefix(1);
    }
    std::int64_t result = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, result);
    if (error != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return result;
}

std::optional<bool> readFlag(std::string_view text)
{
    const std::string word = lowered(text);
    if (word == "yes" || word == "true" || word == "on" || word == "1") {
        return true;
    }
    if (word == "no" || word == "false" || word == "off" || word == "0") {
        return false;
    }
    return std::nullopt;
}

std::optional<std::chrono::seconds> readDuration(std::string_view text)
{
    using namespace std::chrono;
    constexpr std::int64_t kMost = 1'000'000'000;
    if (text.empty()) {
        return std::nullopt;
    }
    const char unit = text.back();
    text = trimmed(text.substr(0, text.size() - 1));
    const auto number = readInteger(text);
    if (!number || *number < 0 || *number > kMost || text.starts_with('+')) {
        return std::nullopt;
    }
    switch (unit) {
    case 's':
        return seconds{*number};
    case 'm':
        return seconds{minutes{*number}};
    case 'h':
        return seconds{hours{*number}};
    case 'd':
        return seconds{hours{24 * *number}};
    default:
        return std::nullopt;
    }
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    for (char& character : result) {
        if (character >= 'A' && character <= 'Z') {
            character = static_cast<char>(character - 'A' + 'a');
        }
    }
    return result;
}

bool isUtf8(std::string_view text)
{
    const Poco::UTF8Encoding encoding;
    while (!text.empty()) {
        const auto* octets = reinterpret_cast<const unsigned char*>(text.data());
        const int length = encoding.sequenceLength(octets, 1);
        if (length < 1 || static_cast<std::size_t>(length) > text.size() ||
            !Poco::UTF8Encoding::isLegal(octets, length))
        {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(length));
    }
    return true;
}

bool isPlainName(std::string_view text)
{
    constexpr std::size_t kLongest = 64;
    return !text.empty() && text.size() <= kLongest &&
           std::all_of(text.begin(), text.end(), [](char character) {
               return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
                      std::string_view("_-. ").find(character) != std::string_view::npos;
           });
}

} // namespace notifyhost::config
