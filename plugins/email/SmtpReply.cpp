#include "SmtpReply.h"

#include "LinkError.h"
#include "SmtpText.h"

#include <algorithm>
#include <utility>

namespace notifyhost::email {

namespace {

constexpr std::size_t kLongestLine = 2048;
constexpr std::size_t kMostLines = 128;
constexpr std::size_t kShown = 80;

bool isDigit(char letter)
{
    return letter >= '0' && letter <= '9';
}

[[noreturn]] void nonsense(const std::string& text)
{
    throw LinkError(LinkError::Kind::nonsense, text);
}

/// "5.1.1" at the beginning of a line with code 550. Source: RFC 2034 section 4.
std::string_view enhancedCode(int code, std::string_view line)
{
    std::size_t at = 0;
    int groups = 0;
    for (std::size_t begin = 0; groups < 3; ++groups, begin = ++at) {
        while (at < line.size() && isDigit(line[at])) {
            ++at;
        }
        const bool ends = groups == 2 ? at == line.size() || line[at] == ' '
                                      : at < line.size() && line[at] == '.';
        if (at == begin || at - begin > 3 || !ends) {
            return {};
        }
    }
    const bool agrees = line[0] - '0' == code / 100 && line[1] == '.';
    return agrees ? line.substr(0, at - 1) : std::string_view{};
}

} // namespace

std::string SmtpReply::text() const
{
    std::string result;
    const std::string_view enhanced =
        lines.empty() ? std::string_view{} : enhancedCode(code, lines.front());
    for (const std::string& line : lines) {
        std::string_view rest = line;
        if (!result.empty() && !enhanced.empty() && enhancedCode(code, rest) == enhanced) {
            rest.remove_prefix(std::min(enhanced.size() + 1, rest.size()));
        }
        if (!rest.empty()) {
            result += (result.empty() ? "" : " ") + std::string(rest);
        }
    }
    return std::to_string(code) + (result.empty() ? "" : " " + oneLine(result));
}

void ReplyReader::add(std::string_view octets)
{
    _buffer += octets;
}

std::optional<SmtpReply> ReplyReader::next()
{
    for (;;) {
        const std::size_t end = _buffer.find('\n');
        if (end == std::string::npos ? _buffer.size() > kLongestLine : end > kLongestLine) {
            nonsense("the server sent a line of more than " + std::to_string(kLongestLine) +
                     " octets, beginning with \"" + oneLine(_buffer, kShown) + "\"");
        }
        if (end == std::string::npos) {
            return std::nullopt;
        }
        std::string line = _buffer.substr(0, end);
        _buffer.erase(0, end + 1);
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        if (takeLine(line)) {
            return std::exchange(_current, {});
        }
    }
}

bool ReplyReader::takeLine(std::string_view line)
{
    const bool coded = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && isDigit(line[1]) &&
                       isDigit(line[2]) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!coded) {
        nonsense("the server sent what is not SMTP: \"" + oneLine(line, kShown) + "\"");
    }
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (!_current.lines.empty() && code != _current.code) {
        nonsense("the server changed the code within one reply from " +
                 std::to_string(_current.code) + " to \"" + oneLine(line, kShown) + "\"");
    }
    if (_current.lines.size() == kMostLines) {
        nonsense("the server sent a reply of more than " + std::to_string(kMostLines) +
                 " lines, the last \"" + oneLine(line, kShown) + "\"");
    }
    _current.code = code;
    _current.lines.emplace_back(line.size() > 4 ? line.substr(4) : std::string_view{});
    return line.size() == 3 || line[3] == ' ';
}

std::size_t ReplyReader::discard()
{
    std::size_t octets = _buffer.size();
    for (const std::string& line : _current.lines) {
        octets += line.size();
    }
    _buffer.clear();
    _current = {};
    return octets;
}

} // namespace notifyhost::email
