#include "queue/PorchExchange.h"

#include "net/AnswerText.h"
#include "net/ExchangeError.h"
#include "net/ResponseReader.h"

#include <Poco/String.h>

#include <algorithm>
#include <random>
#include <thread>

namespace notifyhost::queue {

namespace {

/// No repeat begins later than this after the first attempt.
constexpr std::chrono::seconds kRepeatsBegin{15};
constexpr int kAttempts = 4;
constexpr std::size_t kBodyLimit = std::size_t{64} << 20;

bool isTransient(int status)
{
    return status == 502 || status == 503 || status == 504;
}

/// From half of the pause to all of it, so that many clients do not come back at one time.
std::chrono::milliseconds withJitter(std::chrono::milliseconds pause)
{
    thread_local std::mt19937 engine{std::random_device{}()};
    return std::chrono::milliseconds{
        std::uniform_int_distribution<std::int64_t>(pause.count() / 2, pause.count())(engine)};
}

/// When to stop repeating one request.
class Repeats {
public:
    Repeats(PorchRequest::Repeat repeat, std::chrono::milliseconds firstPause)
        : _repeat(repeat), _pause(firstPause), _begun(std::chrono::steady_clock::now())
    {
    }

    /// Whether the request may go out again; waits before it says yes. received: whether the
    /// server may have had it.
    bool again(bool received)
    {
        const bool harmless = _repeat == PorchRequest::Repeat::safe || !received;
        const auto pause = withJitter(_pause);
        const auto next = std::chrono::steady_clock::now() + pause;
        if (!harmless || attempts >= kAttempts || next - _begun > kRepeatsBegin) {
            return false;
        }
        std::this_thread::sleep_until(next);
        _pause *= 2;
        ++attempts;
        return true;
    }

