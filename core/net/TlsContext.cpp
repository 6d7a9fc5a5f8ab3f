#include "net/TlsContext.h"

#include "net/Stream.h"

#include <fstream>
#include <map>
#include <memory>
#include <mutex>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace notifyhost::net {

namespace {

/// The first certificate that was not accepted, noted while the chain is verified: afterwards the
/// handshake is over and OpenSSL has forgotten it.
struct Refusal {
    int error{X509_V_OK};
    std::string subject;
    std::string issuer;
    std::string expiry;
    std::string names;
};

std::string text(BIO* output)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(output, &data);
    return {data, static_cast<std::size_t>(size)};
}

using Output = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string nameText(const X509_NAME* name)
{
    const Output output(BIO_new(BIO_s_mem()), &BIO_free);
    X509_NAME_print_ex(output.get(), name, 0, XN_FLAG_RFC2253);
    return text(output.get());
}

std::string dateText(const ASN1_TIME* time)
{
    tm fields{};
    if (ASN1_TIME_to_tm(time, &fields) != 1) {
        return "an unreadable date";
    }
    char buffer[32] = "";
    return {buffer, std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S UTC", &fields)};
}

/// The names a certificate is for, as far as they are of use in a message.
std::string subjectNames(const X509* certificate)
{
    constexpr int kEnough = 5;
    auto* found = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(found,
                                                                              &GENERAL_NAMES_free);
    const Output output(BIO_new(BIO_s_mem()), &BIO_free);
    for (int index = 0; index < sk_GENERAL_NAME_num(found) && index < kEnough; ++index) {
        BIO_puts(output.get(), index == 0 ? "" : ", ");
        GENERAL_NAME_print(output.get(), sk_GENERAL_NAME_value(found, index));
    }
    return text(output.get());
}

int refusalIndex()
{
    static const int index = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* refusal, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<Refusal*>(refusal);
        });
    return index;
}

int noteRefusal(int accepted, X509_STORE_CTX* store)
{
    auto* tls =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* refusal = static_cast<Refusal*>(SSL_get_ex_data(tls, refusalIndex()));
    if (accepted == 1 || refusal == nullptr || refusal->error != X509_V_OK) {
        return accepted;
    }
    refusal->error = X509_STORE_CTX_get_error(store);
    const X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (certificate == nullptr) {
        certificate = X509_STORE_CTX_get0_cert(store);
    }
    if (certificate != nullptr) {
        refusal->subject = nameText(X509_get_subject_name(certificate));
        refusal->issuer = nameText(X509_get_issuer_name(certificate));
        refusal->expiry = dateText(X509_get0_notAfter(certificate));
        refusal->names = subjectNames(certificate);
    }
    return accepted;
}

std::string advice(int error)
{
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "have it renewed, or correct this machine's clock (ssl_cert_file in section [SSL] "
               "helps only with an unknown issuer)";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "use a name that the certificate is for in the URL (ssl_cert_file in section [SSL] "
               "helps only with an unknown issuer)";
    default:
        return "if the issuer is to be trusted, put its certificate (PEM) into a file and name "
               "that "
               "file with ssl_cert_file in section [SSL]";
    }
}

void readCaFile(SSL_CTX* context, const std::filesystem::path& caFile)
{
    // Opened first, because OpenSSL's own words for a missing file are of no use to anybody; and
    // only a file, because a named pipe would be waited for.
    std::error_code error;
    const bool file = std::filesystem::is_regular_file(caFile, error);
    const bool readable = file && std::ifstream(caFile).good();
    if (!readable || SSL_CTX_load_verify_file(context, caFile.c_str()) != 1) {
        ERR_clear_error();
        throw LinkError("the CA file " + caFile.string() + " (ssl_cert_file in section [SSL]) " +
                            (readable ? "holds no certificate in PEM form" : "cannot be read"),
                        ServiceError::Kind::configuration);
    }
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Context makeContext(const std::filesystem::path& caFile)
{
    Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    if (!context) {
        throw LinkError("cannot set up TLS: " + tlsError());
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &noteRefusal);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_verify_paths(context.get());
    if (!caFile.empty()) {
        readCaFile(context.get(), caFile);
    }
    ERR_clear_error();
    return context;
}

} // namespace

SSL_CTX* tlsContext(const std::filesystem::path& caFile)
{
    // Never destroyed: OpenSSL cleans up after itself at exit, before our statics would.
    static auto& mutex = *new std::mutex;
    static auto& contexts = *new std::map<std::filesystem::path, Context>;
    const std::lock_guard lock(mutex);
    auto found = contexts.find(caFile);
    if (found == contexts.end()) {
        found = contexts.emplace(caFile, makeContext(caFile)).first;
    }
    return found->second.get();
}

SSL* newTls(SSL_CTX* context, const std::string& host)
{
    SSL* tls = SSL_new(context);
    if (tls == nullptr) {
        throw LinkError("cannot set up TLS: " + tlsError());
    }
    SSL_set_ex_data(tls, refusalIndex(), new Refusal);
    SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
    if (!address &&
        (SSL_set1_host(tls, host.c_str()) != 1 || SSL_set_tlsext_host_name(tls, host.c_str()) != 1))
    {
        SSL_free(tls);
        throw LinkError("the name " + host + " cannot be checked against a certificate");
    }
    ERR_clear_error();
    return tls;
}

std::string certificateTrouble(SSL* tls, const std::string& host)
{
    const auto& refusal = *static_cast<const Refusal*>(SSL_get_ex_data(tls, refusalIndex()));
    if (refusal.error == X509_V_OK) {
        return {};
    }
    return "the certificate of " + host +
           " is not accepted: " + X509_verify_cert_error_string(refusal.error) +
           "; the certificate in question is for " +
           (refusal.subject.empty() ? "nobody by name" : refusal.subject) +
           (refusal.names.empty() ? "" : " (" + refusal.names + ")") + ", its issuer is " +
           refusal.issuer + ", it expires " + refusal.expiry + "; " + advice(refusal.error);
}

std::string tlsError()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* words = ERR_reason_error_string(code);
    return words != nullptr ? words : "no reason given";
}

} // namespace notifyhost::net
