#pragma once

#include "support/ScriptedSmtpServer.h"

#include <notifyhost/Outcome.h>

#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// Where in the dialogue a mail server fails.
enum class SmtpStage {
    connect,
    greeting,
    ehlo,
    startTls,
    handshake,
    auth,
    mail,
    rcpt1, ///< of three recipients
    rcpt2, ///< of three recipients
    data,
    afterDot,
    rset, ///< before the second message, after the server has refused the first at DATA
    quit
};

/// How it fails. At `connect`, silence and reset are those of TCP; the others come before a
/// greeting.
enum class SmtpFault {
    transient, ///< a 4xx reply
    permanent, ///< a 5xx reply
    closing,   ///< 421, and it hangs up
    silence,
    reset,
    endInReply, ///< hangs up within a reply of several lines
    garbage,
    endlessLine,
    endlessLines,
    slowOctets ///< a reply that comes octet by octet and never ends in time
};

/// What must become of the message (at `rset`: of the second one) in one cell of the matrix.
struct SmtpCell {
    SmtpStage stage{};
    SmtpFault fault{};
    Verdict verdict{};
    Scope scope{};
    bool credentials{};
    int recipient{}; ///< 1 to 3: whom RecipientOutcome names; 0: nobody
    Verdict recipientVerdict{};

    std::string name() const; ///< "RCPT 1 of 3, an endless line"
    bool waits() const;       ///< it ends only because the client's patience does
};

/// The matrix: every stage with every fault.
std::vector<SmtpCell> smtpCells();

enum class Lasting { always, once };

/// A server that fails as one cell says, on 127.0.0.1.
class SmtpFaultPeer {
public:
    /// options.tls should be starttls and options.user set, else some stages never come.
    SmtpFaultPeer(const SmtpCell& cell, const SmtpServerOptions& options,
                  Lasting lasting = Lasting::always);
    ~SmtpFaultPeer();
    SmtpFaultPeer(const SmtpFaultPeer&) = delete;
    SmtpFaultPeer& operator=(const SmtpFaultPeer&) = delete;

    int port() const;

    /// The messages whose dot has come; none where nobody is connected.
    std::vector<SmtpMessage> messages() const;
    int connections() const;

private:
    class DeafPort;
    std::unique_ptr<ScriptedSmtpServer> _server;
    std::unique_ptr<DeafPort> _deaf;
    int _port{};
};

} // namespace notifyhost::test
