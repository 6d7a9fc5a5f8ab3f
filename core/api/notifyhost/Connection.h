#pragma once

#include <notifyhost/Abi.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

NOTIFYHOST_NAMESPACE_BEGIN

/// A connection cannot be had, or is good for nothing any more but to be closed. Whose fault that
/// is depends on how far the dialogue had come, which the protocol alone knows.
class NOTIFYHOST_PUBLIC ConnectionError : public std::runtime_error {
public:
    enum class Kind {
        lost,       ///< no address, nobody there, closed or reset
        late,       ///< the limit is over
        cancelled,  ///< the operator wants the program to end
        nonsense,   ///< for the protocol to throw: what came is not it, or more than anybody needs
        tls,        ///< no TLS session with this peer
        certificate ///< a certificate that is not to be trusted, or nothing to judge it by
    };
    ConnectionError(Kind kind, const std::string& what) : std::runtime_error(what), _kind(kind) {}
    Kind kind() const noexcept { return _kind; }

private:
    Kind _kind;
};

/// Until when one step of a dialogue may go on, and what else ends it. A step is all of a reply or
/// of a message, however many octets come one by one: a peer that drips gains nothing.
struct Limit {
    std::chrono::steady_clock::time_point end;
    std::function<bool()> cancelled{}; ///< asked ten times a second; unset: only time ends the step
    std::string late{"no answer in time"}; ///< what the error says when the time is over

    /// Whether the step may go on. Errors: ConnectionError late or cancelled.
    void check() const
    {
        if (cancelled && cancelled()) {
            throw ConnectionError(ConnectionError::Kind::cancelled,
                                  "given up because the program is ending");
        }
        if (std::chrono::steady_clock::now() >= end) {
            throw ConnectionError(ConnectionError::Kind::late, late);
        }
    }
};

/// Whom a peer must prove to be under TLS, and which settings an operator mends it with.
struct TlsWish {
    enum class Trust {
        verified, ///< chain and name, else no session
        anything  ///< what is wrong is told in PeerDescription::distrust, and not acted upon
    };
    std::string host; ///< a name or numeric address; the final dot of a name does not count
    Trust trust{Trust::verified};
    std::filesystem::path caFile{};          ///< trusted beside the system's (PEM); empty: none
    std::string hostSetting{"the key host"}; ///< as advice names them
    std::string caSetting{"the key ca_file"};
};

/// Who is at the other end, for messages.
struct PeerDescription {
    std::string address;    ///< "192.0.2.1", "2001:db8::1"
    std::string ownAddress; ///< of this end
    std::string tls{};      ///< "TLSv1.3"; empty: plain
    std::string
        certificate{};      ///< "CN=a, issuer CN=Our CA, expires 2027-01-31 12:00:00 UTC, names a"
    std::string distrust{}; ///< what is wrong with the certificate; empty: nothing
};

/// One TCP connection, plain at first. Deleting it closes it; under TLS that says so to the peer,
/// but waits for nothing.
/// Errors: ConnectionError. Blocks no longer than the limit. Threads: one at a time.
class NOTIFYHOST_PUBLIC Connection {
public:
    virtual ~Connection() = default;

    /// Sends all octets.
    virtual void send(std::string_view octets, const Limit& limit) = 0;

    /// Sends octets until all are gone, or the peer has spoken or hung up instead of listening;
    /// returns how many went. For requests that a peer may answer before it has read them.
    virtual std::size_t sendUnlessAnswered(std::string_view octets, const Limit& limit) = 0;

    /// What has arrived, waiting for at least one octet. Empty: the peer has closed in good order;
    /// under TLS, a stream without its closing alert was cut short and is an error.
    virtual std::string receive(const Limit& limit) = 0;

    /// What has arrived by now; nullopt: nothing. Empty: as receive().
    virtual std::optional<std::string> receiveNow(const Limit& limit) = 0;

    /// Shakes hands: TLS 1.2 or later, from here on for everything. Throw away with receiveNow()
    /// what came before, or others may put words into the peer's mouth (RFC 3207 section 6).
    /// Source: RFC 8446; names as in RFC 6125, section 6.4.
    /// Errors: tls; certificate, with what to do about it: for trust verified, and for a caFile
    ///         that cannot be used.
    virtual void startTls(const TlsWish& wish, const Limit& limit) = 0;

    virtual const PeerDescription& peer() const = 0;
};

/// The way to a peer. Threads: any.
class NOTIFYHOST_PUBLIC Network {
public:
    virtual ~Network() = default;

    /// All addresses of a name, or of a numeric address (itself), in the order the system prefers.
    /// The system's resolver knows no deadline: it works in a thread of its own, which is left to
    /// itself when the limit is over.
    /// Shape: IPv6 without brackets, here and in the answer.
    /// Errors: ConnectionError lost where the name has none; late, cancelled.
    virtual std::vector<std::string> addresses(const std::string& host, const Limit& limit) = 0;

    /// Connects to the first of the addresses that accepts. Each gets a fair share of the time.
    /// Errors: ConnectionError lost, telling what became of the first and of the last; late where
    ///         the one and only did not answer; cancelled.
    virtual std::unique_ptr<Connection> connect(const std::vector<std::string>& addresses,
                                                std::uint16_t port, const Limit& limit) = 0;

    /// This host's full name, as others may know it: its own where that has a domain, else what
    /// the resolver makes of it. Empty where there is none, or where it does not come in time.
    /// Errors: ConnectionError cancelled.
    virtual std::string ownName(const Limit& limit) = 0;
};

NOTIFYHOST_NAMESPACE_END
