#include "SmtpSession.h"

#include "SmtpText.h"

#include <Poco/String.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace notifyhost::email {

namespace {

std::vector<std::string> words(std::string_view line)
{
    std::vector<std::string> result;
    std::istringstream stream{Poco::toUpper(std::string(line))};
    for (std::string word; stream >> word;) {
        result.push_back(word);
    }
    return result;
}

/// Takes out of a reply what it must not repeat.
void blot(SmtpReply& reply, const std::vector<std::string>& secrets)
{
    constexpr std::string_view kBlot = "***";
    for (std::string& line : reply.lines) {
        for (const std::string& secret : secrets) {
            for (std::size_t at = 0; (at = line.find(secret, at)) != std::string::npos;
                 at += kBlot.size()) {
                line.replace(at, secret.size(), kBlot);
            }
        }
    }
}

/// The same error with advice.
ConnectionError advised(const ConnectionError& error, const std::string& advice)
{
    return {error.kind(), error.what() + advice};
}

} // namespace

Capabilities Capabilities::read(const SmtpReply& reply)
{
    Capabilities result;
    for (std::size_t at = 1; at < reply.lines.size(); ++at) {
        std::vector<std::string> line = words(reply.lines[at]);
        if (line.empty()) {
            continue;
        }
        // Old servers write AUTH=LOGIN.
        if (line.front().starts_with("AUTH=")) {
            line.insert(line.begin() + 1, line.front().substr(5));
            line.front() = "AUTH";
        }
        result.keywords.insert(line.front());
        if (line.front() == "AUTH") {
            result.mechanisms.insert(line.begin() + 1, line.end());
        }
        std::uint64_t size = 0;
        if (line.front() == "SIZE" && line.size() > 1 &&
            std::from_chars(line[1].data(), line[1].data() + line[1].size(), size).ec ==
                std::errc{})
        {
            result.size = size;
        }
    }
    return result;
}

SmtpSession::SmtpSession(const EmailSettings& settings, Network& network, Cover cover,
                         LoginTrials& trials, Progress& progress, Log& log)
    : _settings(settings), _connection(connect(settings, network, progress))
{
    if (settings.tls == TlsUse::implicit) {
        shakeHands(progress, log);
    }
    greeting(progress);
    hello(progress);
    if (cover == Cover::asConfigured &&
        (settings.tls == TlsUse::starttls || settings.tls == TlsUse::opportunistic))
    {
        startTls(progress, log);
    }
    if (!settings.user.empty()) {
        progress.begin("AUTH");
        requireCover(progress, log);
        logIn(trials, progress);
    }
}

std::unique_ptr<Connection> SmtpSession::connect(const EmailSettings& settings, Network& network,
                                                 Progress& progress)
{
    const Limit limit = progress.within(settings.limits.connect);
    const char* advice = "; check the key host";
    try {
        progress.begin("resolve");
        const auto addresses = network.addresses(settings.host, limit);
        std::string list;
        for (const std::string& address : addresses) {
            list += (list.empty() ? "" : ", ") + address;
        }
        progress.told(list);
        progress.begin("connect");
        advice = "; check the keys host and port";
        auto connection =
            network.connect(addresses, static_cast<std::uint16_t>(settings.port), limit);
        progress.told(connection->peer().address + " port " + std::to_string(settings.port));
        return connection;
    } catch (const ConnectionError& error) {
        throw advised(error, error.kind() == ConnectionError::Kind::cancelled ? "" : advice);
    }
}

SmtpReply SmtpSession::ask(const std::string& command, std::chrono::milliseconds limit,
                           Progress& progress)
{
    const Limit step = progress.within(limit);
    _connection.send(command + "\r\n", step);
    SmtpReply reply = _connection.receive(step);
    blot(reply, _secrets);
    if (reply.closing()) {
        throw Trouble(progress, reply);
    }
    return reply;
}

void SmtpSession::greeting(Progress& progress)
{
    progress.begin("greeting");
    SmtpReply reply;
    try {
        reply = _connection.receive(progress.within(_settings.limits.greeting));
    } catch (const ConnectionError& error) {
        const bool secretive =
            error.kind() == ConnectionError::Kind::late && !_connection.isCovered();
        throw advised(error, secretive ? "; a server that waits for TLS needs tls = implicit" : "");
    }
    if (reply.code != 220) {
        throw Trouble(progress, reply);
    }
    progress.told(reply.text());
}

std::string SmtpSession::helloName() const
{
    if (!_settings.helo.empty()) {
        return _settings.helo;
    }
    const std::string& address = _connection.peer().ownAddress;
    return "[" + std::string(address.find(':') == std::string::npos ? "" : "IPv6:") + address + "]";
}

