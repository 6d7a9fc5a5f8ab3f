#include "SmtpReply.h"

#include "SmtpText.h"

#include <notifyhost/Connection.h>

#include <algorithm>
#include <utility>

namespace notifyhost::email {

namespace {

constexpr std::size_t kLongestLine = 2048;
constexpr std::size_t kMostLines = 128;
constexpr std::size_t kShown = 80;
constexpr int kAccepted = 250;

bool isDigit(char letter)
{
    return letter >= '0' && letter <= '9';
}

[[noreturn]] void nonsense(const std::string& text)
{
    throw ConnectionError(ConnectionError::Kind::nonsense, text);
}

/// "5.1.1" at the beginning of a line with that code.
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

/// What may stand before the code of a line that is only decorated.
bool isDecoration(char letter)
{
    const auto octet = static_cast<unsigned char>(letter);
    return octet <= ' ' || octet == 0x7F;
}

/// A line with its code taken off.
struct CodedLine {
    int code{}; ///< 0: it has none
    bool last{};
    std::string_view text{};
};

CodedLine readCode(std::string_view line, Tolerance tolerance)
{
    while (tolerance.decorated && !line.empty() && isDecoration(line.front())) {
        line.remove_prefix(1);
    }
    if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !isDigit(line[1]) || !isDigit(line[2]))
    {
        return {};
    }
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (line.size() == 3 || line[3] == ' ' || line[3] == '-') {
        return {code, line.size() == 3 || line[3] == ' ',
                line.size() > 4 ? line.substr(4) : std::string_view{}};
    }
    if (tolerance.glued && code == kAccepted && !isDigit(line[3])) {
        return {code, true, line.substr(3)};
    }
    return {};
}

} // namespace

Tolerance Tolerance::of(ReplyTo replyTo)
{
    return replyTo == ReplyTo::finalDot ? Tolerance{true, true, true, true} : Tolerance{};
}

std::string_view SmtpReply::enhanced() const
{
    return lines.empty() ? std::string_view{} : enhancedCode(code, lines.front());
}

std::string SmtpReply::text() const
{
    std::string result;
    const std::string_view enhanced = this->enhanced();
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

std::optional<SmtpReply> ReplyReader::next(ReplyTo replyTo)
{
    for (;;) {
        const std::size_t end = _buffer.find('\n');
        if (end == std::string::npos ? _buffer.size() > kLongestLine : end > kLongestLine) {
            if (auto reply = unfinished(replyTo)) {
                return reply;
            }
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
        if (takeLine(line, Tolerance::of(replyTo))) {
            _lines = 0;
            return std::exchange(_current, {});
        }
    }
}

std::optional<SmtpReply> ReplyReader::unfinished(ReplyTo replyTo)
{
    const Tolerance tolerance = Tolerance::of(replyTo);
    const std::string_view line = std::string_view(_buffer).substr(0, kLongestLine);
    const CodedLine coded = readCode(line, tolerance);
    // What ends in the code's third digit could have gone on with a hyphen or a fourth one.
    const bool clear =
        coded.code == kAccepted && coded.last && (!coded.text.empty() || line.back() == ' ');
    const bool agrees = (_current.code == 0 || _current.positive()) && _lines < kMostLines;
    if (!tolerance.unfinished || !clear || !agrees) {
        return std::nullopt;
    }
    SmtpReply reply = std::exchange(_current, {});
    reply.code = coded.code;
    reply.lines.emplace_back(coded.text);
    _buffer.erase(0, line.size());
    _lines = 0;
    return reply;
}

/// Whether the line ends a reply.
bool ReplyReader::takeLine(std::string_view line, Tolerance tolerance)
{
    if (_lines++ == kMostLines) {
        nonsense("the server sent a reply of more than " + std::to_string(kMostLines) +
                 " lines, the last \"" + oneLine(line, kShown) + "\"");
    }
    const bool begun = _current.code != 0;
    const CodedLine coded = readCode(line, tolerance);
    if (coded.code == 0) {
        if (tolerance.decorated && std::all_of(line.begin(), line.end(), isDecoration)) {
            return false;
        }
        if (tolerance.mixed && begun) {
            _current.lines.emplace_back(line);
            return false;
        }
        nonsense("the server sent what is not SMTP: \"" + oneLine(line, kShown) + "\"");
    }
    const bool sameClass = tolerance.mixed && coded.code / 100 == _current.code / 100;
    if (begun && coded.code != _current.code && !sameClass) {
        nonsense("the server changed the code within one reply from " +
                 std::to_string(_current.code) + " to \"" + oneLine(line, kShown) + "\"");
    }
    _current.code = coded.code;
    _current.lines.emplace_back(coded.text);
    return coded.last;
}

std::size_t ReplyReader::discard()
{
    std::size_t octets = _buffer.size();
    for (const std::string& line : _current.lines) {
        octets += line.size();
    }
    _buffer.clear();
    _current = {};
    _lines = 0;
    return octets;
}

} // namespace notifyhost::email
