#include "RequestReader.h"

#include "Answers.h"
#include "Query.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace notifyhost::miniporch {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
/// What a host and port may hold: RFC 3986's reg-name, IP literals and the colon.
constexpr std::string_view kHostMarks = "-._~!$&'()*+,;=%:[]";
/// A chunk's size beyond this is too large whatever the limit is.
constexpr std::size_t kLongestSize = 15;

bool isLetterOrDigit(char octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= '0' && octet <= '9');
}

bool consistsOf(std::string_view text, std::string_view marks)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char octet) {
        return isLetterOrDigit(octet) || marks.find(octet) != std::string_view::npos;
    });
}

bool isToken(std::string_view text)
{
    return consistsOf(text, kTokenMarks);
}

/// No control but the tab; what is beyond ASCII is the reader's business.
bool isText(char octet)
{
    return (static_cast<unsigned char>(octet) >= ' ' || octet == '\t') && octet != '\x7F';
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char octet) {
        return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet - 'A' + 'a') : octet;
    });
    return result;
}

/// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view text)
{
    const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Calls use with each element of a comma-separated list that is not empty, in lower case.
template<typename Use> void forEachElement(std::string_view list, Use use)
{
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (const auto element = trimmed(list.substr(0, comma)); !element.empty()) {
            use(lower(element));
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
}

} // namespace

RequestReader::RequestReader(const RequestLimits& limits, std::string scheme)
    : _limits(limits), _scheme(std::move(scheme))
{
}

std::size_t RequestReader::take(std::string_view octets)
{
    const std::size_t offered = octets.size();
    while (!octets.empty() && _stage != Stage::complete && _stage != Stage::refused) {
        if (_stage == Stage::body || _stage == Stage::chunk) {
            takeBody(octets);
        } else if (const auto line = takeLine(octets)) {
            readLine(*line);
            _line.clear();
        }
    }
    return offered - octets.size();
}

bool RequestReader::mustSayContinue()
{
    const bool waits = _stage == Stage::body || _stage == Stage::chunkSize;
    return std::exchange(_expectsContinue, false) && waits && _request.body.empty();
}

/// The next line without its end, once all of it is there. A line ends with CR LF and nothing else,
/// and what is no text is refused at once, not when the line's end comes.
std::optional<std::string_view> RequestReader::takeLine(std::string_view& octets)
{
    while (!octets.empty()) {
        const char octet = octets.front();
        octets.remove_prefix(1);
        const bool behindReturn = _line.ends_with('\r');
        if (behindReturn != (octet == '\n') || (octet != '\r' && octet != '\n' && !isText(octet))) {
            refuse(400, "");
            return std::nullopt;
        }
        if (++_lineOctets > _limits.header) {
            refuse(431, "The request's header is too large");
            return std::nullopt;
        }
        _line.push_back(octet);
        if (octet == '\n') {
            return std::string_view(_line).substr(0, _line.size() - 2);
        }
    }
    return std::nullopt;
}

void RequestReader::takeBody(std::string_view& octets)
{
    const std::size_t count = std::min<std::uint64_t>(_left, octets.size());
    _request.body.append(octets.substr(0, count));
    octets.remove_prefix(count);
    _left -= count;
    if (_left == 0) {
        _stage = _stage == Stage::chunk ? Stage::chunkEnd : Stage::complete;
    }
}

void RequestReader::readLine(std::string_view line)
{
    switch (_stage) {
    case Stage::requestLine:
        // Old clients send an empty line behind a body.
        if (!line.empty()) {
            readRequestLine(line);
        }
        break;
    case Stage::headers:
        line.empty() ? endHeaders() : readHeader(line);
        break;
    case Stage::chunkSize:
        readChunkSize(line);
        break;
    case Stage::chunkEnd:
        line.empty() ? void(_stage = Stage::chunkSize) : refuse(400, "");
        break;
    default: // trailers
        if (line.empty()) {
            _stage = Stage::complete;
        } else if (!isToken(line.substr(0, line.find(':'))) ||
                   line.find(':') == std::string_view::npos) {
            refuse(400, "");
        }
        break;
    }
}

void RequestReader::readRequestLine(std::string_view line)
{
    const auto first = line.find(' ');
    const auto second = line.find(' ', std::min(first, line.size() - 1) + 1);
    const auto version = second == std::string_view::npos ? "" : line.substr(second + 1);
    if (!isToken(line.substr(0, first)) || version.size() != 8 || !version.starts_with("HTTP/1.") ||
        kDigits.find(version.back()) == std::string_view::npos)
    {
        return refuse(400, "");
    }
    _minorVersion = version.back() == '0' ? 0 : 1;
    _request.method = line.substr(0, first);
    if (!readTarget(line.substr(first + 1, second - first - 1))) {
        return refuse(400, "");
    }
    _stage = Stage::headers;
}

/// Whether the target is one that a server is asked for.
bool RequestReader::readTarget(std::string_view target)
{
    if (target.empty() || target.find_first_of(" \t") != std::string_view::npos) {
        return false;
    }
    if (target == "*") {
        _request.path = target;
        return _request.method == "OPTIONS";
    }
    if (target.front() != '/') {
        return readAbsolute(target);
    }
    splitTarget(target);
    return true;
}

/// A whole URL, whose host counts instead of the header's.
bool RequestReader::readAbsolute(std::string_view target)
{
    const auto colon = target.find("://");
    const auto scheme = colon == std::string_view::npos ? "" : lower(target.substr(0, colon));
    if (scheme != "http" && scheme != "https") {
        return false;
    }
    target.remove_prefix(colon + 3);
    const auto end = std::min(target.find_first_of("/?#"), target.size());
    if (!consistsOf(target.substr(0, end), kHostMarks)) {
        return false;
    }
    _request.base = _scheme + "://" + std::string(target.substr(0, end));
    _mayNameHost = false;
    target.remove_prefix(end);
    splitTarget(target.starts_with('/') ? std::string(target) : "/" + std::string(target));
    return true;
}

void RequestReader::splitTarget(std::string_view target)
{
    target = target.substr(0, target.find('#'));
    const auto mark = std::min(target.find('?'), target.size());
    _request.path = percentDecode(target.substr(0, mark));
    _request.query = target.substr(std::min(mark + 1, target.size()));
}

void RequestReader::readHeader(std::string_view line)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) {
        // Also a line that goes on with the one above, and a blank before the colon.
        return refuse(400, "");
    }
    keepHeader(lower(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
}

void RequestReader::keepHeader(const std::string& name, std::string_view value)
{
    const auto once = [&](std::optional<std::string>& kept) {
        if (kept) {
            refuse(400, "");
        }
        kept = value;
    };
    if (name == "host") {
        once(_host);
    } else if (name == "content-length") {
        once(_length);
    } else if (name == "transfer-encoding") {
        once(_coding);
    } else if (name == "authorization") {
        once(_request.authorization);
    } else if (name == "content-type") {
        _request.contentType = value;
    } else if (name == "expect") {
        _expectsContinue = lower(value) == "100-continue";
    } else if (name == "connection") {
        forEachElement(value, [this](const std::string& option) {
            _saysClose = _saysClose || option == "close";
            _saysKeepAlive = _saysKeepAlive || option == "keep-alive";
        });
    }
}

/// What the headers say together: whose host, how long the body is, what comes after it.
void RequestReader::endHeaders()
{
    const bool isOld = _minorVersion == 0;
    _keepsAlive = !_saysClose && (!isOld || _saysKeepAlive);
    _expectsContinue = _expectsContinue && !isOld;
    if (_host ? !consistsOf(*_host, kHostMarks) : !isOld) {
        return refuse(400, "");
    }
    if (_mayNameHost) {
        _request.base = _scheme + "://" + _host.value_or("");
    }
    if (_coding) {
        std::vector<std::string> codings;
        forEachElement(*_coding, [&](const std::string& coding) { codings.push_back(coding); });
        const auto chunked = std::count(codings.begin(), codings.end(), "chunked");
        if (isOld || _length || chunked != 1 || codings.back() != "chunked" ||
            !std::all_of(codings.begin(), codings.end(), isToken) ||
            (codings.size() == 1 && _coding->size() != codings.front().size()))
        {
            return refuse(400, "");
        }
        if (codings.size() > 1) {
            return refuse(501, "The body may be chunked and nothing else");
        }
        _lineOctets = 0;
        _stage = Stage::chunkSize;
        return;
    }
    std::uint64_t length = 0;
    if (_length) {
        const char* const end = _length->data() + _length->size();
        const auto read = std::from_chars(_length->data(), end, length);
        if (_length->empty() || read.ec != std::errc() || read.ptr != end) {
            return refuse(400, "");
        }
    }
    length == 0 ? void(_stage = Stage::complete) : expectBody(Stage::body, length);
}

/// A size, and extensions that nobody here understands and nothing follows from.
void RequestReader::readChunkSize(std::string_view line)
{
    const auto digits = std::min(line.find_first_not_of(kHexDigits), line.size());
    const auto extension = trimmed(line.substr(digits));
    if (digits == 0 || digits > kLongestSize ||
        (digits < line.size() && (extension.size() < 2 || extension.front() != ';')))
    {
        return refuse(400, "");
    }
    std::uint64_t size = 0;
    std::from_chars(line.data(), line.data() + digits, size, 16);
    if (size == 0) {
        _stage = Stage::trailers;
        return;
    }
    _lineOctets = 0;
    expectBody(Stage::chunk, size);
}

void RequestReader::expectBody(Stage stage, std::uint64_t size)
{
    if (size > _limits.body || _request.body.size() + size > _limits.body) {
        return refuse(413, "The request's body is too large");
    }
    _left = size;
    _stage = stage;
}

void RequestReader::refuse(int status, std::string_view why)
{
    _stage = Stage::refused;
    _keepsAlive = false;
    _fault = why.empty()
                 ? Answer{400, "Invalid HTTP request received.", "text/plain; charset=utf-8"}
                 : detail(status, why);
}

} // namespace notifyhost::miniporch
