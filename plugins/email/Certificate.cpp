#include "Certificate.h"

#include "SmtpText.h"

#include <array>
#include <ctime>
#include <memory>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

namespace notifyhost::email {

namespace {

constexpr std::size_t kMostNames = 10;

std::string issuer(X509* certificate)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    X509_NAME_print_ex(out.get(), X509_get_issuer_name(certificate), 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return oneLine({text, static_cast<std::size_t>(size)}, 200);
}

std::string expiry(X509* certificate)
{
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) {
        return "at an unreadable time";
    }
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &time);
    return {text.data(), size};
}

std::string octets(const ASN1_STRING* value)
{
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string addressName(const std::string& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.size() == 4 ? AF_INET : AF_INET6;
    const bool known = address.size() == 4 || address.size() == 16;
    return known ? ::inet_ntop(family, address.data(), text.data(), text.size()) : "";
}

std::string names(X509* certificate)
{
    const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> list(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
        GENERAL_NAMES_free);
    std::string result;
    std::size_t count = 0;
    for (int at = 0; list && at < sk_GENERAL_NAME_num(list.get()) && count < kMostNames; ++at) {
        int type = 0;
        const auto* value = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(list.get(), at), &type));
        if (type == GEN_DNS || type == GEN_IPADD) {
            const std::string name = type == GEN_DNS ? octets(value) : addressName(octets(value));
            result += (count++ == 0 ? "" : ", ") + oneLine(name, 100);
        }
    }
    return result.empty() ? "none" : result;
}

} // namespace

std::string describe(X509* certificate)
{
    return "issuer " + issuer(certificate) + ", expires " + expiry(certificate) + ", names " +
           names(certificate);
}

} // namespace notifyhost::email
