#include "Connection.h"

#include "Answers.h"
#include "RequestReader.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>

#include <array>
#include <charconv>

namespace notifyhost::miniporch {

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadSize = 16u << 10;

/// What the system keeps of an answer for a client that does not read it.
constexpr int kSendBuffer = 128 << 10;

/// How long a client that was turned away may be silent before it notices, and what it may send
/// meanwhile.
constexpr std::chrono::milliseconds kFarewell{2'000};
constexpr std::size_t kFarewellOctets = 64u << 20;

std::string_view reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 307:
        return "Temporary Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 422:
        return "Unprocessable Content";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    default:
        return "";
    }
}

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// How the end of an answer's body is told.
enum class Framing { length, chunks, close };

std::string headOf(const Answer& answer, Framing framing, unsigned minorVersion, bool keep)
{
    std::string head =
        "HTTP/1." + std::to_string(minorVersion) + " " + std::to_string(answer.status) + " " +
        std::string(reasonPhrase(answer.status)) + "\r\nServer: miniporch\r\nDate: " +
        Poco::DateTimeFormatter::format(Poco::DateTime(), Poco::DateTimeFormat::HTTP_FORMAT) +
        "\r\n";
    const auto add = [&](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    if (!answer.contentType.empty()) {
        add("Content-Type", answer.contentType);
    }
    for (const auto& [name, value] : answer.headers) {
        add(name, value);
    }
    if (framing == Framing::length) {
        add("Content-Length", std::to_string(answer.body.size()));
    } else if (framing == Framing::chunks) {
        add("Transfer-Encoding", "chunked");
    }
    if (!keep) {
        add("Connection", "close");
    } else if (minorVersion == 0) {
        add("Connection", "keep-alive");
    }
    return head + "\r\n";
}

/// A part of a body as it goes over the wire.
std::string framed(std::string part, Framing framing)
{
    if (framing == Framing::chunks && !part.empty()) {
        std::array<char, 16> size{};
        const auto end = std::to_chars(size.data(), size.data() + size.size(), part.size(), 16).ptr;
        part.insert(0, std::string(size.data(), end) + "\r\n").append("\r\n");
    }
    return part;
}

/// The address, or of IPv6 its first 64 bits: a customer has all that begin so.
std::string ownerOf(const tcp::socket& socket)
{
    error_code error;
    const auto address = socket.remote_endpoint(error).address();
    if (!address.is_v6() || address.to_v6().is_v4_mapped()) {
        return address.to_string(error);
    }
    auto octets = address.to_v6().to_bytes();
    std::fill(octets.begin() + 8, octets.end(), 0);
    return asio::ip::address_v6(octets).to_string() + "/64";
}

template<typename Stream> class HttpConnection : public Connection {
public:
    HttpConnection(Stream stream, std::string scheme, Service& service)
        : Connection(ownerOf(lowest(stream))),
          _stream(std::move(stream)),
          _scheme(std::move(scheme)),
          _service(service),
          _deadline(socket())
    {
        error_code error;
        _peer = socket().remote_endpoint(error).address().to_string(error);
        socket().set_option(tcp::no_delay(true), error);
        socket().set_option(asio::socket_base::send_buffer_size(kSendBuffer), error);
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

    void abandon() override
    {
        error_code ignored;
        socket().close(ignored);
    }

    bool hasNews() override
    {
        error_code error;
        return !busy() && socket().available(error) > 0;
    }

private:
    static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

    static tcp::socket& lowest(Stream& stream)
    {
        if constexpr (kTls) {
            return stream.next_layer();
        } else {
            return stream;
        }
    }
    tcp::socket& socket() { return lowest(_stream); }

    void holds(std::size_t octets)
    {
        const bool more = octets > _held;
        _held = octets;
        if (more) {
            _service.holdsMore(*this);
        }
    }

    asio::awaitable<bool> greet()
    {
        if constexpr (kTls) {
            _deadline.set(_service.limits.requestTime);
            const auto [error] = co_await _stream.async_handshake(TlsStream::server, kTuple);
            moved();
            co_return !error;
        }
        co_return true;
    }

    /// Reads some octets of a request. False where the client has gone, or its time is over.
    asio::awaitable<bool> readSome()
    {
        if (!_chunk) {
            _chunk = std::make_unique<std::array<char, kReadSize>>();
        }
        const auto [error, count] = co_await _stream.async_read_some(asio::buffer(*_chunk), kTuple);
        if (count > 0) {
            moved();
            _unread.append(_chunk->data(), count);
        }
        co_return !error;
    }

    /// Waits for a request's first octets. False where the client has gone or none may come.
    asio::awaitable<bool> awaitRequest()
    {
        if (!_unread.empty()) {
            co_return true;
        }
        if (_service.stopping) {
            co_return false;
        }
        _state = State::idle;
        _deadline.set(_service.limits.idle);
        const bool some = co_await readSome();
        _state = State::talking;
        co_return some;
    }

    /// Reads one request, has it answered and sends the answer. False where it was the last one.
    asio::awaitable<bool> serveOne()
    {
        const auto begun = std::chrono::steady_clock::now();
        RequestReader reader(_service.limits.request, _scheme);
        const std::optional<Answer> fault = co_await read(reader);
        if (fault) {
            _held = 0;
            if (fault->status != 0) {
                const std::string last =
                    headOf(*fault, Framing::length, reader.minorVersion(), false) + fault->body;
                co_await write(last);
                log("-", "-", fault->status, begun);
                co_await sayFarewell();
            }
            co_return false;
        }
        Request request = std::move(reader.request());
        Request again = request;
        again.body.clear();
        const bool keep = reader.keepsAlive() && !_service.stopping;
        Answer answer = co_await ask(std::move(request));
        const int status = answer.status;
        const bool kept = co_await send(std::move(answer), again, reader.minorVersion(), keep);
        log(again.method, again.path, status, begun);
        co_return kept;
    }

    /// Nothing where the request was read; otherwise the answer, with status 0 for none.
    asio::awaitable<std::optional<Answer>> read(RequestReader& reader)
    {
        _deadline.set(_service.limits.requestTime);
        bool there = true;
        while (there && !isRead(reader)) {
            if (reader.mustSayContinue()) {
                there = co_await write(kContinue);
                _deadline.set(_service.limits.requestTime);
            }
            if (there) {
                there = co_await readSome();
            }
        }
        const bool late = _deadline.passed();
        _deadline.clear();
        std::optional<Answer> fault = reader.fault();
        if (!there) {
            fault = late ? detail(408, "The request took too long") : Answer{0, ""};
        }
        co_return fault;
    }

    /// Gives the reader what is there. Whether it needs no more.
    bool isRead(RequestReader& reader)
    {
        _unread.erase(0, reader.take(_unread));
        holds(reader.held());
        return reader.fault() || reader.complete();
    }

    /// Has the request answered elsewhere and comes back to this thread.
    asio::awaitable<Answer> ask(Request request)
    {
        _state = State::busy;
        Answer result = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
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
        _state = State::talking;
        moved();
        co_return result;
    }

    /// Sends an answer, part by part where it has several; each is made when the one before has
    /// gone. `again` asks for the next. Returns whether the connection may be used again.
    asio::awaitable<bool> send(Answer answer, Request& again, unsigned minorVersion, bool keep)
    {
        const auto framing = !answer.next        ? Framing::length
                             : minorVersion == 0 ? Framing::close
                                                 : Framing::chunks;
        keep = keep && framing != Framing::close;
        const bool headOnly = again.method == "HEAD";
        const std::string head = headOf(answer, framing, minorVersion, keep);
        auto next = headOnly ? std::nullopt : answer.next;
        std::string octets = headOnly ? "" : framed(std::move(answer.body), framing);
        // What others than GET answer at length is for those who have a token, and for nobody
        // twice.
        const bool counts = again.method == "GET";
        holds(counts ? octets.size() : 0);
        bool sent = co_await write(octets.insert(0, head));
        while (sent && next) {
            again.position = *next;
            Answer part = co_await ask(again);
            if (part.status != answer.status) {
                // A body that ends before its end cannot be taken for a whole one.
                abandon();
                co_return false;
            }
            next = part.next;
            octets = framed(std::move(part.body), framing);
            holds(octets.size());
            sent = co_await write(octets);
        }
        holds(0);
        if (sent && framing == Framing::chunks && !headOnly) {
            sent = co_await write("0\r\n\r\n");
        }
        if (sent && !keep) {
            co_await sayFarewell();
        }
        co_return sent&& keep;
    }

    /// Writes it all; the client has some time for each part that it takes. False where it did not.
    asio::awaitable<bool> write(std::string_view octets)
    {
        for (std::size_t at = 0; at < octets.size();) {
            _deadline.set(_service.limits.write);
            const auto [error, count] = co_await _stream.async_write_some(
                asio::buffer(octets.data() + at, octets.size() - at), kTuple);
            if (error) {
                co_return false;
            }
            moved();
            at += count;
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
        const auto end = std::chrono::steady_clock::now() + _service.limits.requestTime;
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
    std::unique_ptr<std::array<char, kReadSize>> _chunk;
    std::string _unread;
    std::string _peer;
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
