#include "support/ScriptedSmtpServer.h"

#include "support/SmtpPeerSocket.h"

#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

/// What the connections' threads write and the test reads.
struct SmtpRecord {
    mutable std::mutex mutex;
    std::vector<std::string> received;
    std::vector<SmtpMessage> messages;
};

bool startsWith(const std::string& line, std::string_view verb)
{
    return line.size() >= verb.size() &&
           std::equal(verb.begin(), verb.end(), line.begin(), [](char expected, char actual) {
               return expected == std::toupper(static_cast<unsigned char>(actual));
           });
}

SmtpMoment momentOf(const std::string& command)
{
    static const std::vector<std::pair<std::string_view, SmtpMoment>> kVerbs{
        {"EHLO", SmtpMoment::ehlo}, {"HELO", SmtpMoment::helo}, {"STARTTLS", SmtpMoment::startTls},
        {"AUTH", SmtpMoment::auth}, {"MAIL", SmtpMoment::mail}, {"RCPT", SmtpMoment::rcpt},
        {"DATA", SmtpMoment::data}, {"RSET", SmtpMoment::rset}, {"QUIT", SmtpMoment::quit}};
    for (const auto& [verb, moment] : kVerbs) {
        if (startsWith(command, verb)) {
            return moment;
        }
    }
    return SmtpMoment::other;
}

std::string fromBase64(std::string_view text)
{
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string result;
    unsigned bits = 0;
    int held = 0;
    for (const char letter : text) {
        const auto digit = kDigits.find(letter);
        if (digit == std::string_view::npos) {
            break;
        }
        bits = (bits << 6) | static_cast<unsigned>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            result += static_cast<char>((bits >> held) & 0xFF);
        }
    }
    return result;
}

/// One connection's dialogue.
class Dialogue {
public:
    Dialogue(int number, SmtpPeerSocket& socket, const SmtpScript& script,
             const SmtpServerOptions& options, SmtpRecord& record,
             const std::atomic<bool>& stopping)
        : _number(number),
          _socket(socket),
          _script(script),
          _options(options),
          _record(record),
          _stopping(stopping)
    {
    }

    void run();

private:
    bool speak(SmtpMoment moment, const std::string& command, const std::string& usual);
    bool carryOut(const SmtpAnswer& answer);
    bool shakeHands();
    bool obey(const std::string& command);
    bool hello(SmtpMoment moment, const std::string& command);
    bool logIn(const std::string& command);
    bool takeMessage();
    std::optional<std::string> readUntil(std::string_view ending);
    std::optional<std::string> readLine();

    int _number;
    SmtpPeerSocket& _socket;
    const SmtpScript& _script;
    const SmtpServerOptions& _options;
    SmtpRecord& _record;
    const std::atomic<bool>& _stopping;
    std::string _buffer;
    std::map<SmtpMoment, int> _count;
    SmtpMessage _message;
    bool _accepted{}; ///< the last answer began with 2
    bool _underTls{};
};

void Dialogue::run()
{
    if (_options.tls == SmtpServerOptions::Tls::implicit && !shakeHands()) {
        return;
    }
    // At the moment of connecting a good server says nothing yet.
    if (!speak(SmtpMoment::connect, "", "") ||
        !speak(SmtpMoment::greeting, "", "220 scripted.example.org ESMTP\r\n"))
    {
        return;
    }
    for (;;) {
        const auto command = readLine();
        if (!command || !obey(*command)) {
            return;
        }
    }
}

bool Dialogue::speak(SmtpMoment moment, const std::string& command, const std::string& usual)
{
    const int number = ++_count[moment];
    std::optional<SmtpAnswer> answer;
    if (_script) {
        answer = _script({moment, _number, number, command});
    }
    const SmtpAnswer said = answer.value_or(SmtpAnswer{usual});
    _accepted = !said.octets.empty() && said.octets.front() == '2';
    return carryOut(said);
}

bool Dialogue::carryOut(const SmtpAnswer& answer)
{
    bool taken = true;
    if (answer.pause.count() == 0) {
        taken = _socket.write(answer.octets);
    }
    for (std::size_t at = 0; answer.pause.count() != 0 && at < answer.octets.size() && taken; ++at)
    {
        std::this_thread::sleep_for(answer.pause);
        taken = !_stopping && _socket.write(answer.octets.substr(at, 1));
    }
    switch (answer.then) {
    case SmtpAnswer::Then::goOn:
        return taken;
    case SmtpAnswer::Then::close:
        return false;
    case SmtpAnswer::Then::reset:
        _socket.closeWithReset();
        return false;
    case SmtpAnswer::Then::silence:
        while (!_socket.read().empty()) {
        }
        return false;
    case SmtpAnswer::Then::endless:
        while (_socket.write(answer.octets)) {
        }
        return false;
    }
    return false;
}

