#include "net/AnswerText.h"

#include <Poco/UTF8Encoding.h>

#include <algorithm>

namespace notifyhost::net {

namespace {

constexpr std::size_t kLineLimit = 200;

/// The octets of the character at the start of text; 0 where it is not valid UTF-8.
std::size_t characterSize(std::string_view text)
{
    const auto* octets = reinterpret_cast<const unsigned char*>(text.data());
    const auto first = octets[0];
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const bool legal =
        size <= text.size() && Poco::UTF8Encoding::isLegal(octets, static_cast<int>(size));
    return legal ? size : 0;
}

/// A terminal obeys U+0080 to U+009F as well.
bool isControl(std::string_view character)
{
    const auto octet = [&](std::size_t index) {
        return static_cast<unsigned char>(character[index]);
    };
    return (character.size() == 1 && (octet(0) < 0x20 || octet(0) == 0x7F)) ||
           (character.size() == 2 && octet(0) == 0xC2 && octet(1) < 0xA0);
}

} // namespace

std::string firstLine(std::string_view text)
{
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(start);
    text = text.substr(0, text.find_first_of("\r\n"));
    std::string result;
    while (!text.empty()) {
        const std::size_t size = characterSize(text);
        if (result.size() + std::max<std::size_t>(size, 1) > kLineLimit) {
            return result + "…";
        }
        const bool control = isControl(text.substr(0, size));
        if (size == 0 || control) {
            result += control ? ' ' : '?';
        } else {
            result += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

std::string answerText(const HttpResponse& response)
{
    const std::string reason = firstLine(response.reason);
    const std::string line = firstLine(response.body);
    return std::to_string(response.status) + (reason.empty() ? "" : " " + reason) +
           (line.empty() ? ", without a body" : ": " + line);
}

} // namespace notifyhost::net
