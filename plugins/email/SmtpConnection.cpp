#include "SmtpConnection.h"

namespace notifyhost::email {

std::size_t SmtpConnection::discardInput(const Limit& limit)
{
    std::size_t discarded = _reader.discard();
    for (auto octets = _connection->receiveNow(limit); octets && !octets->empty();
         octets = _connection->receiveNow(limit))
    {
        discarded += octets->size();
    }
    return discarded;
}

SmtpReply SmtpConnection::receive(const Limit& limit, ReplyTo replyTo)
{
    try {
        return receiveWhole(limit, replyTo);
    } catch (const ConnectionError& error) {
        const bool nothingMore = error.kind() == ConnectionError::Kind::lost ||
                                 error.kind() == ConnectionError::Kind::late;
        if (auto reply = nothingMore ? _reader.unfinished(replyTo) : std::nullopt) {
            _closed = true;
            return *reply;
        }
        throw;
    }
}

SmtpReply SmtpConnection::receiveWhole(const Limit& limit, ReplyTo replyTo)
{
    for (;;) {
        if (auto reply = _reader.next(replyTo)) {
            return *reply;
        }
        const std::string octets = _closed ? "" : _connection->receive(limit);
        if (octets.empty()) {
            throw ConnectionError(ConnectionError::Kind::lost,
                                  _reader.hasInput()
                                      ? "the server closed the connection within a reply"
                                      : "the server closed the connection");
        }
        _reader.add(octets);
    }
}

bool SmtpConnection::hasSpoken(const Limit& limit)
{
    if (_reader.hasInput() || _closed) {
        return true;
    }
    const auto octets = _connection->receiveNow(limit);
    if (!octets) {
        return false;
    }
    _closed = octets->empty();
    _reader.add(*octets);
    return true;
}

void SmtpConnection::quit(std::chrono::milliseconds limit) noexcept
{
    try {
        const Limit all{std::chrono::steady_clock::now() + limit};
        send("QUIT\r\n", all);
        receive(all);
    } catch (const ConnectionError&) {
        // The messages have their outcomes; how the server takes leave changes none of them.
    }
}

} // namespace notifyhost::email
