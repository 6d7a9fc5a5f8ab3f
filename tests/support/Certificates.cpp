#include "support/Certificates.h"

#include "support/Process.h"

#include <memory>
#include <stdexcept>
#include <vector>

#include <openssl/pem.h>
#include <openssl/x509.h>

namespace notifyhost::test {

namespace {

void openssl(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "openssl");
    const auto result = run(arguments);
    if (result.status != 0) {
        throw std::runtime_error("openssl " + arguments[1] + " failed: " + result.error);
    }
}

/// Signs a certificate anew that is good from tomorrow on, which the openssl command cannot.
void postpone(const std::filesystem::path& certificate, const std::filesystem::path& signingKey)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> keyFile(BIO_new_file(signingKey.c_str(), "r"),
                                                            BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(keyFile.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(certificate.c_str(), "r+"),
                                                         BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> x509(
        PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), 24 * 3600);
    BIO_seek(file.get(), 0);
    if (X509_sign(x509.get(), key.get(), EVP_sha256()) == 0 ||
        PEM_write_bio_X509(file.get(), x509.get()) != 1)
    {
        throw std::runtime_error("a certificate cannot be signed");
    }
}

const std::vector<std::string> kNewKey{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                       "-nodes"};

} // namespace

CertificateAuthority::CertificateAuthority(std::filesystem::path folder, std::string name)
    : _folder(std::move(folder)), _name(std::move(name))
{
    std::filesystem::create_directories(_folder);
    _files = {_folder / "authority.pem", _folder / "authority.key"};
    std::vector<std::string> arguments{"req",   "-x509",           "-days",   "2",
                                       "-subj", "/CN=" + _name,    "-keyout", _files.key,
                                       "-out",  _files.certificate};
    arguments.insert(arguments.end(), kNewKey.begin(), kNewKey.end());
    openssl(arguments);
}

CertificateAuthority::Files CertificateAuthority::issue(const std::string& commonName,
                                                        const std::string& names, Validity validity)
{
    const std::string base = _folder / ("server" + std::to_string(++_issued));
    const Files result{base + ".pem", base + ".key"};
    std::vector<std::string> arguments{
        "req",      "-subj", "/CN=" + commonName, "-addext", "subjectAltName=" + names, "-keyout",
        result.key, "-out",  base + ".csr"};
    arguments.insert(arguments.end(), kNewKey.begin(), kNewKey.end());
    openssl(arguments);
    openssl({"x509", "-req", "-in", base + ".csr", "-CA", _files.certificate, "-CAkey", _files.key,
             "-CAcreateserial", "-copy_extensions", "copyall", "-days",
             validity == Validity::expired ? "-1" : "2", "-out", result.certificate});
    if (validity == Validity::notYet) {
        postpone(result.certificate, _files.key);
    }
    return result;
}

} // namespace notifyhost::test
