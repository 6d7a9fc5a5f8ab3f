#include "support/SmtpPeerSocket.h"

#include <array>

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

namespace notifyhost::test {

SmtpPeerSocket::~SmtpPeerSocket()
{
    _ssl.reset();
    if (_descriptor >= 0) {
        ::close(_descriptor);
    }
}

std::string SmtpPeerSocket::read()
{
    std::array<char, 16384> buffer;
    ERR_clear_error();
    const ssize_t count = _ssl
                              ? SSL_read(_ssl.get(), buffer.data(), static_cast<int>(buffer.size()))
                              : ::recv(_descriptor, buffer.data(), buffer.size(), 0);
    return count <= 0 ? std::string{} : std::string(buffer.data(), static_cast<std::size_t>(count));
}

bool SmtpPeerSocket::write(std::string_view octets)
{
    while (!octets.empty()) {
        ERR_clear_error();
        const ssize_t count =
            _ssl ? SSL_write(_ssl.get(), octets.data(), static_cast<int>(octets.size()))
                 : ::send(_descriptor, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (count <= 0) {
            return false;
        }
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool SmtpPeerSocket::acceptTls(const CertificateAuthority::Files& certificate, int newestTls)
{
    _context.reset(SSL_CTX_new(TLS_server_method()));
    if (newestTls != 0) {
        SSL_CTX_set_min_proto_version(_context.get(), 0);
        SSL_CTX_set_max_proto_version(_context.get(), newestTls);
        SSL_CTX_set_cipher_list(_context.get(), "ALL:@SECLEVEL=0");
    }
    SSL_CTX_use_certificate_chain_file(_context.get(), certificate.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(_context.get(), certificate.key.c_str(), SSL_FILETYPE_PEM);
    _ssl.reset(SSL_new(_context.get()));
    SSL_set_fd(_ssl.get(), _descriptor);
    return SSL_accept(_ssl.get()) == 1;
}

void SmtpPeerSocket::shutDown()
{
    ::shutdown(_descriptor, SHUT_RDWR);
}

void SmtpPeerSocket::closeWithReset()
{
    const linger none{1, 0};
    ::setsockopt(_descriptor, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(_descriptor.exchange(-1));
}

} // namespace notifyhost::test
