#include "net/ResponseReader.h"

#include <Poco/String.h>

#include <algorithm>
#include <charconv>

namespace notifyhost::net {

namespace {

constexpr std::size_t kHeadLimit = 64U << 10;
constexpr int kInterimLimit = 10;

std::string_view trimmed(std::string_view text)
{
    const auto start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) {
        return {};
    }
    return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

/// Whether a comma-separated header value holds this word.
bool hasWord(std::string_view value, std::string_view word)
{
    while (!value.empty()) {
        const auto comma = value.find(',');
        if (Poco::toLower(std::string(trimmed(value.substr(0, comma)))) == word) {
            return true;
        }
        value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
    }
    return false;
}

std::size_t parseSize(std::string_view digits, int base, const char* what)
{
    std::size_t result = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, result, base);
    if (digits.empty() || error != std::errc() || stopped != end) {
        throw ConnectionError(ConnectionError::Kind::nonsense,
                              std::string("the answer's ") + what + " is not a number");
    }
    return result;
}

[[noreturn]] void tooLarge(std::size_t limit)
{
    throw ConnectionError(ConnectionError::Kind::nonsense, "the answer's body is larger than the " +
                                                               std::to_string(limit) +
                                                               " octets that are accepted");
}

/// The version's last digit; status and reason go into response.
char parseStatusLine(const std::string& line, HttpResponse& response)
{
    const auto isDigit = [](char octet) { return octet >= '0' && octet <= '9'; };
    const bool well = line.size() >= 12 && line.starts_with("HTTP/1.") && isDigit(line[7]) &&
                      line[8] == ' ' && line[9] >= '1' && line[9] <= '9' && isDigit(line[10]) &&
                      isDigit(line[11]) && (line.size() == 12 || line[12] == ' ');
    if (!well) {
        throw ConnectionError(ConnectionError::Kind::nonsense, "what came is not an HTTP answer");
    }
    response.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    response.reason = line.size() > 13 ? line.substr(13) : "";
    return line[7];
}

} // namespace

std::string headerValue(const HttpResponse& response, std::string_view lowerCaseName)
{
    std::string result;
    for (const auto& [name, value] : response.headers) {
        if (Poco::toLower(name) == lowerCaseName) {
            result += (result.empty() ? "" : ", ") + value;
        }
    }
    return result;
}

/// Takes in more; false where the peer has ended the stream in good order.
bool ResponseReader::fill()
{
    _position = 0;
    _buffer.clear();
    _buffer = _connection.receive(_limit);
    _received += _buffer.size();
    return !_buffer.empty();
}

char ResponseReader::nextOctet()
{
    if (_position == _buffer.size() && !fill()) {
        throw ConnectionError(ConnectionError::Kind::lost,
                              _received == 0
                                  ? "the connection was closed without an answer"
                                  : "the connection was closed in the middle of the answer");
    }
    return _buffer[_position++];
}

std::string ResponseReader::readLine()
{
    std::string line;
    for (;;) {
        const char octet = nextOctet();
        if (_headLeft-- == 0) {
            throw ConnectionError(ConnectionError::Kind::nonsense,
                                  "the answer's headers are larger than " +
                                      std::to_string(kHeadLimit) + " octets");
        }
        if (octet == '\n') {
            break;
        }
        line += octet;
    }
    if (line.ends_with('\r')) {
        line.pop_back();
    }
    if (line.find_first_of(std::string_view("\r\0", 2)) != std::string::npos) {
        throw ConnectionError(ConnectionError::Kind::nonsense,
                              "the answer's headers hold a stray carriage return or NUL");
    }
    return line;
}

void ResponseReader::readHeaders(HttpResponse& response)
{
    for (std::string line = readLine(); !line.empty(); line = readLine()) {
        const auto colon = line.find(':');
        if (colon == std::string::npos || colon == 0 || line.find_first_of(" \t") < colon) {
            throw ConnectionError(ConnectionError::Kind::nonsense,
                                  "the answer has a header line that is none");
        }
        response.headers.emplace_back(line.substr(0, colon),
                                      trimmed(std::string_view(line).substr(colon + 1)));
    }
}

HttpResponse ResponseReader::readHead()
{
    _headLeft = kHeadLimit;
    for (int interim = 0; interim <= kInterimLimit; ++interim) {
        HttpResponse response;
        const char version = parseStatusLine(readLine(), response);
        readHeaders(response);
        if (response.status == 101) {
            throw ConnectionError(ConnectionError::Kind::nonsense,
                                  "the peer changed the protocol unasked");
        }
        if (response.status >= 200) {
            const std::string connection = headerValue(response, "connection");
            _reusable =
                version == '0' ? hasWord(connection, "keep-alive") : !hasWord(connection, "close");
            return response;
        }
    }
    throw ConnectionError(ConnectionError::Kind::nonsense,
                          "the peer sent interim answers without end");
}

void ResponseReader::readBody(HttpResponse& response, std::string_view method, std::size_t limit)
{
    _inBody = true;
    if (method == "HEAD" || response.status == 204 || response.status == 304) {
        return;
    }
    const std::string coding = headerValue(response, "transfer-encoding");
    const std::string length = headerValue(response, "content-length");
    if (!coding.empty()) {
        if (Poco::toLower(coding) != "chunked") {
            throw ConnectionError(ConnectionError::Kind::nonsense,
                                  "the answer's transfer coding is not one we know");
        }
        _reusable = _reusable && length.empty();
        readChunked(response.body, limit);
    } else if (!length.empty()) {
        const std::size_t count = parseSize(length, 10, "length");
        if (count > limit) {
            tooLarge(limit);
        }
        readCounted(response.body, count);
    } else {
        _reusable = false;
        readToEnd(response.body, limit);
    }
}

void ResponseReader::readCounted(std::string& body, std::size_t count)
{
    while (count > 0) {
        if (_position == _buffer.size() && !fill()) {
            throw ConnectionError(ConnectionError::Kind::nonsense,
                                  "the answer was cut short: " + std::to_string(count) +
                                      " octets of its body are missing");
        }
        const std::size_t part = std::min(count, _buffer.size() - _position);
        body.append(_buffer.data() + _position, part);
        _position += part;
        count -= part;
    }
}

void ResponseReader::readChunked(std::string& body, std::size_t limit)
{
    for (;;) {
        _headLeft = kHeadLimit;
        const std::string line = readLine();
        const auto size =
            parseSize(trimmed(std::string_view(line).substr(0, line.find(';'))), 16, "chunk size");
        if (size > limit - body.size()) {
            tooLarge(limit);
        }
        if (size == 0) {
            break;
        }
        readCounted(body, size);
        if (!readLine().empty()) {
            throw ConnectionError(ConnectionError::Kind::nonsense,
                                  "a chunk of the answer is longer than it says");
        }
    }
    HttpResponse trailer;
    readHeaders(trailer);
}

void ResponseReader::readToEnd(std::string& body, std::size_t limit)
{
    while (_position < _buffer.size() || fill()) {
        if (_buffer.size() - _position > limit - body.size()) {
            tooLarge(limit);
        }
        body.append(_buffer.data() + _position, _buffer.size() - _position);
        _position = _buffer.size();
    }
}

std::string ResponseReader::waitingFor() const
{
    if (_received == 0) {
        return "waiting for the answer";
    }
    return std::string("reading the answer's ") + (_inBody ? "body" : "headers") + " (" +
           std::to_string(_received) + " octets so far)";
}

} // namespace notifyhost::net
