#pragma once

#include "Limit.h"
#include "TcpStream.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace notifyhost::email {

/// What all TLS sessions of one transport share. Made when the first server needs it: reading the
/// trusted certificates costs tens of milliseconds.
class TlsContext {
public:
    /// Trusts the system's certificates, and those of caFile unless it is empty.
    /// Errors: LinkError certificate for a caFile that cannot be used.
    explicit TlsContext(const std::filesystem::path& caFile);

    SSL_CTX* get() const { return _context.get(); }

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> _context;
};

enum class Trust {
    verified, ///< chain and host name, else no session
    anything  ///< whatever is wrong is told, not acted upon
};

/// TLS 1.2 or later over a TcpStream.
///
/// OpenSSL is used directly, with the octets passed through memory, for three reasons. Poco's
/// SecureStreamSocket exceeds a time limit two to three times, because it applies to each of
/// several waits; here every wait is a Limit's. It reports a refused certificate through a handler
/// that the whole process shares, so a plugin could not name issuer, expiry and names without
/// meddling with the host's own TLS. And a write to a closed connection cannot raise SIGPIPE.
/// Errors: LinkError. Threads: one at a time.
class TlsSession {
public:
    /// Shakes hands. What has arrived over the stream before is the caller's to throw away.
    TlsSession(const TlsContext& context, TcpStream& stream, const std::string& host, Trust trust,
               const Limit& limit);
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    /// As the functions of TcpStream.
    void send(TcpStream& stream, std::string_view octets, const Limit& limit);
    std::string receive(TcpStream& stream, const Limit& limit);
    std::optional<std::string> receiveNow(TcpStream& stream, const Limit& limit);

    /// Tells the other side that nothing more comes; never waits long.
    void shutDown(TcpStream& stream, const Limit& limit);

    /// "TLSv1.3", and what describe() says of the certificate.
    std::string version() const;
    const std::string& certificate() const { return _certificate; }

    /// Why the certificate would not do; empty: it does.
    const std::string& distrust() const { return _distrust; }

private:
    void expect(const std::string& host, Trust trust);
    void shakeHands(TcpStream& stream, const Limit& limit);
    void examineCertificate(Trust trust);
    void flush(TcpStream& stream, const Limit& limit);
    void feed(const std::string& octets);
    std::optional<std::string> decrypt();
    [[noreturn]] void fail(const std::string& what);

    std::unique_ptr<SSL, decltype(&SSL_free)> _ssl;
    BIO* _incoming{}; ///< owned by _ssl
    BIO* _outgoing{}; ///< owned by _ssl
    int _complaint{X509_V_OK};
    std::string _certificate;
    std::string _distrust;
};

} // namespace notifyhost::email
