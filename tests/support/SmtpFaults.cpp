#include "support/SmtpFaults.h"

#include <atomic>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

struct Row {
    SmtpStage stage;
    std::string_view name;
    std::string_view outcomes; ///< one letter per fault
};

// S  tryAgain, the whole service: nothing else can be sent either
// C  the same, and the server refused who we are
// B  tryAgain, the connection broke after the server had heard of the message
// N  tryAgain, the server takes nothing from this sender
// T  tryAgain, this message alone
// R  refused
// t  delivered, but the recipient in question is tryAgain
// r  delivered, but the recipient in question is refused
// U  unknown: the message was sent, and nobody said what became of it
// D  delivered
constexpr Row kTable[] = {
    // transient, permanent, closing, silence, reset, end in reply, garbage, endless line, endless
    // lines, slow octets
    {SmtpStage::connect, "connect", "SSSSSSSSSS"},
    {SmtpStage::greeting, "greeting", "SSSSSSSSSS"},
    {SmtpStage::ehlo, "EHLO", "SSSSSSSSSS"},
    {SmtpStage::startTls, "STARTTLS", "SSSSSSSSSS"},
    {SmtpStage::handshake, "handshake", "SSSSSSSSSS"},
    {SmtpStage::auth, "AUTH", "SCSSSSSSSS"},
    {SmtpStage::mail, "MAIL", "TNBBBBBBBB"},
    {SmtpStage::rcpt1, "RCPT 1 of 3", "trBBBBBBBB"},
    {SmtpStage::rcpt2, "RCPT 2 of 3", "trBBBBBBBB"},
    {SmtpStage::data, "DATA", "TRBBBBBBBB"},
    {SmtpStage::afterDot, "after the dot", "TRBUUUUUUU"},
    {SmtpStage::rset, "RSET", "DDDDDDDDDD"},
    {SmtpStage::quit, "QUIT", "DDDDDDDDDD"},
};

constexpr std::string_view kFaultNames[] = {
    "a 4xx reply",       "a 5xx reply", "421 and close",   "silence",       "reset",
    "an end in a reply", "garbage",     "an endless line", "endless lines", "slow octets"};

SmtpCell cell(const Row& row, std::size_t fault)
{
    SmtpCell result;
    result.stage = row.stage;
    result.fault = static_cast<SmtpFault>(fault);
    const char outcome = row.outcomes[fault];
    const bool one = outcome == 't' || outcome == 'r';
    result.verdict = one || outcome == 'D' ? Verdict::delivered
                     : outcome == 'R'      ? Verdict::refused
                     : outcome == 'U'      ? Verdict::unknown
                                           : Verdict::tryAgain;
    result.scope = outcome == 'S' || outcome == 'C'   ? Scope::service
                   : outcome == 'B' || outcome == 'U' ? Scope::connection
                   : outcome == 'N'                   ? Scope::sender
                                                      : Scope::message;
    result.credentials = outcome == 'C';
    result.recipient = !one ? 0 : row.stage == SmtpStage::rcpt1 ? 1 : 2;
    result.recipientVerdict = outcome == 'r' ? Verdict::refused : Verdict::tryAgain;
    return result;
}

/// The code of a good reply at that stage, so that what is wrong is only what is meant to be.
std::string goodCode(SmtpStage stage)
{
    switch (stage) {
    case SmtpStage::connect:
    case SmtpStage::greeting:
    case SmtpStage::startTls:
    case SmtpStage::handshake:
        return "220";
    case SmtpStage::auth:
        return "235";
    case SmtpStage::data:
        return "354";
    case SmtpStage::quit:
        return "221";
    default:
        return "250";
    }
}

std::string times(std::size_t count, const std::string& text)
{
    std::string result;
    while (count-- > 0) {
        result += text;
    }
    return result;
}

SmtpAnswer answer(SmtpStage stage, SmtpFault fault)
{
    using Then = SmtpAnswer::Then;
    const std::string code = goodCode(stage);
    switch (fault) {
    case SmtpFault::transient:
        return {"451 4.3.0 come back later\r\n"};
    case SmtpFault::permanent:
        return {"550 5.7.1 we do not want that\r\n"};
    case SmtpFault::closing:
        return {"421 4.3.2 closing down\r\n", Then::close};
    case SmtpFault::silence:
        return {"", Then::silence};
    case SmtpFault::reset:
        return {"", Then::reset};
    case SmtpFault::endInReply:
        return {code + "-and then\r\n", Then::close};
    case SmtpFault::garbage:
        return {times(500, std::string("\x00\xFF\x16\x03\x1B[2J??\r\n", 11)), Then::silence};
    case SmtpFault::endlessLine:
        return {times(1000, "x"), Then::endless};
    case SmtpFault::endlessLines:
        return {times(100, code + "-and on\r\n"), Then::endless};
    case SmtpFault::slowOctets:
        return {times(120, code + "-one moment please\r\n") + code + " there you are\r\n",
                Then::goOn, std::chrono::milliseconds{10}};
    }
    return {};
}

