#pragma once

#include <notifyhost/Connection.h>
#include <notifyhost/Services.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace notifyhost::net {

/// Reads one HTTP/1.x answer from a connection and notices where it is not complete.
/// Errors: ConnectionError, nonsense where it is no good answer. Threads: one.
/// Source: RFC 9112 sections 4 to 7. Trailer fields and chunk extensions are read and dropped.
class ResponseReader {
public:
    ResponseReader(Connection& connection, const Limit& limit)
        : _connection(connection), _limit(limit)
    {
    }

    /// Status line and headers of the final answer; interim ones (1xx) are passed over. At most
    /// 64 KiB of headers.
    HttpResponse readHead();

    /// Fills in the body of an answer to `method`, at most limit octets.
    void readBody(HttpResponse& response, std::string_view method, std::size_t limit);

    /// Whether a single octet of an answer has come.
    bool heardAnything() const { return _received > 0; }

    /// For messages: what is being waited for.
    std::string waitingFor() const;

    /// Whether the connection can take another request after this answer.
    bool reusable() const { return _reusable && _position == _buffer.size(); }

private:
    char nextOctet();
    bool fill();
    std::string readLine();
    void readHeaders(HttpResponse& response);
    void readCounted(std::string& body, std::size_t count);
    void readChunked(std::string& body, std::size_t limit);
    void readToEnd(std::string& body, std::size_t limit);

    Connection& _connection;
    Limit _limit;
    std::string _buffer;
    std::size_t _position{};
    std::size_t _received{};
    std::size_t _headLeft{};
    bool _inBody{};
    bool _reusable{};
};

/// The values of a header by its name (in lower case), joined with ", "; empty where absent.
std::string headerValue(const HttpResponse& response, std::string_view lowerCaseName);

} // namespace notifyhost::net