void SmtpSession::hello(Progress& progress)
{
    progress.begin("EHLO");
    _capabilities = {};
    SmtpReply reply = ask("EHLO " + helloName(), _settings.limits.helo, progress);
    if (reply.positive()) {
        _capabilities = Capabilities::read(reply);
        progress.told(reply.text());
        return;
    }
    if (reply.permanent()) {
        progress.told(reply.text() + "; HELO is tried");
        reply = ask("HELO " + helloName(), _settings.limits.helo, progress);
    }
    if (!reply.positive()) {
        throw Trouble(progress, reply,
                      "; if it dislikes the name " + helloName() +
                          ", write another in the key helo");
    }
    progress.told(reply.text());
}

void SmtpSession::startTls(Progress& progress, Log& log)
{
    progress.begin("STARTTLS");
    const bool optional = _settings.tls == TlsUse::opportunistic;
    if (!_capabilities.has("STARTTLS")) {
        if (!optional) {
            throw Trouble(progress,
                          "the server does not offer STARTTLS, so nothing is sent. Write "
                          "tls = implicit with the server's port for that (465), or, where "
                          "plain text is really meant, tls = off");
        }
        progress.told("not offered, going on in plain text");
        return;
    }
    const SmtpReply reply = ask("STARTTLS", _settings.limits.tls, progress);
    if (reply.code != 220) {
        if (!optional) {
            throw Trouble(progress, reply);
        }
        progress.told(reply.text() + "; going on in plain text");
        return;
    }
    progress.told(reply.text());
    // Nobody on the way shall put words into the server's mouth that we take for words under TLS.
    const std::size_t discarded = _connection.discardInput(progress.within(_settings.limits.tls));
    if (discarded != 0) {
        log.write(Level::warning, progress.reason(std::to_string(discarded) +
                                                  " octets that came before TLS were thrown away"));
    }
    shakeHands(progress, log);
    // What was said in plain text may be anybody's word: RFC 3207 section 4.2.
    hello(progress);
}

void SmtpSession::shakeHands(Progress& progress, Log& log)
{
    progress.begin("certificate");
    TlsWish wish{_settings.host};
    wish.caFile = _settings.caFile;
    if (_settings.tls == TlsUse::opportunistic) {
        wish.trust = TlsWish::Trust::anything;
    }
    try {
        _connection.startTls(wish, progress.within(_settings.limits.tls));
    } catch (const ConnectionError& error) {
        const bool plainPort =
            _settings.tls == TlsUse::implicit && error.kind() == ConnectionError::Kind::tls;
        throw advised(error,
                      plainPort ? "; a server that begins in plain text needs tls = starttls" : "");
    }
    const PeerDescription& peer = _connection.peer();
    std::string detail = peer.tls + ", " + peer.certificate;
    if (!peer.distrust.empty()) {
        log.write(Level::warning,
                  progress.reason("the certificate is not verified: " + peer.distrust + " (" +
                                  peer.certificate + "); tls = opportunistic goes on"));
        detail += "; not verified: " + peer.distrust;
    }
    progress.told(detail);
}

/// The password goes to a server that has proved who it is, or wherever the settings say so.
void SmtpSession::requireCover(Progress& progress, Log& log) const
{
    if (_settings.tls == TlsUse::off) {
        return;
    }
    if (!_connection.isCovered()) {
        throw Trouble(progress, "without TLS the password is not sent, whatever tls_unverified "
                                "says. Write tls = starttls or implicit, or, where plain text is "
                                "really meant, tls = off");
    }
    const std::string& distrust = _connection.peer().distrust;
    if (distrust.empty()) {
        return;
    }
    if (!_settings.tlsUnverified) {
        throw Trouble(progress,
                      "the password is not sent to a server whose certificate is not verified (" +
                          distrust +
                          "). Name in host the server that the certificate names and in ca_file "
                          "the authority that signed it; two keys decide otherwise: "
                          "tls_unverified = yes sends it to whoever answers there, tls = off sends "
                          "it in plain text");
    }
    log.write(Level::warning, progress.reason("the password is sent though the certificate is not "
                                              "verified (" +
                                              distrust + "): tls_unverified = yes"));
}

