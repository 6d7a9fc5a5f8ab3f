#include "Connection.h"

#include "Answers.h"
#include "Query.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>

namespace notifyhost::miniporch {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;
using Parser = http::request_parser<http::string_body>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 16u << 10;
constexpr std::size_t kLargestBuffer = 128u << 10;

/// How long a client that was turned away may be silent before it notices, and what it may send
/// meanwhile.
constexpr std::chrono::milliseconds kFarewell{2'000};
constexpr std::size_t kFarewellOctets = 64u << 20;

std::string_view view(beast::string_view text)
{
    return {text.data(), text.size()};
}

/// Why a request could not be read, as an answer; nullopt where there is nobody to answer.
std::optional<Answer> readFault(const error_code& error, bool late)
{
    if (late) {
        return detail(408, "The request took too long");
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return detail(431, "The request's header is too large");
    }
    if (error == http::error::body_limit) {
        return detail(413, "The request's body is too large");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message ||
        error.category() != http::make_error_code(http::error::bad_method).category())
    {
        return std::nullopt;
    }
    return Answer{400, "Invalid HTTP request received.", "text/plain; charset=utf-8"};
}

/// The target's path and query, whether it came alone or as a whole URL.
std::pair<std::string, std::string> splitTarget(std::string_view target)
{
    if (const auto scheme = target.find("://");
        scheme != std::string_view::npos && !target.starts_with('/'))
    {
        const auto path = target.find('/', scheme + 3);
        target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    target = target.substr(0, target.find('#'));
    const auto mark = std::min(target.find('?'), target.size());
    return {percentDecode(target.substr(0, mark)),
            std::string(target.substr(std::min(mark + 1, target.size())))};
}

template<typename Stream> class HttpConnection : public Connection {
public:
    HttpConnection(Stream stream, std::string scheme, Service& service)
        : _stream(std::move(stream)),
          _scheme(std::move(scheme)),
          _service(service),
          _deadline(socket()),
          _buffer(kLargestBuffer)
    {
        error_code error;
        _peer = socket().remote_endpoint(error).address().to_string(error);
        socket().set_option(tcp::no_delay(true), error);
    }

    asio::awaitable<void> run() override
    {
        bool open = co_await greet();
        while (open) {
            open = co_await awaitRequest();
            if (open) {
                open = co_await serveOne();
            }
        }
        _deadline.clear();
        error_code ignored;
        socket().close(ignored);
    }

    std::optional<std::chrono::steady_clock::time_point> idleSince() const override
    {
        return _idleSince;
    }

    void abandon() override
    {
        error_code ignored;
        socket().close(ignored);
    }

private:
    static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

    tcp::socket& socket()
    {
        if constexpr (kTls) {
            return _stream.next_layer();
        } else {
            return _stream;
        }
    }

    asio::awaitable<bool> greet()
    {
        if constexpr (kTls) {
            _deadline.set(_service.limits.request);
            const auto [error] = co_await _stream.async_handshake(TlsStream::server, kTuple);
            co_return !error;
        }
        co_return true;
    }

    /// Waits for a request's first octets. False where the client has gone or none may come.
    asio::awaitable<bool> awaitRequest()
    {
        if (_buffer.size() > 0) {
            co_return true;
        }
        if (_service.stopping) {
            co_return false;
        }
        _idleSince = std::chrono::steady_clock::now();
        _deadline.set(_service.limits.idle);
        const auto [error, count] =
            co_await _stream.async_read_some(_buffer.prepare(kReadSize), kTuple);
        _idleSince.reset();
        _buffer.commit(count);
        co_return !error;
    }

    /// Reads one request, has it answered and sends the answer. False where it was the last one.
    asio::awaitable<bool> serveOne()
    {
        const auto begun = std::chrono::steady_clock::now();
        Parser parser;
        const std::optional<Answer> fault = co_await read(parser);
        if (fault) {
            if (fault->status != 0) {
                co_await send(*fault, parser.get().version(), false, false);
                log("-", "-", fault->status, begun);
                co_await sayFarewell();
            }
            co_return false;
        }
        const auto& message = parser.get();
        const bool headOnly = message.method() == http::verb::head;
        Request request = toRequest(message);
        const bool hostMissing = message.version() >= 11 && message[http::field::host].empty();
        const std::string method = request.method;
        const std::string path = request.path;
        Answer answer;
        if (hostMissing) {
            answer = {400, "Invalid HTTP request received.", "text/plain; charset=utf-8"};
        } else {
            answer = co_await ask(std::move(request));
        }
        const bool keep = message.keep_alive() && !_service.stopping && !hostMissing;
        const bool sent = co_await send(answer, message.version(), keep, headOnly);
        log(method, path, answer.status, begun);
        if (sent && !keep) {
            co_await sayFarewell();
        }
        co_return sent&& keep;
    }

    /// Nothing where the request was read; otherwise the answer, with status 0 for none.
    asio::awaitable<std::optional<Answer>> read(Parser& parser)
    {
        parser.header_limit(static_cast<std::uint32_t>(_service.limits.header));
        parser.body_limit(_service.limits.body);
        _deadline.set(_service.limits.request);
        auto [error, headerSize] =
            co_await http::async_read_header(_stream, _buffer, parser, kTuple);
        if (!error && !parser.is_done() && wantsContinue(parser.get())) {
            error = co_await sendContinue(parser.get().version());
        }
        if (!error && !parser.is_done()) {
            const auto [bodyError, bodySize] =
                co_await http::async_read(_stream, _buffer, parser, kTuple);
            error = bodyError;
        }
        if (!error) {
            _deadline.clear();
            co_return std::nullopt;
        }
        co_return readFault(error, _deadline.passed()).value_or(Answer{0, ""});
    }

    static bool wantsContinue(const Parser::value_type& message)
    {
        return beast::iequals(message[http::field::expect], "100-continue");
    }

    asio::awaitable<error_code> sendContinue(unsigned version)
    {
        http::response<http::empty_body> message{http::status::continue_, version};
        const auto [error, count] = co_await http::async_write(_stream, message, kTuple);
        co_return error;
    }

    Request toRequest(const Parser::value_type& message) const
    {
        Request request;
        request.method = view(message.method_string());
        std::tie(request.path, request.query) = splitTarget(view(message.target()));
        std::string host(view(message[http::field::host]));
        host.erase(std::remove_if(
                       host.begin(), host.end(),
                       [](char octet) { return octet <= ' ' || octet == '/' || octet == 0x7F; }),
                   host.end());
        request.base = _scheme + "://" + host;
        if (const auto header = message.find(http::field::authorization); header != message.end()) {
            request.authorization = view(header->value());
        }
        request.contentType = view(message[http::field::content_type]);
        request.body = message.body();
        return request;
    }

    /// Has the request answered elsewhere and comes back to this thread.
    asio::awaitable<Answer> ask(Request request)
    {
        co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
            [this](auto resume, Request asked) {
                auto executor = asio::prefer(socket().get_executor(),
                                             asio::execution::outstanding_work.tracked);
                auto shared = std::make_shared<decltype(resume)>(std::move(resume));
                _service.handler(std::move(asked), [executor, shared](Answer answer) mutable {
                    asio::post(executor,
                               [shared = std::move(shared), answer = std::move(answer)]() mutable {
                                   (*shared)(std::move(answer));
                               });
                });
            },
            asio::use_awaitable, std::move(request));
    }

    /// Sends an answer; the client has some time for each part of it. False where it did not.
    asio::awaitable<bool> send(const Answer& answer, unsigned version, bool keep, bool headOnly)
    {
        http::response<http::string_body> message;
        message.version(version == 10 ? 10 : 11);
        message.result(static_cast<unsigned>(answer.status));
        message.set(http::field::server, "miniporch");
        message.set(http::field::date, Poco::DateTimeFormatter::format(
                                           Poco::DateTime(), Poco::DateTimeFormat::HTTP_FORMAT));
        if (!answer.contentType.empty()) {
            message.set(http::field::content_type, answer.contentType);
        }
        for (const auto& [name, value] : answer.headers) {
            message.set(name, value);
        }
        message.keep_alive(keep);
        message.content_length(answer.body.size());
        if (!headOnly) {
            message.body() = answer.body;
        }
        http::response_serializer<http::string_body> serializer(message);
        serializer.split(headOnly);
        while (headOnly ? !serializer.is_header_done() : !serializer.is_done()) {
            _deadline.set(_service.limits.write);
            const auto [error, count] =
                co_await http::async_write_some(_stream, serializer, kTuple);
            if (error) {
                co_return false;
            }
        }
        _deadline.clear();
        co_return true;
    }

    /// Hangs up so that the last answer arrives: a close with unread octets would destroy it.
    asio::awaitable<void> sayFarewell()
    {
        _deadline.set(kFarewell);
        if constexpr (kTls) {
            co_await _stream.async_shutdown(kTuple);
        }
        error_code ignored;
        socket().shutdown(tcp::socket::shutdown_send, ignored);
        std::vector<char> sink(kReadSize);
        const auto end = std::chrono::steady_clock::now() + _service.limits.request;
        for (std::size_t total = 0;
             total < kFarewellOctets && std::chrono::steady_clock::now() < end;) {
            _deadline.set(kFarewell);
            const auto [error, count] =
                co_await socket().async_read_some(asio::buffer(sink), kTuple);
            if (error) {
                break;
            }
            total += count;
        }
    }

    void log(const std::string& method, const std::string& path, int status,
             std::chrono::steady_clock::time_point begun) const
    {
        if (_service.log) {
            const auto time = std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::steady_clock::now() - begun);
            _service.log(_peer + " " + method + " " + path + " " + std::to_string(status) + " " +
                         std::to_string(time.count()) + " us");
        }
    }

    Stream _stream;
    std::string _scheme;
    Service& _service;
    Deadline _deadline;
    beast::flat_buffer _buffer;
    std::string _peer;
    std::optional<std::chrono::steady_clock::time_point> _idleSince;
};

} // namespace

void Deadline::set(std::chrono::milliseconds limit)
{
    _state->passed = false;
    const unsigned turn = ++_state->turn;
    _timer.expires_after(limit);
    _timer.async_wait([weak = std::weak_ptr(_state), turn](const error_code& error) {
        const auto state = weak.lock();
        if (!error && state && turn == state->turn) {
            state->passed = true;
            error_code ignored;
            state->socket.cancel(ignored);
        }
    });
}

void Deadline::clear()
{
    ++_state->turn;
    _timer.cancel();
}

std::shared_ptr<Connection> plainConnection(tcp::socket socket, Service& service)
{
    return std::make_shared<HttpConnection<tcp::socket>>(std::move(socket), "http", service);
}

std::shared_ptr<Connection> tlsConnection(tcp::socket socket, asio::ssl::context& tls,
                                          Service& service)
{
    return std::make_shared<HttpConnection<TlsStream>>(TlsStream(std::move(socket), tls), "https",
                                                       service);
}

} // namespace notifyhost::miniporch
