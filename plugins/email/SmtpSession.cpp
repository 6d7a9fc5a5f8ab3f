#include "SmtpSession.h"

#include "LinkError.h"
#include "SmtpText.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <sstream>

#include <unistd.h>

namespace notifyhost::email {

namespace {

std::vector<std::string> words(std::string_view line)
{
    std::vector<std::string> result;
    std::istringstream stream{upperCase(line)};
    for (std::string word; stream >> word;) {
        result.push_back(word);
    }
    return result;
}

/// This host's name where it is a full one; else empty.
std::string fullHostName()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) {
        return {};
    }
    const std::string result = name.data();
    const bool usable = std::all_of(result.begin(), result.end(), [](unsigned char letter) {
        return std::isalnum(letter) != 0 || letter == '.' || letter == '-';
    });
    return usable && result.find('.') != std::string::npos ? result : "";
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

const TlsContext& LazyTlsContext::get()
{
    if (!_context) {
        _context.emplace(_caFile);
    }
    return *_context;
}

SmtpSession::SmtpSession(const EmailSettings& settings, LazyTlsContext& tls, Cover cover,
                         Progress& progress, Log& log)
    : _settings(settings), _connection(connect(settings, progress))
{
    if (settings.tls == TlsUse::implicit) {
        shakeHands(tls, progress, log);
    }
    greeting(progress);
    hello(progress);
    if (cover == Cover::asConfigured &&
        (settings.tls == TlsUse::starttls || settings.tls == TlsUse::opportunistic))
    {
        startTls(tls, progress, log);
    }
    if (!settings.user.empty()) {
        logIn(progress);
    }
}

TcpStream SmtpSession::connect(const EmailSettings& settings, Progress& progress)
{
    const Limit limit = Limit::step(settings.limits.connect, progress.context());
    progress.begin("resolve");
    const auto addresses = resolve(settings.host, settings.port, limit);
    std::string list;
    for (const PeerAddress& address : addresses) {
        list += (list.empty() ? "" : ", ") + address.text();
    }
    progress.told(list);
    progress.begin("connect");
    TcpStream stream = TcpStream::connect(addresses, limit);
    progress.told(stream.peer() + " port " + std::to_string(settings.port));
    return stream;
}

SmtpReply SmtpSession::ask(const std::string& command, std::chrono::milliseconds limit,
                           Progress& progress)
{
    const Limit step = Limit::step(limit, progress.context());
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
        reply = _connection.receive(Limit::step(_settings.limits.greeting, progress.context()));
    } catch (const LinkError& error) {
        const bool secretive =
            error.kind() == LinkError::Kind::late && _connection.tls() == nullptr;
        throw LinkError(error.kind(),
                        error.what() + std::string(secretive ? "; a server that waits "
                                                               "for TLS needs tls = implicit"
                                                             : ""));
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
    if (const std::string name = fullHostName(); !name.empty()) {
        return name;
    }
    const std::string address = _connection.stream().ownAddress();
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

void SmtpSession::startTls(LazyTlsContext& tls, Progress& progress, Log& log)
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
    const std::size_t discarded =
        _connection.discardInput(Limit::step(_settings.limits.tls, progress.context()));
    if (discarded != 0) {
        log.write(Level::warning, progress.reason(std::to_string(discarded) +
                                                  " octets that came before TLS were thrown away"));
    }
    shakeHands(tls, progress, log);
    // What was said in plain text may be anybody's word: RFC 3207 section 4.2.
    hello(progress);
}

void SmtpSession::shakeHands(LazyTlsContext& tls, Progress& progress, Log& log)
{
    progress.begin("certificate");
    const bool anything = _settings.tls == TlsUse::opportunistic;
    const Limit limit = Limit::step(_settings.limits.tls, progress.context());
    try {
        _connection.startTls(tls.get(), _settings.host,
                             anything ? Trust::anything : Trust::verified, limit);
    } catch (const LinkError& error) {
        const bool plainPort =
            _settings.tls == TlsUse::implicit && error.kind() == LinkError::Kind::tls;
        throw LinkError(error.kind(),
                        error.what() + std::string(plainPort
                                                       ? "; a server that begins in plain text "
                                                         "needs tls = starttls"
                                                       : ""));
    }
    const TlsSession& session = *_connection.tls();
    std::string detail = session.version() + ", " + session.certificate();
    if (!session.distrust().empty()) {
        log.write(Level::warning,
                  progress.reason("the certificate is not verified: " + session.distrust() + " (" +
                                  session.certificate() + "); tls = opportunistic goes on"));
        detail += "; not verified: " + session.distrust();
    }
    progress.told(detail);
}

void SmtpSession::logIn(Progress& progress)
{
    progress.begin("AUTH");
    if (_connection.tls() == nullptr && _settings.tls != TlsUse::off) {
        throw Trouble(progress, "without TLS the password is not sent. Write tls = starttls or "
                                "implicit, or, where plain text is really meant, tls = off");
    }
    const bool plain = _capabilities.mechanisms.contains("PLAIN");
    if (!plain && !_capabilities.mechanisms.contains("LOGIN")) {
        throw Trouble(progress, "the server offers neither AUTH PLAIN nor AUTH LOGIN here; if it "
                                "needs no login, leave out user and password");
    }
    _secrets = {_settings.password, base64(_settings.password)};
    const SmtpReply reply = plain ? logInPlain(progress) : logInStepwise(progress);
    if (reply.code == 235) {
        progress.told("as " + oneLine(_settings.user) + ": " + reply.text());
        return;
    }
    Trouble trouble(progress, reply,
                    "; check the keys user (" + oneLine(_settings.user) + ") and password");
    Outcome outcome = trouble.outcome();
    outcome.credentials = reply.permanent();
    throw Trouble(outcome);
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