bool isTurn(SmtpStage stage, const SmtpTurn& turn)
{
    switch (stage) {
    case SmtpStage::connect:
        return turn.moment == SmtpMoment::connect;
    case SmtpStage::greeting:
        return turn.moment == SmtpMoment::greeting;
    case SmtpStage::ehlo:
        return turn.moment == SmtpMoment::ehlo;
    case SmtpStage::startTls:
        return turn.moment == SmtpMoment::startTls;
    case SmtpStage::handshake:
        return turn.moment == SmtpMoment::handshake;
    case SmtpStage::auth:
        return turn.moment == SmtpMoment::auth;
    case SmtpStage::mail:
        return turn.moment == SmtpMoment::mail;
    case SmtpStage::rcpt1:
        return turn.moment == SmtpMoment::rcpt && turn.number == 1;
    case SmtpStage::rcpt2:
        return turn.moment == SmtpMoment::rcpt && turn.number == 2;
    case SmtpStage::data:
        return turn.moment == SmtpMoment::data;
    case SmtpStage::afterDot:
        return turn.moment == SmtpMoment::dot;
    case SmtpStage::rset:
        return turn.moment == SmtpMoment::rset;
    case SmtpStage::quit:
        return turn.moment == SmtpMoment::quit;
    }
    return false;
}

SmtpScript script(const SmtpCell& cell, Lasting lasting)
{
    const auto happened = std::make_shared<std::atomic<bool>>(false);
    return [cell, lasting, happened](const SmtpTurn& turn) -> std::optional<SmtpAnswer> {
        if (cell.stage == SmtpStage::rset && turn.moment == SmtpMoment::data &&
            turn.connection == 1) {
            return SmtpAnswer{"554 5.6.0 not this one\r\n"};
        }
        if (!isTurn(cell.stage, turn) || (happened->exchange(true) && lasting == Lasting::once)) {
            return std::nullopt;
        }
        return answer(cell.stage, cell.fault);
    };
}

} // namespace

std::string SmtpCell::name() const
{
    for (const Row& row : kTable) {
        if (row.stage == stage) {
            return std::string(row.name) + ", " +
                   std::string(kFaultNames[static_cast<std::size_t>(fault)]);
        }
    }
    throw std::logic_error("a stage that the table does not have");
}

bool SmtpCell::waits() const
{
    return fault == SmtpFault::silence || fault == SmtpFault::slowOctets;
}

std::vector<SmtpCell> smtpCells()
{
    std::vector<SmtpCell> result;
    for (const Row& row : kTable) {
        for (std::size_t fault = 0; fault < row.outcomes.size(); ++fault) {
            result.push_back(cell(row, fault));
        }
    }
    return result;
}

/// A port of its own at which nobody can connect.
class SmtpFaultPeer::DeafPort {
public:
    enum class How {
        closed, ///< taken, but nobody listens: connecting is refused
        full    ///< the queue of connections is full: connecting gets no answer
    };

    explicit DeafPort(How how) : _listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(_listener, generic, size) != 0 ||
            ::getsockname(_listener, generic, &size) != 0 ||
            (how == How::full && ::listen(_listener, 0) != 0))
        {
            throw std::runtime_error("cannot listen on 127.0.0.1");
        }
        port = ntohs(address.sin_port);
        for (int& filler : _fillers) {
            filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            (void)::connect(filler, generic, size); // the first is taken, the others wait
        }
    }

    ~DeafPort()
    {
        for (const int filler : _fillers) {
            ::close(filler);
        }
        ::close(_listener);
    }

    int port{};

private:
    int _listener;
    int _fillers[4]{};
};

SmtpFaultPeer::SmtpFaultPeer(const SmtpCell& cell, const SmtpServerOptions& options,
                             Lasting lasting)
{
    const bool connecting = cell.stage == SmtpStage::connect;
    if (connecting && (cell.fault == SmtpFault::reset || cell.fault == SmtpFault::silence)) {
        _deaf = std::make_unique<DeafPort>(cell.fault == SmtpFault::reset ? DeafPort::How::closed
                                                                          : DeafPort::How::full);
        _port = _deaf->port;
    } else {
        _server = std::make_unique<ScriptedSmtpServer>(script(cell, lasting), options);
        _port = _server->port();
    }
}

SmtpFaultPeer::~SmtpFaultPeer() = default;

int SmtpFaultPeer::port() const
{
    return _port;
}

std::vector<SmtpMessage> SmtpFaultPeer::messages() const
{
    return _server ? _server->messages() : std::vector<SmtpMessage>{};
}

int SmtpFaultPeer::connections() const
{
    return _server ? _server->connections() : 0;
}

} // namespace notifyhost::test
