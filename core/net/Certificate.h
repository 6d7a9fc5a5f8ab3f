#pragma once

#include <notifyhost/Connection.h>

#include <Poco/Crypto/X509Certificate.h>

#include <optional>
#include <string>

#include <openssl/x509.h>

namespace notifyhost::net {

/// A certificate for people: "CN=a, issuer CN=Our CA, expires 2027-01-31 12:00:00 UTC, names a, b".
std::string describe(const Poco::Crypto::X509Certificate& certificate);

/// What an operator does about a complaint, which differs with each kind of them.
/// Shape: error as OpenSSL numbers them, X509_V_ERR_….
std::string advice(int error, const Poco::Crypto::X509Certificate& certificate,
                   const TlsWish& wish);

/// Judges the certificate that a peer shows in a handshake on this thread, as long as it lives. The
/// handshake goes to its end whatever the certificate, because then there is something to say about
/// it; no word of a protocol is sent before it is judged. The first complaint counts: a later one
/// would hide it.
class CertificateWatch {
public:
    CertificateWatch();
    ~CertificateWatch();
    CertificateWatch(const CertificateWatch&) = delete;
    CertificateWatch& operator=(const CertificateWatch&) = delete;

    /// Complains where the certificate is not for host.
    void expectName(const Poco::Crypto::X509Certificate& certificate, const std::string& host,
                    bool numeric);

    /// "certificate has expired"; empty: there is none.
    std::string complaint() const;

    /// The complaint, the certificate that it is about, and what to do.
    std::string trouble(const TlsWish& wish) const;

    /// For SSL_CTX_set_verify().
    static int noteAndGoOn(int good, X509_STORE_CTX* store);

private:
    int _error{X509_V_OK};
    std::optional<Poco::Crypto::X509Certificate> _certificate; ///< of the chain
};

} // namespace notifyhost::net