void SmtpSession::logIn(LoginTrials& trials, Progress& progress)
{
    const auto mechanisms = this->mechanisms(trials, progress);
    for (std::size_t at = 0; at < mechanisms.size(); ++at) {
        const LoginTrials before = trials;
        const auto elsewhere = [&](const std::string& what) {
            trials.answers += what;
            trials.another = at + 1 < mechanisms.size();
            if (at > 0) { // it was the refusal before this one that cost the connection
                trials = before;
                trials.another = true;
            }
            return trials.another;
        };
        try {
            if (logInBy(mechanisms[at], trials, progress)) {
                return;
            }
        } catch (const Trouble& trouble) {
            if (elsewhere(std::string(trouble.what()).substr(progress.reason("").size()))) {
                throw;
            }
        } catch (const ConnectionError& error) {
            if (error.kind() == ConnectionError::Kind::cancelled ||
                (error.kind() == ConnectionError::Kind::lost && elsewhere(error.what())))
            {
                throw;
            }
            if (error.kind() != ConnectionError::Kind::lost) {
                trials.answers += error.what();
                trials.unsure = true;
                break;
            }
        }
    }
    const std::string advice =
        "; check the keys user (" + oneLine(_settings.user) + ") and password";
    Outcome outcome =
        Trouble(progress, trials.answers + (trials.code == 0 ? "" : advice)).outcome();
    outcome.code = trials.code;
    outcome.credentials = trials.refused && !trials.unsure;
    throw Trouble(outcome);
}

/// What is left to try; nothing only where all has been.
std::vector<std::string> SmtpSession::mechanisms(const LoginTrials& trials,
                                                 Progress& progress) const
{
    const std::vector<std::string> wanted =
        _settings.auth == AuthUse::plain   ? std::vector<std::string>{"PLAIN"}
        : _settings.auth == AuthUse::login ? std::vector<std::string>{"LOGIN"}
                                           : std::vector<std::string>{"PLAIN", "LOGIN"};
    std::vector<std::string> result;
    for (const std::string& mechanism : wanted) {
        if (_capabilities.mechanisms.contains(mechanism)) {
            result.push_back(mechanism);
        }
    }
    if (result.empty()) {
        std::string offered;
        for (const std::string& mechanism : _capabilities.mechanisms) {
            offered += " " + oneLine(mechanism, 40);
        }
        throw Trouble(progress,
                      (wanted.size() == 1 ? "the server does not offer AUTH " + wanted.front()
                                          : "the server offers neither AUTH PLAIN nor AUTH LOGIN") +
                          " here, but " + (offered.empty() ? "no AUTH at all" : "AUTH" + offered) +
                          (wanted.size() == 1 ? "; write auth = auto, or, if" : "; if") +
                          " it needs no login, leave out user and password");
    }
    std::erase_if(result, [&](const std::string& mechanism) {
        return std::find(trials.tried.begin(), trials.tried.end(), mechanism) != trials.tried.end();
    });
    return result;
}

/// Whether it worked. Errors: Trouble for a 421, ConnectionError.
bool SmtpSession::logInBy(const std::string& mechanism, LoginTrials& trials, Progress& progress)
{
    trials.tried.push_back(mechanism);
    trials.answers += (trials.answers.empty() ? "AUTH " : "; AUTH ") + mechanism + ": ";
    _secrets = {_settings.password, base64(_settings.password)};
    SmtpReply reply = mechanism == "PLAIN" ? logInPlain(progress) : logInStepwise(progress);
    if (reply.code == 334) {
        // It wants more than there is to say: RFC 4954 section 4 has this to take it back.
        reply = ask("*", _settings.limits.auth, progress);
    }
    if (reply.code == 235) {
        progress.told(mechanism + " as " + oneLine(_settings.user) + ": " + reply.text());
        return true;
    }
    trials.answers += reply.text();
    trials.code = reply.code;
    trials.refused = trials.refused || reply.permanent();
    trials.unsure = trials.unsure || !reply.permanent();
    progress.told("AUTH " + mechanism + ": " + reply.text());
    return false;
}

SmtpReply SmtpSession::logInPlain(Progress& progress)
{
    const std::string nul(1, '\0');
    const std::string response = base64(nul + _settings.user + nul + _settings.password);
    _secrets.push_back(response);
    return ask("AUTH PLAIN " + response, _settings.limits.auth, progress);
}

SmtpReply SmtpSession::logInStepwise(Progress& progress)
{
    // The prompts' words differ from server to server; their code does not.
    SmtpReply reply = ask("AUTH LOGIN", _settings.limits.auth, progress);
    if (reply.code == 334) {
        reply = ask(base64(_settings.user), _settings.limits.auth, progress);
    }
    if (reply.code == 334) {
        reply = ask(base64(_settings.password), _settings.limits.auth, progress);
    }
    return reply;
}

} // namespace notifyhost::email
