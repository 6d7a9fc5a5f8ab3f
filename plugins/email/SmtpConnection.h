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

    /// Throws away what the server has sent and nobody has read; how many octets that was.
    std::size_t discardInput(const Limit& limit);

    /// From here on everything goes through TLS.
    void startTls(const TlsContext& context, const std::string& host, Trust trust,
                  const Limit& limit);

    /// Sends octets as they are.
    void send(std::string_view octets, const Limit& limit);

    /// The next reply.
    SmtpReply receive(const Limit& limit, ReplyTo replyTo = ReplyTo::command);

    /// Whether the server has said something that has not been read, or has closed.
    bool hasSpoken(const Limit& limit);

    /// Says QUIT, waits for the answer, and does not care what it is.
    void quit(std::chrono::milliseconds limit) noexcept;

    const TlsSession* tls() const { return _tls.get(); }
    const TcpStream& stream() const { return _stream; }

private:
    std::string receiveOctets(const Limit& limit);
    SmtpReply receiveWhole(const Limit& limit, ReplyTo replyTo);

    TcpStream _stream;
    std::unique_ptr<TlsSession> _tls;
    ReplyReader _reader;
    bool _closed{};
};

} // namespace notifyhost::email
