#include "net/Certificate.h"

#include "net/AnswerText.h"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Net/IPAddress.h>

#include <memory>
#include <vector>

#include <openssl/x509v3.h>

namespace notifyhost::net {

namespace {

using Poco::Crypto::X509Certificate;

constexpr std::size_t kMostNames = 10;

thread_local CertificateWatch* watching = nullptr;

std::string dateText(const Poco::DateTime& time)
{
    return Poco::DateTimeFormatter::format(time, "%Y-%m-%d %H:%M:%S UTC");
}

/// The names that a certificate is for. Poco's extractNames() leaves out the addresses, which are
/// what whoever writes one into a setting looks for.
std::string names(const X509Certificate& certificate)
{
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> list(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate.certificate(), NID_subject_alt_name, nullptr, nullptr)),
        GENERAL_NAMES_free);
    std::string result;
    std::size_t count = 0;
    for (int at = 0; list && at < sk_GENERAL_NAME_num(list.get()) && count < kMostNames; ++at) {
        int type = 0;
        const auto* value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(list.get(), at), &type));
        const auto* octets = ASN1_STRING_get0_data(value);
        const int size = ASN1_STRING_length(value);
        if (type == GEN_DNS || (type == GEN_IPADD && (size == 4 || size == 16))) {
            const std::string_view name(reinterpret_cast<const char*>(octets),
                                        static_cast<std::size_t>(size));
            result +=
                (count++ == 0 ? "" : ", ") +
                (type == GEN_DNS
                     ? firstLine(name)
                     : Poco::Net::IPAddress(octets, static_cast<poco_socklen_t>(size)).toString());
        }
    }
    return result.empty() ? "none" : result;
}

} // namespace

std::string describe(const X509Certificate& certificate)
{
    const std::string subject = firstLine(certificate.subjectName());
    return (subject.empty() ? "nobody by name" : subject) + ", issuer " +
           firstLine(certificate.issuerName()) + ", expires " + dateText(certificate.expiresOn()) +
           ", names " + names(certificate);
}

std::string advice(int error, const X509Certificate& certificate, const TlsWish& wish)
{
    const std::string notHere = " (" + wish.caSetting + " helps only with an unknown issuer)";
    const std::string intoFile = " (PEM) into a file and name that file with " + wish.caSetting;
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "have it renewed, or correct this machine's clock" + notHere;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "it is valid from " + dateText(certificate.validFrom()) +
               " on: correct this machine's clock, or wait" + notHere;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "use a name that the certificate is for in " + wish.hostSetting + notHere;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "it has signed itself: if it is known to be the right one, put it" + intoFile;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "if the issuer is to be trusted, put its certificate" + intoFile +
               "; where it is trusted already, the peer leaves out a certificate in between";
    case X509_V_ERR_CERT_REVOKED:
        return "its issuer has withdrawn it: have it replaced" + notHere;
    default:
        return "whoever runs the peer must replace it" + notHere;
    }
}

CertificateWatch::CertificateWatch()
{
    watching = this;
}

CertificateWatch::~CertificateWatch()
{
    watching = nullptr;
}

int CertificateWatch::noteAndGoOn(int good, X509_STORE_CTX* store)
{
    if (good != 1 && watching != nullptr && watching->_error == X509_V_OK) {
        watching->_error = X509_STORE_CTX_get_error(store);
        X509* current = X509_STORE_CTX_get_current_cert(store);
        watching->_certificate.emplace(
            current == nullptr ? X509_STORE_CTX_get0_cert(store) : current, true);
    }
    return good == 1 || watching != nullptr ? 1 : 0;
}

/// By OpenSSL's own functions: Poco's X509Certificate::verify() lets f*.example.org stand for
/// foo.example.org, against RFC 6125 section 6.4.3, and looks for an address among the names.
void CertificateWatch::expectName(const X509Certificate& certificate, const std::string& host,
                                  bool numeric)
{
    auto* const x509 = const_cast<X509*>(certificate.certificate());
    const bool named = numeric
                           ? X509_check_ip_asc(x509, host.c_str(), 0) == 1
                           : X509_check_host(x509, host.data(), host.size(),
                                             X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
    if (!named && _error == X509_V_OK) {
        _error = numeric ? X509_V_ERR_IP_ADDRESS_MISMATCH : X509_V_ERR_HOSTNAME_MISMATCH;
        _certificate = certificate;
    }
}

std::string CertificateWatch::complaint() const
{
    return _error == X509_V_OK ? "" : X509_verify_cert_error_string(_error);
}

std::string CertificateWatch::trouble(const TlsWish& wish) const
{
    return "the certificate of " + wish.host + " is not accepted: " + complaint() + " (" +
           describe(_certificate.value()) + "); " + advice(_error, _certificate.value(), wish);
}

} // namespace notifyhost::net