bool Dialogue::shakeHands()
{
    if (_script) {
        if (const auto answer = _script({SmtpMoment::handshake, _number, 1, ""})) {
            _socket.read(); // the client's part comes first
            carryOut(*answer);
            return false;
        }
    }
    _underTls = true;
    return _socket.acceptTls(_options.certificate, _options.newestTls);
}

std::optional<std::string> Dialogue::readUntil(std::string_view ending)
{
    for (;;) {
        if (const auto at = _buffer.find(ending); at != std::string::npos) {
            std::string result = _buffer.substr(0, at + ending.size());
            _buffer.erase(0, at + ending.size());
            return result;
        }
        const std::string octets = _socket.read();
        if (octets.empty()) {
            return std::nullopt;
        }
        _buffer += octets;
        const std::lock_guard lock(_record.mutex);
        _record.received[static_cast<std::size_t>(_number - 1)] += octets;
    }
}

std::optional<std::string> Dialogue::readLine()
{
    auto line = readUntil("\r\n");
    if (line) {
        line->resize(line->size() - 2);
    }
    return line;
}

bool Dialogue::obey(const std::string& command)
{
    const SmtpMoment moment = momentOf(command);
    switch (moment) {
    case SmtpMoment::ehlo:
    case SmtpMoment::helo:
        return hello(moment, command);
    case SmtpMoment::startTls:
        if (!speak(moment, command, "220 2.0.0 go ahead\r\n")) {
            return false;
        }
        return !_accepted || shakeHands();
    case SmtpMoment::auth:
        return logIn(command);
    case SmtpMoment::mail:
        _message = {_number, command, {}, ""};
        _count[SmtpMoment::rcpt] = 0;
        return speak(moment, command, "250 2.1.0 sender ok\r\n");
    case SmtpMoment::rcpt:
        if (!speak(moment, command, "250 2.1.5 recipient ok\r\n")) {
            return false;
        }
        if (_accepted) {
            _message.recipients.push_back(command);
        }
        return true;
    case SmtpMoment::data:
        return takeMessage();
    case SmtpMoment::quit:
        speak(moment, command, "221 2.0.0 bye\r\n");
        return false;
    case SmtpMoment::rset:
        return speak(moment, command, "250 2.0.0 forgotten\r\n");
    default:
        return speak(moment, command, "500 5.5.2 what?\r\n");
    }
}

bool Dialogue::hello(SmtpMoment moment, const std::string& command)
{
    std::string usual = "250 scripted.example.org\r\n";
    if (moment == SmtpMoment::ehlo) {
        std::vector<std::string> lines{"scripted.example.org greets you"};
        lines.insert(lines.end(), _options.capabilities.begin(), _options.capabilities.end());
        if (_options.tls == SmtpServerOptions::Tls::starttls && !_underTls) {
            lines.emplace_back("STARTTLS");
        }
        if (!_options.user.empty()) {
            lines.push_back("AUTH " + _options.mechanisms);
        }
        usual.clear();
        for (std::size_t at = 0; at < lines.size(); ++at) {
            usual += (at + 1 < lines.size() ? "250-" : "250 ") + lines[at] + "\r\n";
        }
    }
    return speak(moment, command, usual);
}

bool Dialogue::logIn(const std::string& command)
{
    const auto verdict = [&](bool good) {
        return good ? "235 2.7.0 welcome\r\n" : "535 5.7.8 wrong user or password\r\n";
    };
    if (startsWith(command, "AUTH PLAIN ")) {
        const std::string nul(1, '\0');
        const bool good =
            fromBase64(command.substr(11)) == nul + _options.user + nul + _options.password;
        return speak(SmtpMoment::auth, command, verdict(good));
    }
    std::vector<std::string> words;
    for (const std::string prompt : {"334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"}) {
        if (!speak(SmtpMoment::auth, words.empty() ? command : words.back(), prompt)) {
            return false;
        }
        const auto line = readLine();
        if (!line) {
            return false;
        }
        words.push_back(*line);
    }
    const bool good =
        fromBase64(words[0]) == _options.user && fromBase64(words[1]) == _options.password;
    return speak(SmtpMoment::auth, words.back(), verdict(good));
}

