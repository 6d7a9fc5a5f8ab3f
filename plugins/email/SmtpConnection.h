#pragma once

#include "SmtpReply.h"
#include "TcpStream.h"
#include "TlsSession.h"

#include <memory>
#include <string>
#include <string_view>

namespace notifyhost::email {

/// Commands out, replies in, over plain TCP or TLS.
/// Errors: LinkError; after one the connection is good for nothing but to be closed.
/// Threads: one at a time.
class SmtpConnection {
public:
    explicit SmtpConnection(TcpStream stream) : _stream(std::move(stream)) {}

    /// From here on everything goes through TLS. What the server sent since its last reply is
    /// thrown away, so that nobody on the way can put words into its mouth that we take for words
    /// under TLS. Returns how many octets that were.
    std::size_t startTls(const TlsContext& context, const std::string& host, Trust trust,
                         const Limit& limit);

    /// Sends octets as they are.
    void send(std::string_view octets, const Limit& limit);

    /// The next reply.
    SmtpReply receive(const Limit& limit);

    /// Whether the server has said something that has not been read, or has closed.
    bool hasSpoken();

    /// Says QUIT, waits for the answer, and does not care what it is.
    void quit(std::chrono::milliseconds limit) noexcept;

    const TlsSession* tls() const { return _tls.get(); }
    const TcpStream& stream() const { return _stream; }

private:
    std::string receiveOctets(const Limit& limit);

    TcpStream _stream;
    std::unique_ptr<TlsSession> _tls;
    ReplyReader _reader;
    bool _closed{};
};

} // namespace notifyhost::email
