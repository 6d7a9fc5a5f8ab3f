#pragma once

#include "net/Network.h"
#include "support/Certificates.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <thread>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace notifyhost::test {

inline Limit within(std::chrono::milliseconds time)
{
    return Limit{std::chrono::steady_clock::now() + time};
}

/// Takes one connection on 127.0.0.1 and does something with it in a thread of its own.
class OneGuest {
public:
    explicit OneGuest(const std::function<void(Poco::Net::StreamSocket&)>& host)
        : _thread([this, host] {
              sigset_t pipe;
              sigemptyset(&pipe);
              sigaddset(&pipe, SIGPIPE);
              ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
              Poco::Net::StreamSocket guest = _server.acceptConnection();
              try {
                  host(guest);
              } catch (const Poco::Exception&) {
                  // The guest is gone.
              }
          })
    {
    }
    ~OneGuest() { _thread.join(); }
    OneGuest(const OneGuest&) = delete;
    OneGuest& operator=(const OneGuest&) = delete;

    std::uint16_t port() const { return _server.address().port(); }

    std::unique_ptr<Connection> visit() const
    {
        return net::network().connect({"127.0.0.1"}, port(), within(std::chrono::seconds{10}));
    }

private:
    Poco::Net::ServerSocket _server{Poco::Net::SocketAddress("127.0.0.1", 0)};
    std::thread _thread;
};

/// Reads until the guest has closed.
inline void readAll(Poco::Net::StreamSocket& guest)
{
    char buffer[4096];
    while (guest.receiveBytes(buffer, sizeof buffer) > 0) {
    }
}

/// What a server says and does once the handshake is over.
using TlsHost = std::function<void(SSL*, Poco::Net::StreamSocket&)>;

/// Does a handshake as a server with this certificate, and then what it is told to.
inline std::function<void(Poco::Net::StreamSocket&)>
underTls(const CertificateAuthority::Files& files, const TlsHost& host)
{
    return [files, host](Poco::Net::StreamSocket& guest) {
        const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
            SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
        SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str());
        SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM);
        const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
        SSL_set_fd(tls.get(), guest.impl()->sockfd());
        if (SSL_accept(tls.get()) == 1) {
            host(tls.get(), guest);
        }
        ERR_clear_error();
    };
}

} // namespace notifyhost::test
