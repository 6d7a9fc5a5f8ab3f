#pragma once

#include "EmailSettings.h"
#include "Progress.h"
#include "SmtpConnection.h"

#include <notifyhost/Services.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace notifyhost::email {

/// What a server says in EHLO that it can do.
struct Capabilities {
    std::set<std::string> keywords;    ///< in capitals: "PIPELINING"
    std::set<std::string> mechanisms;  ///< of AUTH, in capitals
    std::optional<std::uint64_t> size; ///< octets of a message; none or 0: no limit told

    bool has(const std::string& keyword) const { return keywords.contains(keyword); }

    /// Source: RFC 5321 section 4.1.1.1.
    static Capabilities read(const SmtpReply& reply);
};

/// The ways of logging in that were tried on one server, over as many connections as that took.
struct LoginTrials {
    std::vector<std::string> tried; ///< "PLAIN"
    std::string answers;            ///< "AUTH PLAIN: 535 5.7.8 no; AUTH LOGIN: …"
    int code{};                     ///< of the last answer; 0: there was none
    bool refused{};                 ///< an answer was final
    bool unsure{};                  ///< an answer was not, or did not come
    bool another{};                 ///< the connection is lost, and a way is left to try
};

/// Whether a session that may be plain tries TLS first.
enum class Cover { asConfigured, plain };

/// A dialogue with a server that is ready for MAIL: connected, greeted, under TLS, logged in.
class SmtpSession {
public:
    /// Goes through all that, leaving out what trials holds. Errors: ConnectionError, Trouble.
    SmtpSession(const EmailSettings& settings, Network& network, Cover cover, LoginTrials& trials,
                Progress& progress, Log& log);

    SmtpConnection& connection() { return _connection; }
    const Capabilities& capabilities() const { return _capabilities; }

    /// Sends a command and returns its reply. Errors: ConnectionError; Trouble for a 421.
    SmtpReply ask(const std::string& command, std::chrono::milliseconds limit, Progress& progress);

private:
    static std::unique_ptr<Connection> connect(const EmailSettings& settings, Network& network,
                                               Progress& progress);

    void greeting(Progress& progress);
    void hello(Progress& progress);
    void startTls(Progress& progress, Log& log);
    void shakeHands(Progress& progress, Log& log);
    void requireCover(Progress& progress, Log& log) const;
    void logIn(LoginTrials& trials, Progress& progress);
    std::vector<std::string> mechanisms(const LoginTrials& trials, Progress& progress) const;
    bool logInBy(const std::string& mechanism, LoginTrials& trials, Progress& progress);
    SmtpReply logInPlain(Progress& progress);
    SmtpReply logInStepwise(Progress& progress);
    std::string helloName() const;

    const EmailSettings& _settings;
    SmtpConnection _connection;
    Capabilities _capabilities;
    std::vector<std::string> _secrets; ///< sent in AUTH; no reply may show them
};

} // namespace notifyhost::email
