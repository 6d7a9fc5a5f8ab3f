#pragma once

#include "Exchange.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::miniporch {

/// What one request may be.
struct RequestLimits {
    std::size_t header{16u << 10}; ///< octets of request line and headers, and of all trailers
    std::size_t body{2u << 20};    ///< octets
};

/// Reads one HTTP/1 request from octets as they come. Where two readers of HTTP could understand a
/// text differently, and so see another request in its body, it is refused and never guessed at.
/// Errors: a fault, after which nothing more is read; the connection must end then.
/// Source: RFC 9112, sections 2 to 7 and 11.2.
class RequestReader {
public:
    /// scheme: "http" or "https", for the request's base.
    RequestReader(const RequestLimits& limits, std::string scheme);

    /// Takes octets and returns how many belonged to this request.
    std::size_t take(std::string_view octets);

    bool complete() const { return _stage == Stage::complete; }
    /// Why it cannot be read, as an answer.
    const std::optional<Answer>& fault() const { return _fault; }
    /// Whether the header is read and the client waits to be told before it sends the body. True
    /// once.
    bool mustSayContinue();

    /// The request, once it is complete.
    Request& request() { return _request; }
    /// Whether the client lets the connection be used again.
    bool keepsAlive() const { return _keepsAlive; }
    /// HTTP/1.0 or HTTP/1.1, as a reply should say.
    unsigned minorVersion() const { return _minorVersion; }
    /// Octets that are kept.
    std::size_t held() const { return _line.size() + _request.body.size(); }

private:
    enum class Stage {
        requestLine,
        headers,
        body,
        chunkSize,
        chunk,
        chunkEnd,
        trailers,
        complete,
        refused
    };

    std::optional<std::string_view> takeLine(std::string_view& octets);
    void takeBody(std::string_view& octets);
    void readLine(std::string_view line);
    void readRequestLine(std::string_view line);
    bool readTarget(std::string_view target);
    bool readAbsolute(std::string_view target);
    void splitTarget(std::string_view target);
    void readHeader(std::string_view line);
    void keepHeader(const std::string& name, std::string_view value);
    void endHeaders();
    void readChunkSize(std::string_view line);
    void expectBody(Stage stage, std::uint64_t size);
    void refuse(int status, std::string_view why);

    RequestLimits _limits;
    std::string _scheme;
    Stage _stage{Stage::requestLine};
    std::optional<Answer> _fault;
    Request _request;
    std::string _line;
    std::size_t _lineOctets{};
    std::uint64_t _left{}; ///< of the body, or of this chunk
    unsigned _minorVersion{1};
    bool _keepsAlive{true};
    bool _expectsContinue{};
    bool _mayNameHost{true}; ///< an absolute target names the host instead
    std::optional<std::string> _host;
    std::optional<std::string> _length;
    std::optional<std::string> _coding;
    bool _saysClose{};
    bool _saysKeepAlive{};
};

} // namespace notifyhost::miniporch
