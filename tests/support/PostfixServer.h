#pragma once

#include "support/Certificates.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// Debian's postfix on free ports of 127.0.0.1, with configuration, queue and data of its own; what
/// is installed on the machine is neither read nor touched. Needs root, as postfix does.
/// It delivers into maildirs for anna@example.org, bert@example.org and jörg@example.org, and
/// refuses everybody else.
class PostfixServer {
public:
    /// Waits until it listens.
    explicit PostfixServer(const CertificateAuthority::Files& certificate);
    ~PostfixServer();
    PostfixServer(const PostfixServer&) = delete;
    PostfixServer& operator=(const PostfixServer&) = delete;

    int port() const { return _port; }                 ///< plain, with STARTTLS
    int implicitPort() const { return _implicitPort; } ///< TLS from the first octet

    /// Messages of more octets are refused.
    static constexpr int kMessageLimit = 200000;

    /// The files of a mailbox, once there are so many. Errors: std::runtime_error after the limit.
    std::vector<std::filesystem::path> mails(const std::string& name, std::size_t count,
                                             std::chrono::seconds limit = std::chrono::seconds{
                                                 30}) const;

private:
    void writeConfiguration(const CertificateAuthority::Files& certificate);
    void prepareFolders();
    void start();

    TemporaryFolder _folder;
    int _port{};
    int _implicitPort{};
    std::unique_ptr<BackgroundProcess> _process;
};

} // namespace notifyhost::test
