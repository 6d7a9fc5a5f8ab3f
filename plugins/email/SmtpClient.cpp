#include "SmtpClient.h"

#include "SmtpAddress.h"

namespace notifyhost::email {

SmtpClient::SmtpClient(EmailSettings settings, Log& log)
    : _settings(std::move(settings)), _log(log), _tls(_settings.caFile)
{
}

SmtpClient::~SmtpClient()
{
    leave();
}

Outcome SmtpClient::deliver(const Bytes& bytes, const Envelope& envelope, DeliveryContext& context)
{
    if (const std::string problem = messageProblem(bytes); !problem.empty()) {
        return {Verdict::refused, 0, problem, {}, {}};
    }
    return converse(Work::deliver, bytes, envelope, context);
}

Outcome SmtpClient::probe(const Envelope& envelope, DeliveryContext& context)
{
    return converse(Work::probe, {}, envelope, context);
}

Outcome SmtpClient::converse(Work work, const Bytes& bytes, const Envelope& envelope,
                             DeliveryContext& context)
{
    Progress progress(context, _settings.host + ":" + std::to_string(_settings.port));
    for (;;) {
        SmtpTransaction transaction(_settings, envelope, progress);
        const bool greetOnly = work == Work::probe && envelope.recipients.empty();
        if (!transaction.hasRecipients() && !greetOnly) {
            return transaction.nobodyAccepted();
        }
        try {
            // A second try follows only a connection that had served before, and makes a new one:
            // there is no third.
            const Try result = attempt(work, bytes, transaction, progress);
            if (!result.stale) {
                return result.outcome;
            }
        } catch (...) {
            _session.reset();
            throw;
        }
    }
}

SmtpClient::Try SmtpClient::attempt(Work work, const Bytes& bytes, SmtpTransaction& transaction,
                                    Progress& progress)
{
    dropUnfitSession(progress);
    const bool reused = _session != nullptr;
    const auto failed = [&](Outcome outcome, bool gone) {
        const bool stale = reused && gone && transaction.phase() <= SmtpTransaction::Phase::sender;
        _session.reset();
        progress.told((stale ? "the connection had gone, a new one is made: " : "") +
                      outcome.reason);
        return Try{std::move(outcome), stale};
    };
    try {
        return {carryOut(work, bytes, transaction, progress), false};
    } catch (const Trouble& trouble) {
        return failed(transaction.completed(trouble.outcome()), trouble.outcome().code == 421);
    } catch (const LinkError& error) {
        return failed(brokenLink(error, transaction, progress),
                      error.kind() == LinkError::Kind::lost);
    }
}

Outcome SmtpClient::carryOut(Work work, const Bytes& bytes, SmtpTransaction& transaction,
                             Progress& progress)
{
    using Phase = SmtpTransaction::Phase;
    if (!_session) {
        open(progress);
    }
    if (!transaction.hasRecipients()) {
        return {Verdict::delivered, 0, "the server is ready to take messages", {}, {}};
    }
    const Outcome outcome = work == Work::deliver ? transaction.deliver(*_session, bytes)
                                                  : transaction.probe(*_session);
    const Phase phase = transaction.phase();
    _transactionOpen = phase == Phase::sender || phase == Phase::recipient;
    if (phase == Phase::data || outcome.scope == Scope::service) {
        _session.reset(); // in the middle of a message there is no other way to say "stop"
    } else if (work == Work::probe && _transactionOpen && !reset(progress)) {
        _session.reset();
    } else {
        ++_messages;
    }
    return outcome;
}

Outcome SmtpClient::brokenLink(const LinkError& error, const SmtpTransaction& transaction,
                               const Progress& progress) const
{
    if (transaction.phase() == SmtpTransaction::Phase::committed) {
        return transaction.completed(
            {Verdict::unknown,
             0,
             progress.reason(error.what() +
                             std::string("; the whole message was sent, whether it was taken is "
                                         "not known")),
             {},
             {}});
    }
    const bool cancelled = error.kind() == LinkError::Kind::cancelled;
    return transaction.completed({Verdict::tryAgain,
                                  0,
                                  progress.reason(error.what()),
                                  {},
                                  {},
                                  cancelled ? Scope::message : Scope::service});
}

/// After this a session there is can take a message.
void SmtpClient::dropUnfitSession(Progress& progress)
{
    if (!_session) {
        return;
    }
    try {
        if (_settings.maxMessagesPerConnection > 0 &&
            _messages >= _settings.maxMessagesPerConnection) {
            leave();
        } else if (_session->connection().hasSpoken()) {
            _session.reset(); // it took leave while nobody listened
        } else if (_transactionOpen && !reset(progress)) {
            _session.reset();
        }
    } catch (const LinkError&) {
        _session.reset();
    }
}

/// Takes an unfinished transaction back. False: the session is good for nothing any more.
bool SmtpClient::reset(Progress& progress)
{
    progress.begin("RSET");
    try {
        const SmtpReply reply = _session->ask("RSET", _settings.limits.reset, progress);
        progress.told(reply.text());
        _transactionOpen = !reply.positive();
    } catch (const LinkError& error) {
        progress.told(error.what());
    } catch (const Trouble& trouble) {
        progress.told(trouble.what());
    }
    return !_transactionOpen;
}

void SmtpClient::open(Progress& progress)
{
    _messages = 0;
    _transactionOpen = false;
    try {
        _session =
            std::make_unique<SmtpSession>(_settings, _tls, Cover::asConfigured, progress, _log);
    } catch (const LinkError& error) {
        if (_settings.tls != TlsUse::opportunistic || progress.step() != "certificate" ||
            error.kind() == LinkError::Kind::cancelled)
        {
            throw;
        }
        const std::string text =
            std::string(error.what()) + "; a new connection goes on in plain text";
        _log.write(Level::warning, progress.reason(text));
        progress.told(text);
        _session = std::make_unique<SmtpSession>(_settings, _tls, Cover::plain, progress, _log);
    }
}

void SmtpClient::leave()
{
    if (_session) {
        _session->connection().quit(_settings.limits.quit);
        _session.reset();
    }
}

} // namespace notifyhost::email
