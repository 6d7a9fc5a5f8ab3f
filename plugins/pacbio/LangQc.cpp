#include "LangQc.h"

#include "Fields.h"
#include "Shown.h"

#include <Poco/String.h>
#include <Poco/URI.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace notifyhost::pacbio {

namespace {

/// A state has some 400 octets and a library 300: room for tens of thousands.
constexpr std::size_t kBodyLimit = std::size_t{16} << 20;

constexpr std::size_t kLineLimit = 160;

/// Where the first `[word]` of a path is; nothing where there is none.
std::optional<std::pair<std::size_t, std::size_t>> findPlace(std::string_view path,
                                                             std::size_t from)
{
    constexpr std::string_view kWord =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    for (std::size_t open = path.find('[', from); open != std::string_view::npos;
         open = path.find('[', open + 1))
    {
        const std::size_t close = path.find_first_not_of(kWord, open + 1);
        if (close != std::string_view::npos && path[close] == ']' && close > open + 1) {
            return std::pair(open, close + 1);
        }
    }
    return std::nullopt;
}

/// A URL for messages: a query may hold what is nobody's business.
std::string shown(const std::string& url)
{
    const auto query = url.find('?');
    return "GET " + url.substr(0, query) + (query == std::string::npos ? "" : "?…");
}

/// The text of an error answer's `detail`; nothing where it has none.
std::optional<std::string> detailOf(const std::string& body)
{
    const auto read = readJson(body);
    const auto* root = std::get_if<JsonValue>(&read);
    if (root == nullptr || root->shape != Shape::object) {
        return std::nullopt;
    }
    Fields fields(*root, {"detail"});
    const std::optional<std::string> detail = fields.optionalText("detail");
    return detail && fields.fault().empty() ? std::optional(shownText(*detail)) : std::nullopt;
}

/// The first line of a body that is not blank, in ASCII.
std::string firstLine(const std::string& body)
{
    const auto begin = body.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) {
        return {};
    }
    std::string line = body.substr(begin, kLineLimit);
    line = line.substr(0, line.find_first_of("\r\n"));
    std::replace_if(
        line.begin(), line.end(), [](char octet) { return octet < ' ' || octet > '~'; }, '?');
    return line;
}

std::string headerOf(const HttpResponse& response, const std::string& name)
{
    for (const auto& [key, value] : response.headers) {
        if (Poco::icompare(key, name) == 0) {
            return value;
        }
    }
    return {};
}

/// An answer that is none, in one line: "502 Bad Gateway: <html>".
std::string saying(const HttpResponse& response)
{
    std::string text = std::to_string(response.status);
    text += response.reason.empty() ? "" : " " + firstLine(response.reason);
    if (response.status / 100 == 3) {
        return text + " to " + firstLine(headerOf(response, "location")) +
               ": redirects are not followed; write that address into the configuration";
    }
    const std::string said = detailOf(response.body).value_or(firstLine(response.body));
    return text + (said.empty() ? ", without a word" : ": " + said);
}

ServiceError::Kind kindOf(int status)
{
    if (status == 401 || status == 403 || status == 407) {
        return ServiceError::Kind::credentials;
    }
    const bool passing = status >= 500 || status == 408 || status == 425 || status == 429;
    return passing ? ServiceError::Kind::unavailable : ServiceError::Kind::configuration;
}

/// Whether an answer is LangQC's own word about this well and no other.
bool isAboutTheWell(const HttpResponse& response, const std::string& product)
{
    if (response.status == 409 || response.status == 422) {
        return true;
    }
    return response.status == 404 &&
           Poco::toLower(response.body).find(Poco::toLower(product)) != std::string::npos;
}

} // namespace

std::string joinUrl(const std::string& base, const std::string& path)
{
    return Poco::URI(Poco::URI(base), path).toString();
}

bool hasProductPlace(const std::string& path)
{
    return findPlace(path, 0).has_value();
}

std::string LangQcPlaces::recentUrl() const
{
    return joinUrl(base, recentPath);
}

std::string LangQcPlaces::librariesUrl(std::string_view product) const
{
    std::string path = librariesPath;
    std::size_t from = 0;
    while (const auto place = findPlace(path, from)) {
        path.replace(place->first, place->second - place->first, product);
        from = place->first + product.size();
    }
    return joinUrl(base, path);
}

std::string LangQcPlaces::runUrl() const
{
    return joinUrl(base, runPath);
}

LangQc::LangQc(LangQcPlaces places, Http& http, const Clock& clock)
    : _places(std::move(places)), _http(http), _clock(clock)
{
}

std::string LangQc::recent()
{
    const std::string url = _places.recentUrl();
    HttpResponse response;
    try {
        response = get(url);
    } catch (const ServiceError& error) {
        throw ServiceError(error.kind(), std::string("LangQC: ") + error.what());
    }
    if (response.status != 200) {
        const ServiceError::Kind kind = kindOf(response.status);
        throw ServiceError(kind, "LangQC: " + shown(url) + ": " + saying(response) +
                                     (kind == ServiceError::Kind::configuration
                                          ? ". Check langqc_url and recent_path"
                                          : ""));
    }
    const auto read = readJson(response.body);
    const auto* root = std::get_if<JsonValue>(&read);
    if (root != nullptr && root->shape == Shape::object) {
        return std::move(response.body);
    }
    // What begins like a list of LangQC's is one that broke; anything else is somebody else's.
    const bool broken = root == nullptr && firstLine(response.body).starts_with('{');
    const std::string fault =
        root != nullptr ? "it is " + std::string(shapeName(root->shape)) + ", not an object"
                        : std::get<std::string>(read);
    const std::string line = firstLine(response.body);
    throw ServiceError(broken ? ServiceError::Kind::unavailable : ServiceError::Kind::configuration,
                       "LangQC: " + shown(url) + ": the answer cannot be used: " + fault +
                           (broken || line.empty() ? "" : "; it begins \"" + line + "\"") +
                           (broken ? "" : ". Check langqc_url and recent_path"));
}

std::variant<Well, std::string> LangQc::well(const std::string& product)
{
    const std::string url = _places.librariesUrl(product);
    std::string trouble;
    try {
        const HttpResponse response = get(url);
        if (response.status == 200) {
            std::variant<Well, std::string> well = readWell(response.body, product);
            if (std::holds_alternative<Well>(well)) {
                return well;
            }
            trouble = "the answer cannot be used: " + std::get<std::string>(well);
        } else if (isAboutTheWell(response, product)) {
            return (response.status == 404 ? "LangQC does not know it (yet): "
                                           : "LangQC cannot tell what is in it (yet): ") +
                   saying(response);
        } else {
            trouble = saying(response);
            trouble += response.status == 404
                           ? "; check libraries_path, and that LangQC is 2.4.0 or newer"
                           : "";
        }
    } catch (const ServiceError& error) {
        trouble = error.what();
    }
    // This well alone, or LangQC as a whole? The list of recent states tells.
    recent();
    return "LangQC answers, but not for this well: " +
           (trouble.starts_with("GET ") ? "" : shown(url) + ": ") + trouble;
}

HttpResponse LangQc::get(const std::string& url)
{
    HttpRequest request;
    request.method = "GET";
    request.url = url;
    request.headers = {{"Accept", "application/json"}};
    request.bodyLimit = kBodyLimit;
    return _http.exchange(request, _clock.steady() + _places.answer);
}

} // namespace notifyhost::pacbio