    int attempts{1};

private:
    PorchRequest::Repeat _repeat;
    std::chrono::milliseconds _pause;
    std::chrono::steady_clock::time_point _begun;
};

QueueError::Kind kindOf(const net::ExchangeError& error, PorchRequest::Repeat repeat)
{
    if (error.kind() == ServiceError::Kind::configuration) {
        return QueueError::Kind::configuration;
    }
    return repeat == PorchRequest::Repeat::never && error.maybeReceived()
               ? QueueError::Kind::lost
               : QueueError::Kind::unavailable;
}

QueueError::Kind kindOf(int status, PorchRequest::Repeat repeat)
{
    // A gateway that got no answer does not know what became of the request.
    const bool inDoubt = repeat == PorchRequest::Repeat::never && (status == 502 || status == 504);
    if (inDoubt || (repeat == PorchRequest::Repeat::never && status / 100 == 2)) {
        return QueueError::Kind::lost;
    }
    if (status == 401 || status == 403) {
        return QueueError::Kind::credentials;
    }
    if (status == 404) {
        return QueueError::Kind::unknown;
    }
    if (status / 100 == 3) {
        return QueueError::Kind::configuration;
    }
    const bool busy = status == 408 || status == 429;
    return status / 100 == 4 && !busy ? QueueError::Kind::refused : QueueError::Kind::unavailable;
}

std::string times(int attempts)
{
    return attempts == 1 ? "" : " (tried " + std::to_string(attempts) + " times)";
}

std::string adviceFor(const PorchRequest& request, const HttpResponse& response,
                      const net::Url& base)
{
    if (response.status == 404 && !base.target.ends_with('/')) {
        return "; the path in url does not end with a slash, so its last part is left out";
    }
    if ((response.status == 401 || response.status == 403) && request.token != nullptr) {
        return "; the token that was used is " + request.token->setting;
    }
    if (response.status / 100 == 3) {
        const std::string target = net::firstLine(net::headerValue(response, "location"));
        return std::string("; a redirect is not followed") +
               (target.empty() ? ""
                               : ", it leads to " + target.substr(0, target.find_first_of("?#"))) +
               "; give the url of porch itself, with http or https as porch wants it";
    }
    return "";
}

void requireSendable(const PorchRequest& request)
{
    const PorchToken* token = request.token;
    if (token == nullptr) {
        return;
    }
    if (token->text.empty()) {
        throw QueueError(QueueError::Kind::credentials,
                         request.doing + ": a token is needed; set " + token->setting);
    }
    const bool odd = std::any_of(token->text.begin(), token->text.end(),
                                 [](char octet) { return octet <= ' ' || octet > '~'; });
    if (odd) {
        throw QueueError(QueueError::Kind::credentials,
                         request.doing + ": " + token->setting +
                             " holds a blank or a character that no token has");
    }
}

} // namespace

/// One of the connections, given back at the end.
class PorchExchange::Loan {
public:
    explicit Loan(PorchExchange& owner) : _owner(owner)
    {
        std::unique_lock lock(_owner._mutex);
        _owner._returned.wait(lock, [&] { return _owner._lent < _owner._settings.connections; });
        ++_owner._lent;
        if (!_owner._idle.empty()) {
            _http = std::move(_owner._idle.back());
            _owner._idle.pop_back();
        }
    }
    ~Loan()
    {
        {
            const std::scoped_lock lock(_owner._mutex);
            --_owner._lent;
            if (_http) {
                _owner._idle.push_back(std::move(_http));
            }
        }
        _owner._returned.notify_one();
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Http& http()
    {
        if (!_http) {
            _http = net::makeHttp({_owner._settings.caFile, _owner._settings.connectTimeout});
        }
        return *_http;
    }

private:
    PorchExchange& _owner;
    std::unique_ptr<Http> _http;
};

PorchExchange::PorchExchange(const PorchSettings& settings)
    : _settings(settings), _base(net::parseUrl(settings.url))
{
}

std::string PorchExchange::urlOf(const PorchRequest& request) const
{
    const net::Url url = net::join(_base, request.path);
    return url.scheme + "://" + url.authority() + url.target;
}

HttpRequest PorchExchange::toHttp(const PorchRequest& request) const
{
    HttpRequest http{
        request.method, urlOf(request), {{"Accept", "application/json"}}, request.body, kBodyLimit};
    if (!request.body.empty()) {
        http.headers.emplace_back("Content-Type", "application/json");
    }
    if (request.token != nullptr) {
        http.headers.emplace_back("Authorization", "Bearer " + request.token->text);
    }
    return http;
}

std::chrono::milliseconds PorchExchange::limitFor(const PorchRequest& request) const
{
    const bool first = !_heard && request.work == PorchRequest::Work::brief &&
                       request.repeat == PorchRequest::Repeat::safe;
    return first ? std::min(_settings.firstAnswerTimeout, _settings.answerTimeout)
                 : _settings.answerTimeout;
}

HttpResponse PorchExchange::exchange(const HttpRequest& http, const PorchRequest& request)
{
    Loan loan(*this);
    HttpResponse response =
        loan.http().exchange(http, std::chrono::steady_clock::now() + limitFor(request));
    _heard = true;
    return response;
}

HttpResponse PorchExchange::send(const PorchRequest& request)
{
    requireSendable(request);
    const HttpRequest http = toHttp(request);
    Repeats repeats(request.repeat, _settings.firstPause);
    for (;;) {
        try {
            HttpResponse response = exchange(http, request);
            if (!isTransient(response.status) || !repeats.again(true)) {
                return response;
            }
        } catch (const net::ExchangeError& error) {
            const auto kind = kindOf(error, request.repeat);
            if (kind == QueueError::Kind::configuration || !repeats.again(error.maybeReceived())) {
                throw QueueError(kind, scrubbed(request, request.doing + ": " + error.what() +
                                                             times(repeats.attempts)));
            }
        } catch (const ServiceError& error) {
            // The environment's proxy variables cannot be understood.
            throw QueueError(QueueError::Kind::configuration,
                             scrubbed(request, request.doing + ": " + error.what()));
        }
    }
}

std::string PorchExchange::describe(const PorchRequest& request, const HttpResponse& response) const
{
    // Before the body is cut to a line's length, which could leave half a token.
    HttpResponse clean = response;
    clean.body = scrubbed(request, std::move(clean.body));
    return scrubbed(request, request.method + " " + net::parseUrl(urlOf(request)).forMessages() +
                                 ": " + net::answerText(clean));
}

void PorchExchange::refuse(const PorchRequest& request, const HttpResponse& response,
                           const std::string& hint) const
{
    throw QueueError(kindOf(response.status, request.repeat),
                     request.doing + ": " + describe(request, response) +
                         scrubbed(request, adviceFor(request, response, _base)) +
                         (response.status == 404 && !hint.empty() ? "; " + hint : ""));
}

void PorchExchange::requireJson(const PorchRequest& request, const HttpResponse& response) const
{
    const std::string type = net::headerValue(response, "content-type");
    const std::string essence = Poco::toLower(type.substr(0, type.find_first_of("; ")));
    if (essence == "application/json" || essence.ends_with("+json")) {
        return;
    }
    throw QueueError(kindOf(response.status, request.repeat),
                     request.doing + ": " + describe(request, response) +
                         "; that is not porch's answer: its content type is " +
                         (type.empty() ? "not given" : net::firstLine(type)) +
                         ", not application/json");
}

void PorchExchange::unreadable(const PorchRequest& request, const HttpResponse& response,
                               const std::string& why) const
{
    throw QueueError(kindOf(response.status, request.repeat),
                     request.doing + ": " + request.method + " " +
                         net::parseUrl(urlOf(request)).forMessages() + ": " +
                         std::to_string(response.status) + " " + net::firstLine(response.reason) +
                         ", but its body cannot be used: " + net::firstLine(why));
}

std::string PorchExchange::scrubbed(const PorchRequest& request, std::string text) const
{
    // A server that shows a request's headers in its error page must not get a token into a log.
    constexpr std::string_view kBlot = "***";
    for (const auto* token : {&_settings.adminToken, &_settings.pipelineToken, request.token}) {
        if (token == nullptr || token->text.empty()) {
            continue;
        }
        for (auto at = text.find(token->text); at != std::string::npos;
             at = text.find(token->text, at + kBlot.size()))
        {
            text.replace(at, token->text.size(), kBlot);
        }
    }
    return text;
}

} // namespace notifyhost::queue
