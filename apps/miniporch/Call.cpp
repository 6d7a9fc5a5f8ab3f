#include "Call.h"

#include "sdk/Utf8.h"

#include <algorithm>

namespace notifyhost::miniporch {

namespace {

constexpr std::size_t kTokenLength = 32;

char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                : character;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char character) { return lower(character); });
    return result;
}

/// What follows the word Bearer; nullopt for no header or another scheme.
std::optional<std::string> bearer(const std::optional<std::string>& authorization)
{
    const std::string_view header = authorization ? std::string_view(*authorization) : "";
    const std::size_t blank = std::min(header.find(' '), header.size());
    if (lower(header.substr(0, blank)) != "bearer" || blank + 1 >= header.size()) {
        return std::nullopt;
    }
    return std::string(header.substr(blank + 1));
}

bool looksLikeToken(std::string_view text)
{
    return text.size() == kTokenLength &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

} // namespace

Call::Call(const Request& request, std::vector<std::string> parts, queue::QueueStore& store,
           queue::Generation generation)
    : _request(request),
      _parts(std::move(parts)),
      _store(store),
      _generation(generation),
      _query(request.query)
{
}

void Call::admit()
{
    if (isJson() && !_request.body.empty()) {
        try {
            _body = json::parse(_request.body);
        } catch (const json::JsonError& error) {
            throw Refusal(Problems::malformed(error.what()));
        }
    }
    const auto token = bearer(_request.authorization);
    if (!token) {
        Answer answer = detail(hasVersions() ? 401 : 403, "Not authenticated");
        if (hasVersions()) {
            answer.headers.emplace_back("WWW-Authenticate", "Bearer");
        }
        throw Refusal(answer);
    }
    if (looksLikeToken(*token)) {
        _token = _store.token(*token);
    }
    if (!_token) {
        throw Refusal(403, "Invalid token");
    }
}

PipelineBody Call::pipelineBody() const
{
    return readPipelineBody(body());
}

TaskBody Call::taskBody() const
{
    return readTaskBody(body(), _request.body);
}

void Call::requireAdministrator() const
{
    if (_token->pipeline) {
        throw Refusal(403, "Forbidden");
    }
}

void Call::requirePipeline(const PipelineBody& pipeline) const
{
    const auto id = pipeline.name ? _store.pipelineId(*pipeline.name) : std::nullopt;
    if (!id || _token->pipeline != id) {
        throw Refusal(403, "Given credentials cannot be used for pipeline '" +
                               pipeline.name.value_or("None") + "'");
    }
}

std::optional<std::string> Call::text(const std::string& name) const
{
    auto value = _query.find(name);
    if (value && mime::firstInvalidOctet(*value)) {
        Problems problems;
        problems.add({"query", name}, "not UTF-8", "value_error");
        problems.check();
    }
    return value;
}

std::optional<queue::TaskStatus> Call::status() const
{
    const auto value = _query.find("status");
    const auto status = value ? queue::statusFromText(*value) : std::nullopt;
    if (value && !status) {
        Problems problems;
        problems.add({"query", "status"}, "value is not a valid enumeration member",
                     "type_error.enum");
        problems.check();
    }
    return status;
}

const json::Value& Call::body() const
{
    if (!_body) {
        Problems problems;
        if (_request.body.empty()) {
            problems.add({"body"}, "field required", "value_error.missing");
        } else {
            problems.add({"body"}, "value is not a valid dict; send Content-Type: application/json",
                         "type_error.dict");
        }
        problems.check();
    }
    return *_body;
}

bool Call::isJson() const
{
    std::string type = lower(_request.contentType.substr(0, _request.contentType.find(';')));
    type.erase(type.find_last_not_of(" \t") + 1);
    return type == "application/json" ||
           (type.starts_with("application/") && type.ends_with("+json"));
}

} // namespace notifyhost::miniporch
