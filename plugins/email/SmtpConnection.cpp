#include "SmtpConnection.h"

#include "LinkError.h"

namespace notifyhost::email {

std::size_t SmtpConnection::discardInput(const Limit& limit)
{
    std::size_t discarded = _reader.discard();
    for (auto octets = _stream.receiveNow(); octets && !octets->empty();
         octets = _stream.receiveNow()) {
        limit.check();
        discarded += octets->size();
    }
    return discarded;
}

void SmtpConnection::startTls(const TlsContext& context, const std::string& host, Trust trust,
                              const Limit& limit)
{
    _tls = std::make_unique<TlsSession>(context, _stream, host, trust, limit);
}

void SmtpConnection::send(std::string_view octets, const Limit& limit)
{
    if (_tls) {
        _tls->send(_stream, octets, limit);
    } else {
        _stream.send(octets, limit);
    }
}

std::string SmtpConnection::receiveOctets(const Limit& limit)
{
    if (_closed) {
        return {};
    }
    return _tls ? _tls->receive(_stream, limit) : _stream.receive(limit);
}

SmtpReply SmtpConnection::receive(const Limit& limit, ReplyTo replyTo)
{
    try {
        return receiveWhole(limit, replyTo);
    } catch (const LinkError& error) {
        const bool nothingMore =
            error.kind() == LinkError::Kind::lost || error.kind() == LinkError::Kind::late;
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
        const std::string octets = receiveOctets(limit);
        if (octets.empty()) {
            throw LinkError(LinkError::Kind::lost,
                            _reader.hasInput() ? "the server closed the connection within a reply"
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
    const auto octets = _tls ? _tls->receiveNow(_stream, limit) : _stream.receiveNow();
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
        const Limit all = Limit::alone(limit);
        send("QUIT\r\n", all);
        receive(all);
        if (_tls) {
            _tls->shutDown(_stream, all);
        }
    } catch (const LinkError&) {
        // The messages have their outcomes; how the server takes leave changes none of them.
    }
}

} // namespace notifyhost::email
