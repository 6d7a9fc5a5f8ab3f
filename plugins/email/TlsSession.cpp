#include "TlsSession.h"

#include "Certificate.h"
#include "LinkError.h"
#include "SmtpText.h"

#include <array>
#include <new>

#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace notifyhost::email {

namespace {

std::string takeError()
{
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "no reason given" : reason;
}

/// Lets the handshake end whatever the certificate, because it is judged afterwards, when there is
/// something to say about it. No command is sent before that. The first complaint is noted, because
/// a later one would hide it.
int noteAndGoOn(int good, X509_STORE_CTX* store)
{
    if (good != 1) {
        const auto* ssl = static_cast<const SSL*>(
            X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
        int& complaint = *static_cast<int*>(SSL_get_app_data(ssl));
        complaint = complaint == X509_V_OK ? X509_STORE_CTX_get_error(store) : complaint;
    }
    return 1;
}

bool isNumeric(const std::string& host)
{
    const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> address(
        a2i_IPADDRESS(host.c_str()), ASN1_OCTET_STRING_free);
    ERR_clear_error();
    return address != nullptr;
}

} // namespace

TlsContext::TlsContext(const std::filesystem::path& caFile)
    : _context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free)
{
    if (!_context) {
        throw LinkError(LinkError::Kind::tls, "TLS cannot be used here: " + takeError());
    }
    SSL_CTX_set_min_proto_version(_context.get(), TLS1_2_VERSION);
    SSL_CTX_set_default_verify_paths(_context.get());
    if (!caFile.empty() && SSL_CTX_load_verify_file(_context.get(), caFile.c_str()) != 1) {
        throw LinkError(LinkError::Kind::certificate, "the file of the key ca_file, " +
                                                          caFile.string() +
                                                          ", cannot be used: " + takeError());
    }
    ERR_clear_error();
}

TlsSession::TlsSession(const TlsContext& context, TcpStream& stream, const std::string& host,
                       Trust trust, const Limit& limit)
    : _ssl(SSL_new(context.get()), SSL_free)
{
    _incoming = BIO_new(BIO_s_mem());
    _outgoing = BIO_new(BIO_s_mem());
    if (!_ssl || _incoming == nullptr || _outgoing == nullptr) {
        throw std::bad_alloc();
    }
    SSL_set_bio(_ssl.get(), _incoming, _outgoing);
    expect(host, trust);
    shakeHands(stream, limit);
    examineCertificate(trust);
}

void TlsSession::expect(const std::string& host, Trust trust)
{
    SSL_set_connect_state(_ssl.get());
    SSL_set_verify(_ssl.get(), SSL_VERIFY_PEER, noteAndGoOn);
    SSL_set_app_data(_ssl.get(), &_complaint);
    SSL_set_hostflags(_ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool numeric = isNumeric(host);
    const int expected =
        numeric ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(_ssl.get()), host.c_str())
                : SSL_set1_host(_ssl.get(), host.c_str());
    if (expected != 1 && trust == Trust::verified) {
        fail("the name " + host + " cannot be looked for in a certificate");
    }
    if (!numeric) {
        SSL_set_tlsext_host_name(_ssl.get(), host.c_str());
    }
}

void TlsSession::shakeHands(TcpStream& stream, const Limit& limit)
{
    for (;;) {
        ERR_clear_error();
        const int status = SSL_do_handshake(_ssl.get());
        const int error = SSL_get_error(_ssl.get(), status);
        flush(stream, limit);
        if (status == 1) {
            return;
        }
        if (error != SSL_ERROR_WANT_READ) {
            fail("the TLS handshake failed");
        }
        const std::string octets = stream.receive(limit);
        if (octets.empty()) {
            throw LinkError(LinkError::Kind::tls,
                            "the server closed the connection in the TLS handshake");
        }
        feed(octets);
    }
}

void TlsSession::examineCertificate(Trust trust)
{
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        SSL_get1_peer_certificate(_ssl.get()), X509_free);
    _certificate = certificate ? describe(certificate.get()) : "none";
    const long result = _complaint != X509_V_OK ? _complaint : SSL_get_verify_result(_ssl.get());
    if (!certificate) {
        _distrust = "the server has no certificate";
    } else if (result != X509_V_OK) {
        _distrust = X509_verify_cert_error_string(result);
    }
    if (trust == Trust::verified && !_distrust.empty()) {
        throw LinkError(LinkError::Kind::certificate,
                        "the certificate is not to be trusted: " + _distrust + " (" + _certificate +
                            "). Write a name of the certificate in the key host, or the file with "
                            "the issuer's certificate in ca_file");
    }
}

void TlsSession::fail(const std::string& what)
{
    throw LinkError(LinkError::Kind::tls, what + ": " + takeError());
}

void TlsSession::flush(TcpStream& stream, const Limit& limit)
{
    char* octets = nullptr;
    const long size = BIO_get_mem_data(_outgoing, &octets);
    if (size > 0) {
        stream.send({octets, static_cast<std::size_t>(size)}, limit);
        BIO_reset(_outgoing);
    }
}

void TlsSession::feed(const std::string& octets)
{
    BIO_write(_incoming, octets.data(), static_cast<int>(octets.size()));
}

std::optional<std::string> TlsSession::decrypt()
{
    std::array<char, 4096> buffer;
    ERR_clear_error();
    const int count = SSL_read(_ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (count > 0) {
        return std::string(buffer.data(), static_cast<std::size_t>(count));
    }
    switch (SSL_get_error(_ssl.get(), count)) {
    case SSL_ERROR_WANT_READ:
        return std::nullopt;
    case SSL_ERROR_ZERO_RETURN:
        return std::string{};
    default:
        throw LinkError(LinkError::Kind::lost, "the TLS session broke: " + takeError());
    }
}

void TlsSession::send(TcpStream& stream, std::string_view octets, const Limit& limit)
{
    if (octets.empty()) {
        return;
    }
    ERR_clear_error();
    if (SSL_write(_ssl.get(), octets.data(), static_cast<int>(octets.size())) <= 0) {
        throw LinkError(LinkError::Kind::lost, "the TLS session broke: " + takeError());
    }
    flush(stream, limit);
}

std::string TlsSession::receive(TcpStream& stream, const Limit& limit)
{
    for (;;) {
        limit.check();
        if (auto octets = decrypt()) {
            return *octets;
        }
        flush(stream, limit);
        const std::string octets = stream.receive(limit);
        if (octets.empty()) {
            return {};
        }
        feed(octets);
    }
}

std::optional<std::string> TlsSession::receiveNow(TcpStream& stream, const Limit& limit)
{
    for (;;) {
        // Records may hold no octets for us, and come without end.
        limit.check();
        if (auto octets = decrypt()) {
            return octets;
        }
        const auto octets = stream.receiveNow();
        if (!octets || octets->empty()) {
            return octets;
        }
        feed(*octets);
    }
}

void TlsSession::shutDown(TcpStream& stream, const Limit& limit)
{
    ERR_clear_error();
    SSL_shutdown(_ssl.get());
    flush(stream, limit);
    ERR_clear_error();
}

std::string TlsSession::version() const
{
    return SSL_get_version(_ssl.get());
}

} // namespace notifyhost::email
