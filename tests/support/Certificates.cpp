#include "support/Certificates.h"

#include "support/Process.h"

#include <stdexcept>
#include <vector>

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
             validity == Validity::current ? "2" : "-1", "-out", result.certificate});
    return result;
}

} // namespace notifyhost::test
