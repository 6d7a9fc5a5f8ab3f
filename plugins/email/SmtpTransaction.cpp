#include "SmtpTransaction.h"

#include "DotStuffer.h"
#include "SmtpAddress.h"
#include "SmtpText.h"

#include <algorithm>
#include <tuple>

namespace notifyhost::email {

namespace {

/// Commands sent before their replies are read. Both directions of a socket hold that many, so
/// neither side can wait for the other. Source: RFC 2920 section 3.1.
constexpr std::size_t kWindow = 50;

constexpr std::size_t kPiece = 16 * 1024;

constexpr std::size_t kLongestEnvelopeId = 100; // RFC 3461 section 4.4

/// 530: the server wants TLS or a login before it takes any message.
constexpr int kAuthenticationRequired = 530;

/// 552: in answer to RCPT too many recipients, which another message cures; else too much to keep.
constexpr int kExceeded = 552;

/// Whether the server finds the message too large, whatever it answers.
bool saysTooLarge(const SmtpReply& reply)
{
    return reply.enhanced() == "5.3.4" || reply.enhanced() == "5.2.3";
}

[[noreturn]] void outOfStep(const SmtpReply& reply)
{
    throw ConnectionError(ConnectionError::Kind::nonsense,
                          "the server's answer does not belong here: " + reply.text());
}

} // namespace

SmtpTransaction::SmtpTransaction(const EmailSettings& settings, const Envelope& envelope,
                                 Progress& progress)
    : _settings(settings), _deliveryKey(envelope.deliveryKey), _progress(progress)
{
    for (const std::string& address : envelope.recipients) {
        Recipient recipient;
        recipient.outcome.address = address;
        recipient.wire = asciiAddress(address);
        if (const std::string problem = addressProblem(address); !problem.empty()) {
            fail(recipient, Verdict::refused, 0, "the address " + problem);
        }
        _recipients.push_back(std::move(recipient));
    }
}

bool SmtpTransaction::hasRecipients() const
{
    return std::any_of(_recipients.begin(), _recipients.end(), [](const Recipient& recipient) {
        return recipient.state != Recipient::State::failed;
    });
}

void SmtpTransaction::beginAgain()
{
    _phase = Phase::idle;
    _senderTaken = false;
    _turnedAway = false;
    _deferred = false;
    _connectionLost = false;
}

void SmtpTransaction::fail(Recipient& recipient, Verdict verdict, int code,
                           const std::string& reason)
{
    recipient.state = Recipient::State::failed;
    recipient.outcome.verdict = verdict;
    recipient.outcome.code = code;
    recipient.outcome.reason = reason;
}

Outcome SmtpTransaction::completed(Outcome outcome) const
{
    for (const Recipient& recipient : _recipients) {
        if (recipient.state == Recipient::State::failed) {
            outcome.perRecipient.push_back(recipient.outcome);
        }
    }
    return outcome;
}

Outcome SmtpTransaction::nobodyAccepted() const
{
    if (_recipients.empty()) {
        return {Verdict::refused, 0, "nobody to send the message to", {}, {}};
    }
    const auto hopeful =
        std::find_if(_recipients.begin(), _recipients.end(), [](const Recipient& recipient) {
            return recipient.outcome.verdict == Verdict::tryAgain;
        });
    const Recipient& telling = hopeful == _recipients.end() ? _recipients.front() : *hopeful;
    return completed(
        {telling.outcome.verdict, telling.outcome.code, telling.outcome.reason, {}, {}});
}

Outcome SmtpTransaction::failure(const SmtpReply& reply)
{
    if (!reply.transient() && !reply.permanent()) {
        outOfStep(reply);
    }
    _deferred = _deferred || reply.transient();
    return completed({reply.permanent() ? Verdict::refused : Verdict::tryAgain,
                      reply.code,
                      _progress.reason(reply.text()),
                      {},
                      {}});
}

/// The reply to a command of this transaction; what concerns the whole service ends it.
SmtpReply SmtpTransaction::receive(SmtpSession& session, std::chrono::milliseconds limit) const
{
    const SmtpReply reply = session.connection().receive(_progress.within(limit));
    if (reply.closing()) {
        throw Trouble(_progress, reply, {}, Scope::connection);
    }
    if (reply.code == kAuthenticationRequired) {
        const bool wantsTls =
            !session.connection().isCovered() && session.capabilities().has("STARTTLS");
        Outcome outcome =
            Trouble(_progress, reply,
                    wantsTls ? "; write tls = starttls"
                             : "; write user and password of an account that may send")
                .outcome();
        outcome.credentials = !wantsTls;
        throw Trouble(outcome);
    }
    return reply;
}

/// What the site itself writes into every message. Errors: Trouble.
void SmtpTransaction::requireAsciiSender(const Bytes& bytes) const
{
    const bool inHeader = hasEightBit(bytes);
    const std::string& replyTo = _settings.replyTo;
    for (const auto& [key, address, counts] :
         {std::tuple{"envelope_from", _settings.envelopeFrom, true},
          std::tuple{"from", _settings.from.address, inHeader},
          std::tuple{"reply_to", replyTo.empty() ? "" : parseMailbox(replyTo).address, inHeader}})
    {
        if (counts && hasEightBit(address)) {
            throw Trouble(_progress,
                          "the sender's address " + address +
                              " is not ASCII, and the server does not offer SMTPUTF8; write "
                              "an ASCII address in " +
                              key,
                          Scope::sender);
        }
    }
}

std::optional<Outcome> SmtpTransaction::fitsServer(const Capabilities& capabilities,
                                                   const Bytes& bytes)
{
    _progress.begin("sender");
    if (capabilities.size.value_or(0) != 0 && bytes.size() > *capabilities.size) {
        return completed({Verdict::refused,
                          0,
                          _progress.reason("the message has " + std::to_string(bytes.size()) +
                                           " octets, the server takes at most " +
                                           std::to_string(*capabilities.size)),
                          {},
                          {}});
    }
    if (capabilities.has("SMTPUTF8")) {
        return std::nullopt;
    }
    requireAsciiSender(bytes);
    for (Recipient& recipient : _recipients) {
        if (recipient.state == Recipient::State::open && hasEightBit(recipient.wire)) {
            _progress.begin("recipient");
            fail(recipient, Verdict::refused, 0,
                 _progress.reason("the address " + recipient.outcome.address +
                                  " is not ASCII, and the server does not offer SMTPUTF8"));
            _progress.told(recipient.outcome.reason);
        }
    }
    if (_recipients.empty()) {
        return std::nullopt;
    }
    if (hasRecipients() && hasEightBit(bytes)) {
        return completed(
            {Verdict::refused,
             0,
             _progress.reason("the message names an address that is not ASCII, and the "
                              "server does not offer SMTPUTF8"),
             {},
             {}});
    }
    return hasRecipients() ? std::nullopt : std::optional(nobodyAccepted());
}

std::string SmtpTransaction::mailCommand(const Capabilities& capabilities, const Bytes& bytes) const
{
    std::string command = "MAIL FROM:<" + _settings.envelopeFrom + ">";
    if (capabilities.has("SIZE") && !bytes.empty()) {
        command += " SIZE=" + std::to_string(bytes.size());
    }
    const bool utf8 = hasEightBit(_settings.envelopeFrom) || hasEightBit(bytes) ||
                      std::any_of(_recipients.begin(), _recipients.end(), [](const Recipient& one) {
                          return one.state == Recipient::State::open && hasEightBit(one.wire);
                      });
    if (utf8) {
        command += " SMTPUTF8";
    }
    const std::string id = xtext(_deliveryKey);
    if (capabilities.has("DSN") && !id.empty() && id.size() <= kLongestEnvelopeId) {
        command += " ENVID=" + id;
    }
    return command + "\r\n";
}

/// MAIL and RCPT, in groups where the server can take them so. Returns an outcome when there is
/// nothing more to ask.
std::optional<Outcome> SmtpTransaction::askForAll(SmtpSession& session, const Bytes& bytes)
{
    if (auto outcome = fitsServer(session.capabilities(), bytes)) {
        return outcome;
    }
    std::vector<Recipient*> asked{nullptr}; // the first command is MAIL
    for (Recipient& recipient : _recipients) {
        if (recipient.state == Recipient::State::open) {
            asked.push_back(&recipient);
        }
    }
    const std::size_t window = session.capabilities().has("PIPELINING") ? kWindow : 1;
    for (std::size_t begin = 0; begin < asked.size(); begin += window) {
        const std::size_t end = std::min(begin + window, asked.size());
        std::string commands;
        for (std::size_t at = begin; at < end; ++at) {
            commands += at == 0 ? mailCommand(session.capabilities(), bytes)
                                : "RCPT TO:<" + asked[at]->wire + ">\r\n";
        }
        _progress.begin(begin == 0 ? "sender" : "recipient");
        _phase = std::max(_phase, Phase::sender);
        session.connection().send(commands, _progress.within(_settings.limits.mail));
        for (std::size_t at = begin; at < end; ++at) {
            if (at == 0) {
                const auto refused = takeSenderReply(receive(session, _settings.limits.mail));
                if (refused) {
                    readRest(session, end - 1);
                    return refused;
                }
                continue;
            }
            _progress.begin("recipient");
            takeRecipientReply(*asked[at], receive(session, _settings.limits.rcpt));
        }
    }
    return hasRecipients() || _recipients.empty() ? std::nullopt : std::optional(nobodyAccepted());
}

/// The replies to RCPT after MAIL was refused: they say nothing new, and whether they come changes
/// nothing about the outcome.
void SmtpTransaction::readRest(SmtpSession& session, std::size_t replies)
{
    try {
        for (; replies > 0; --replies) {
            const SmtpReply reply =
                session.connection().receive(_progress.within(_settings.limits.rcpt));
            _connectionLost = _connectionLost || reply.closing();
        }
    } catch (const ConnectionError&) {
        _connectionLost = true;
    }
}

std::optional<Outcome> SmtpTransaction::takeSenderReply(const SmtpReply& reply)
{
    const std::string detail = "<" + _settings.envelopeFrom + ">: " + reply.text();
    _progress.told(detail);
    _senderTaken = reply.positive();
    if (_senderTaken) {
        return std::nullopt;
    }
    Outcome outcome = failure(reply);
    _turnedAway = reply.transient() || (reply.code != kExceeded && !saysTooLarge(reply));
    if (reply.permanent() && _turnedAway) {
        outcome.verdict = Verdict::tryAgain;
        outcome.scope = Scope::sender;
        outcome.reason =
            _progress.reason(detail + "; the server takes no mail from this sender: correct the "
                                      "key envelope_from, or where there is none, from");
    }
    return outcome;
}

void SmtpTransaction::takeRecipientReply(Recipient& recipient, const SmtpReply& reply)
{
    const std::string detail = recipient.outcome.address + ": " + reply.text();
    _progress.told(detail);
    if (reply.positive()) {
        recipient.state = Recipient::State::accepted;
        _phase = std::max(_phase, Phase::recipient);
        return;
    }
    const Verdict verdict = failure(reply).verdict;
    const bool tooMany = reply.code == kExceeded && !saysTooLarge(reply);
    _deferred = _deferred || tooMany;
    fail(recipient, tooMany ? Verdict::tryAgain : verdict, reply.code, _progress.reason(detail));
}

Outcome SmtpTransaction::deliver(SmtpSession& session, const Bytes& bytes)
{
    if (auto outcome = askForAll(session, bytes)) {
        return *outcome;
    }
    _progress.begin("data");
    session.connection().send("DATA\r\n", _progress.within(_settings.limits.data));
    const SmtpReply reply = receive(session, _settings.limits.data);
    if (reply.code != 354) {
        return failure(reply);
    }
    _phase = Phase::data;
    _progress.told(reply.text());
    if (auto outcome = sendBody(session, bytes)) {
        return *outcome;
    }
    return finish(session);
}

/// Everything up to the dot. Returns an outcome where the server answers before it.
std::optional<Outcome> SmtpTransaction::sendBody(SmtpSession& session, const Bytes& bytes)
{
    DotStuffer stuffer;
    const auto send = [&](std::string_view piece) {
        session.connection().send(piece, _progress.within(_settings.limits.dataBlock));
    };
    for (std::string_view rest = bytes; !rest.empty();) {
        const std::string_view piece = rest.substr(0, kPiece);
        send(stuffer.next(piece));
        rest.remove_prefix(piece.size());
    }
    send(stuffer.end());
    // A server that gives up in the middle says so, or closes. Without the dot the message is not
    // with it, and it is good to know that before the point of no return.
    if (!session.connection().hasSpoken(_progress.within(_settings.limits.dataBlock))) {
        return std::nullopt;
    }
    return failure(receive(session, _settings.limits.dataBlock));
}

Outcome SmtpTransaction::finish(SmtpSession& session)
{
    _progress.within(_settings.limits.dataBlock).check();
    if (!_progress.context().commit()) {
        return completed({Verdict::tryAgain,
                          0,
                          _progress.reason("called off before the end of the message"),
                          {},
                          {}});
    }
    _phase = Phase::committed;
    _progress.begin("final answer");
    const Limit limit = _progress.whateverHappens(_settings.limits.final);
    session.connection().send(".\r\n", limit);
    const SmtpReply reply = session.connection().receive(limit, ReplyTo::finalDot);
    if (reply.code / 100 == 3) {
        outOfStep(reply);
    }
    _phase = Phase::ended;
    _progress.told(reply.text());
    if (reply.positive()) {
        return completed({Verdict::delivered, reply.code, reply.text(), {}, {}});
    }
    Outcome outcome = failure(reply);
    outcome.scope = reply.closing() ? Scope::connection : Scope::message;
    return outcome;
}

Outcome SmtpTransaction::probe(SmtpSession& session)
{
    if (auto outcome = askForAll(session, {})) {
        return *outcome;
    }
    return completed({Verdict::delivered, 250, "the server would take a message", {}, {}});
}

} // namespace notifyhost::email
