#pragma once

#include "EmailSettings.h"
#include "Progress.h"
#include "SmtpSession.h"

#include <notifyhost/Transport.h>

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::email {

/// One message on its way: MAIL, RCPT for each recipient, DATA, the message, the dot.
///
/// It goes through the phases in their order. What a broken link means follows from the phase it
/// broke in: before committed the message has certainly not left, in it nobody knows.
class SmtpTransaction {
public:
    enum class Phase {
        idle,      ///< the server has heard nothing of it
        sender,    ///< MAIL is sent; the server may hold a transaction
        recipient, ///< at least one recipient is accepted
        data,      ///< DATA is accepted: whatever is said now is taken for the message
        committed, ///< the dot is sent, or just about to be
        ended      ///< the server has answered to the dot: it holds no transaction any more
    };

    /// Refuses right away the recipients that cannot stand in a command.
    SmtpTransaction(const EmailSettings& settings, const Envelope& envelope, Progress& progress);

    /// Whether there is anybody left to ask for.
    bool hasRecipients() const;

    /// Sends the message, or asks for sender and recipients only. Errors: ConnectionError, Trouble.
    Outcome deliver(SmtpSession& session, const Bytes& bytes);
    Outcome probe(SmtpSession& session);

    Phase phase() const { return _phase; }

    /// Begins again on another connection, whose server has heard nothing yet. Recipients that
    /// have failed stay so.
    void beginAgain();

    /// Whether MAIL was accepted; whether it was turned away, whatever the message's size.
    bool senderTaken() const { return _senderTaken; }
    bool turnedAway() const { return _turnedAway; }

    /// Whether the server asked to come back later, of the message or of a recipient.
    bool deferred() const { return _deferred; }

    /// Whether the connection was lost after the outcome was known.
    bool connectionLost() const { return _connectionLost; }

    /// Fills in how the recipients fared that nobody will be told of otherwise.
    Outcome completed(Outcome outcome) const;

    /// Where nobody is accepted: refused, or tryAgain if one of them may be.
    Outcome nobodyAccepted() const;

private:
    struct Recipient {
        enum class State { open, accepted, failed };
        State state{State::open};
        std::string wire; ///< the address as it goes out
        RecipientOutcome outcome;
    };

    void requireAsciiSender(const Bytes& bytes) const;
    std::optional<Outcome> fitsServer(const Capabilities& capabilities, const Bytes& bytes);
    std::optional<Outcome> askForAll(SmtpSession& session, const Bytes& bytes);
    std::string mailCommand(const Capabilities& capabilities, const Bytes& bytes) const;
    void readRest(SmtpSession& session, std::size_t replies);
    std::optional<Outcome> takeSenderReply(const SmtpReply& reply);
    void takeRecipientReply(Recipient& recipient, const SmtpReply& reply);
    SmtpReply receive(SmtpSession& session, std::chrono::milliseconds limit) const;
    void fail(Recipient& recipient, Verdict verdict, int code, const std::string& reason);
    Outcome failure(const SmtpReply& reply);
    std::optional<Outcome> sendBody(SmtpSession& session, const Bytes& bytes);
    Outcome finish(SmtpSession& session);

    const EmailSettings& _settings;
    std::string _deliveryKey;
    Progress& _progress;
    std::vector<Recipient> _recipients;
    Phase _phase{Phase::idle};
    bool _senderTaken{};
    bool _turnedAway{};
    bool _deferred{};
    bool _connectionLost{};
};

} // namespace notifyhost::email
