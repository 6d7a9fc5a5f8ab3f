#pragma once

#include "SmtpReply.h"

#include <notifyhost/Connection.h>

#include <chrono>
#include <memory>
#include <string_view>

namespace notifyhost::email {

/// Commands out, replies in.
/// Errors: ConnectionError; after one the connection is good for nothing but to be closed.
/// Threads: one at a time.
class SmtpConnection {
public:
    explicit SmtpConnection(std::unique_ptr<Connection> connection)
        : _connection(std::move(connection))
    {
    }

    /// Throws away what the server has sent and nobody has read; how many octets that was.
    std::size_t discardInput(const Limit& limit);

    /// From here on everything goes through TLS.
    void startTls(const TlsWish& wish, const Limit& limit) { _connection->startTls(wish, limit); }

    /// Sends octets as they are.
    void send(std::string_view octets, const Limit& limit) { _connection->send(octets, limit); }

    /// The next reply.
    SmtpReply receive(const Limit& limit, ReplyTo replyTo = ReplyTo::command);

    /// Whether the server has said something that has not been read, or has closed.
    bool hasSpoken(const Limit& limit);

    /// Says QUIT, waits for the answer, and does not care what it is.
    void quit(std::chrono::milliseconds limit) noexcept;

    const PeerDescription& peer() const { return _connection->peer(); }
    bool isCovered() const { return !peer().tls.empty(); }

private:
    SmtpReply receiveWhole(const Limit& limit, ReplyTo replyTo);

    std::unique_ptr<Connection> _connection;
    ReplyReader _reader;
    bool _closed{};
};

} // namespace notifyhost::email
