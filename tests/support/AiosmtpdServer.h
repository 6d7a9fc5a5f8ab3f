#pragma once

#include "support/Certificates.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// An SMTP server made of Debian's python3-aiosmtpd on a free port of 127.0.0.1, in a process of
/// its own. It refuses addresses that begin with "unknown" and defers those that begin with
/// "later".
class AiosmtpdServer {
public:
    enum class Tls { none, starttls, implicit };

    /// Waits until it listens. With a user it takes nothing without a login.
    explicit AiosmtpdServer(Tls tls = Tls::none,
                            const CertificateAuthority::Files& certificate = {},
                            const std::string& user = "", const std::string& password = "");

    int port() const { return _port; }

    /// The folder with a file N.eml for each message taken, beginning with 1.
    std::filesystem::path messages() const { return _folder / "mail"; }

    /// The octets of message N, and its envelope as lines: "from …", "to …", "option …", "user".
    std::string message(int number) const;
    std::string envelope(int number) const;

private:
    void start(const std::vector<std::string>& arguments);

    TemporaryFolder _folder;
    int _port{};
    std::unique_ptr<BackgroundProcess> _process;
};

} // namespace notifyhost::test
