#include "SmtpClient.h"

#include "SmtpAddress.h"

#include <algorithm>
#include <utility>

namespace notifyhost::email {

namespace {

/// How long the resolver may look for this host's name; an address will do as well.
constexpr std::chrono::milliseconds kNameLimit{std::chrono::seconds{5}};

} // namespace

SmtpClient::SmtpClient(EmailSettings settings, Network& network, Log& log)
    : _settings(std::move(settings)), _network(network), _log(log)
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
    SmtpTransaction transaction(_settings, envelope, progress);
    for (;;) {
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
    const bool served = reused && _served;
    transaction.beginAgain();
    const auto failed = [&](Outcome outcome, bool gone) {
        const bool stale = reused && gone && transaction.phase() <= SmtpTransaction::Phase::sender;
        _session.reset();
        progress.told((stale ? "the connection had gone, a new one is made: " : "") +
                      outcome.reason);
        return Try{std::move(outcome), stale};
    };
    try {
        Outcome outcome = carryOut(work, bytes, transaction, progress);
        if (served && transaction.turnedAway()) {
            progress.told("this connection had served before, a new one is made: " +
                          outcome.reason);
            leave();
            return {std::move(outcome), true};
        }
        _wornOut = served && transaction.deferred();
        return {std::move(outcome), false};
    } catch (const Trouble& trouble) {
        return failed(transaction.completed(trouble.outcome()), trouble.outcome().code == 421);
    } catch (const ConnectionError& error) {
        return failed(brokenLink(error, transaction, progress),
                      error.kind() == ConnectionError::Kind::lost);
    }
}

Outcome SmtpClient::carryOut(Work work, const Bytes& bytes, SmtpTransaction& transaction,
                             Progress& progress)
{
    using Phase = SmtpTransaction::Phase;
    if (!_session) {
        open(progress);
    }
    const Outcome outcome = work == Work::deliver ? transaction.deliver(*_session, bytes)
                                                  : transaction.probe(*_session);
    const Phase phase = transaction.phase();
    _transactionOpen = phase == Phase::sender || phase == Phase::recipient;
    _served = _served || transaction.senderTaken();
    if (phase == Phase::data || outcome.scope == Scope::connection || transaction.connectionLost())
    {
        _session.reset(); // in the middle of a message there is no other way to say "stop"
    } else if (work == Work::probe && _transactionOpen && !reset(progress)) {
        _session.reset();
    } else {
        ++_messages;
    }
    return outcome;
}

Outcome SmtpClient::brokenLink(const ConnectionError& error, const SmtpTransaction& transaction,
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
             {},
             Scope::connection});
    }
    const bool cancelled = error.kind() == ConnectionError::Kind::cancelled;
    const bool heardOfIt = transaction.phase() != SmtpTransaction::Phase::idle;
    return transaction.completed({Verdict::tryAgain,
                                  0,
                                  progress.reason(error.what()),
                                  {},
                                  {},
                                  cancelled   ? Scope::message
                                  : heardOfIt ? Scope::connection
                                              : Scope::service});
}

/// After this a session there is can take a message.
void SmtpClient::dropUnfitSession(Progress& progress)
{
    if (!_session) {
        return;
    }
    try {
        const bool full = _settings.maxMessagesPerConnection > 0 &&
                          _messages >= _settings.maxMessagesPerConnection;
        if (full || _wornOut) {
            leave();
        } else if (_session->connection().hasSpoken(progress.within(_settings.limits.reset))) {
            _session.reset(); // it took leave while nobody listened
        } else if (_transactionOpen && !reset(progress)) {
            _session.reset();
        }
    } catch (const ConnectionError&) {
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
    } catch (const ConnectionError& error) {
        progress.told(error.what());
    } catch (const Trouble& trouble) {
        progress.told(trouble.what());
    }
    return !_transactionOpen;
}

void SmtpClient::open(Progress& progress)
{
    _messages = 0;
    _served = false;
    _wornOut = false;
    _transactionOpen = false;
    if (_settings.helo.empty() && !std::exchange(_nameSought, true)) {
        const auto limit = std::min(_settings.limits.helo, kNameLimit);
        _settings.helo = _network.ownName(progress.within(limit));
    }
    try {
        openAs(Cover::asConfigured, progress);
    } catch (const ConnectionError& error) {
        if (_settings.tls != TlsUse::opportunistic || progress.step() != "certificate" ||
            error.kind() == ConnectionError::Kind::cancelled)
        {
            throw;
        }
        const std::string text =
            std::string(error.what()) + "; a new connection goes on in plain text";
        _log.write(Level::warning, progress.reason(text));
        progress.told(text);
        openAs(Cover::plain, progress);
    }
}

/// As many connections as there are ways of logging in that the server answers by hanging up.
void SmtpClient::openAs(Cover cover, Progress& progress)
{
    LoginTrials trials;
    const auto mayGoOn = [&](const std::string& what) {
        if (trials.another) {
            progress.told(what + "; another way is tried on a new connection");
        }
        return std::exchange(trials.another, false);
    };
    for (;;) {
        try {
            _session =
                std::make_unique<SmtpSession>(_settings, _network, cover, trials, progress, _log);
            return;
        } catch (const Trouble& trouble) {
            if (!mayGoOn(trouble.what())) {
                throw;
            }
        } catch (const ConnectionError& error) {
            if (!mayGoOn(error.what())) {
                throw;
            }
        }
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