bool Dialogue::takeMessage()
{
    bool willTake = true;
    const int number = ++_count[SmtpMoment::data];
    std::optional<SmtpAnswer> answer;
    if (_script) {
        answer = _script({SmtpMoment::data, _number, number, "DATA"});
    }
    if (answer) {
        willTake = answer->octets.starts_with("354");
    }
    if (!carryOut(answer.value_or(SmtpAnswer{"354 go ahead\r\n"}))) {
        return false;
    }
    if (!willTake) {
        return true;
    }
    // The line end before the dot is the message's own; an empty message begins with the dot.
    _buffer.insert(0, "\r\n");
    auto octets = readUntil("\r\n.\r\n");
    if (!octets) {
        return false;
    }
    _message.octets = octets->substr(2, octets->size() - 5);
    {
        const std::lock_guard lock(_record.mutex);
        _record.messages.push_back(_message);
    }
    return speak(SmtpMoment::dot, _message.octets, "250 2.0.0 queued as SCRIPT1\r\n");
}

} // namespace

class ScriptedSmtpServer::Listener {
public:
    Listener(SmtpScript script, SmtpServerOptions options)
        : _script(std::move(script)), _options(std::move(options))
    {
        _descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (_descriptor < 0 || ::bind(_descriptor, generic, size) != 0 ||
            ::listen(_descriptor, 64) != 0 || ::getsockname(_descriptor, generic, &size) != 0)
        {
            throw std::runtime_error("cannot listen on 127.0.0.1");
        }
        _port = ntohs(address.sin_port);
        _thread = std::thread([this] { accept(); });
    }

    ~Listener()
    {
        _stopping = true;
        ::shutdown(_descriptor, SHUT_RDWR);
        _thread.join();
        {
            const std::lock_guard lock(_record.mutex);
            for (const auto& socket : _sockets) {
                socket->shutDown();
            }
        }
        for (std::thread& thread : _dialogues) {
            thread.join();
        }
        ::close(_descriptor);
    }

    int port() const { return _port; }
    const SmtpRecord& record() const { return _record; }

private:
    void accept()
    {
        // TLS writes to connections that the client has left.
        sigset_t pipe;
        ::sigemptyset(&pipe);
        ::sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        for (;;) {
            const int descriptor = ::accept4(_descriptor, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) {
                return;
            }
            const int on = 1;
            ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const std::lock_guard lock(_record.mutex);
            _record.received.emplace_back();
            const int number = static_cast<int>(_record.received.size());
            auto socket = std::make_shared<SmtpPeerSocket>(descriptor);
            _sockets.push_back(socket);
            _dialogues.emplace_back([this, number, socket] {
                Dialogue(number, *socket, _script, _options, _record, _stopping).run();
                socket->shutDown();
            });
        }
    }

    SmtpScript _script;
    SmtpServerOptions _options;
    int _descriptor{};
    int _port{};
    std::atomic<bool> _stopping{};
    SmtpRecord _record;
    std::vector<std::shared_ptr<SmtpPeerSocket>> _sockets;
    std::vector<std::thread> _dialogues;
    std::thread _thread;
};

ScriptedSmtpServer::ScriptedSmtpServer(SmtpScript script, SmtpServerOptions options)
    : _listener(std::make_unique<Listener>(std::move(script), std::move(options)))
{
}

ScriptedSmtpServer::~ScriptedSmtpServer() = default;

int ScriptedSmtpServer::port() const
{
    return _listener->port();
}

int ScriptedSmtpServer::connections() const
{
    const std::lock_guard lock(_listener->record().mutex);
    return static_cast<int>(_listener->record().received.size());
}

std::string ScriptedSmtpServer::received(int connection) const
{
    const std::lock_guard lock(_listener->record().mutex);
    const auto& all = _listener->record().received;
    const auto index = static_cast<std::size_t>(connection - 1);
    return index < all.size() ? all[index] : "";
}

bool ScriptedSmtpServer::waitForEnd(const std::string& ending, int connection) const
{
    for (int look = 0; look < 2000; ++look) {
        if (received(connection).ends_with(ending)) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return false;
}

std::vector<SmtpMessage> ScriptedSmtpServer::messages() const
{
    const std::lock_guard lock(_listener->record().mutex);
    return _listener->record().messages;
}

} // namespace notifyhost::test
