#pragma once

#include "support/Certificates.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace notifyhost::test {

/// The server's end of one connection; blocks. Its threads must have SIGPIPE blocked.
class SmtpPeerSocket {
public:
    explicit SmtpPeerSocket(int descriptor) : _descriptor(descriptor) {}
    ~SmtpPeerSocket();
    SmtpPeerSocket(const SmtpPeerSocket&) = delete;
    SmtpPeerSocket& operator=(const SmtpPeerSocket&) = delete;

    /// Empty: the client has closed, or the socket is shut down.
    std::string read();
    /// False: nobody takes it any more.
    bool write(std::string_view octets);
    /// False: the handshake failed.
    bool acceptTls(const CertificateAuthority::Files& certificate, int newestTls);

    /// From any thread: read() and write() end.
    void shutDown();
    void closeWithReset();

private:
    std::atomic<int> _descriptor;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> _context{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> _ssl{nullptr, SSL_free};
};

} // namespace notifyhost::test
