#pragma once

#include "support/Certificates.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::test {

/// When the server is about to speak.
enum class SmtpMoment {
    connect, ///< before the greeting; what is answered here comes in addition to it
    greeting,
    ehlo,
    helo,
    startTls,
    handshake, ///< instead of the TLS handshake, in plain octets
    auth,      ///< AUTH, and each line that follows it
    mail,
    rcpt,
    data,
    dot, ///< the message is complete
    rset,
    quit,
    other
};

struct SmtpTurn {
    SmtpMoment moment{};
    int connection{}; ///< 1 for the first that was accepted
    int number{}; ///< RCPT: 1 for the first of its message; else 1 for the first on its connection
    std::string command; ///< without its line end; for dot: the message as it came, without the dot
};

struct SmtpAnswer {
    enum class Then {
        goOn,
        close,   ///< hangs up in good order
        reset,   ///< hangs up with a TCP reset
        silence, ///< neither speaks nor hangs up
        endless  ///< sends the octets again for as long as they are taken
    };
    std::string octets; ///< sent as they are
    Then then{Then::goOn};
    std::chrono::milliseconds pause{0}; ///< before each octet; 0: all at once
};

/// What the server says to one turn; nullopt: what a good server says.
using SmtpScript = std::function<std::optional<SmtpAnswer>(const SmtpTurn&)>;

struct SmtpServerOptions {
    enum class Tls { none, starttls, implicit };
    std::vector<std::string> capabilities{"PIPELINING", "SIZE 1000000", "ENHANCEDSTATUSCODES",
                                          "DSN", "SMTPUTF8"};
    Tls tls{Tls::none};
    CertificateAuthority::Files certificate{};
    int newestTls{};    ///< as OpenSSL numbers them; 0: whatever is usual
    std::string user{}; ///< AUTH is offered, and this accepted
    std::string password{};
    std::string mechanisms{"PLAIN LOGIN"};
};

/// A message whose dot has come.
struct SmtpMessage {
    int connection{};
    std::string mail;                    ///< the MAIL command
    std::vector<std::string> recipients; ///< the accepted RCPT commands
    std::string octets;                  ///< as on the wire: dots doubled, without the final dot
};

/// An SMTP server on 127.0.0.1 that behaves well where its script does not say otherwise; real
/// sockets, one thread per connection. Everything is stopped in the destructor.
class ScriptedSmtpServer {
public:
    /// The script is called by the connections' threads.
    explicit ScriptedSmtpServer(SmtpScript script = {}, SmtpServerOptions options = {});
    ~ScriptedSmtpServer();
    ScriptedSmtpServer(const ScriptedSmtpServer&) = delete;
    ScriptedSmtpServer& operator=(const ScriptedSmtpServer&) = delete;

    int port() const;
    int connections() const;

    /// Every octet received on a connection after TLS was taken off; 1 is the first.
    std::string received(int connection = 1) const;

    /// Waits until received() ends like that; false after ten seconds.
    bool waitForEnd(const std::string& ending, int connection = 1) const;

    std::vector<SmtpMessage> messages() const;

private:
    class Listener;
    std::unique_ptr<Listener> _listener;
};

} // namespace notifyhost::test
