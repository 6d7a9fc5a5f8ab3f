#pragma once

#include <filesystem>
#include <string>

namespace notifyhost::test {

/// A certificate authority of its own, made with the openssl command in a folder that must live as
/// long as its files are used.
class CertificateAuthority {
public:
    enum class Validity { current, expired, notYet };

    struct Files {
        std::filesystem::path certificate; ///< PEM
        std::filesystem::path key;         ///< PEM, without a passphrase
    };

    CertificateAuthority(std::filesystem::path folder, std::string name);

    /// Its own certificate, to be trusted.
    const std::filesystem::path& certificate() const { return _files.certificate; }

    /// Its own certificate as a server's, signed by nobody else.
    const Files& own() const { return _files; }

    /// A server's certificate. names as in openssl's subjectAltName: "DNS:localhost,IP:127.0.0.1".
    Files issue(const std::string& commonName, const std::string& names,
                Validity validity = Validity::current);

private:
    std::filesystem::path _folder;
    std::string _name;
    Files _files;
    int _issued{};
};

} // namespace notifyhost::test
