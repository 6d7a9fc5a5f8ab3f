#pragma once

#include "EmailSettings.h"
#include "SmtpSession.h"
#include "SmtpTransaction.h"

#include <notifyhost/Transport.h>

#include <memory>
#include <string>

namespace notifyhost::email {

/// Keeps one session with one server over many messages and says what became of each.
/// Errors: an Outcome; throws only what the context throws.
/// Threads: one call at a time.
class SmtpClient {
public:
    SmtpClient(EmailSettings settings, Network& network, Log& log);

    /// Says QUIT and waits for the answer, but not long.
    ~SmtpClient();
    SmtpClient(const SmtpClient&) = delete;
    SmtpClient& operator=(const SmtpClient&) = delete;

    /// As Transport::deliver() and Transport::probe(), which say delivered where all went well.
    Outcome deliver(const Bytes& bytes, const Envelope& envelope, DeliveryContext& context);
    Outcome probe(const Envelope& envelope, DeliveryContext& context);

private:
    enum class Work { deliver, probe };

    /// What one try came to.
    struct Try {
        Outcome outcome;
        bool stale{}; ///< it was an old connection's fault, before anything was accepted
    };

    Outcome converse(Work work, const Bytes& bytes, const Envelope& envelope,
                     DeliveryContext& context);
    Try attempt(Work work, const Bytes& bytes, SmtpTransaction& transaction, Progress& progress);
    Outcome carryOut(Work work, const Bytes& bytes, SmtpTransaction& transaction,
                     Progress& progress);
    Outcome brokenLink(const ConnectionError& error, const SmtpTransaction& transaction,
                       const Progress& progress) const;
    void dropUnfitSession(Progress& progress);
    bool reset(Progress& progress);
    void open(Progress& progress);
    void openAs(Cover cover, Progress& progress);
    void leave();

    EmailSettings _settings; ///< helo is filled in before the first connection
    bool _nameSought{};
    Network& _network;
    Log& _log;
    std::unique_ptr<SmtpSession> _session;
    int _messages{};         ///< that this session has taken
    bool _served{};          ///< it has accepted MAIL
    bool _wornOut{};         ///< it had served, and then put off a message or a recipient
    bool _transactionOpen{}; ///< the server holds an unfinished transaction
};

} // namespace notifyhost::email
