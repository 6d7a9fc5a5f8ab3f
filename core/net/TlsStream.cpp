#include "net/TlsStream.h"

#include "net/TlsContext.h"

#include <cerrno>
#include <memory>
#include <system_error>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace notifyhost::net {

namespace {

// OpenSSL's own socket BIO writes in a way that raises SIGPIPE when the peer is gone; this one does
// not. Apart from that it is the same.

int descriptorOf(BIO* bio)
{
    return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int finish(BIO* bio, ssize_t result, int retryFlag)
{
    BIO_clear_retry_flags(bio);
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) {
        BIO_set_flags(bio, retryFlag | BIO_FLAGS_SHOULD_RETRY);
    }
    if (result == 0 && retryFlag == BIO_FLAGS_READ) {
        BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    }
    return static_cast<int>(result);
}

int writeOctets(BIO* bio, const char* data, int size)
{
    return finish(bio,
                  ::send(descriptorOf(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL),
                  BIO_FLAGS_WRITE);
}

int readOctets(BIO* bio, char* data, int size)
{
    BIO_clear_flags(bio, BIO_FLAGS_IN_EOF);
    return finish(bio, ::recv(descriptorOf(bio), data, static_cast<std::size_t>(size), 0),
                  BIO_FLAGS_READ);
}

long control(BIO* bio, int command, long, void*)
{
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
        return 0;
    }
}

BIO* socketBio(int descriptor)
{
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
        BIO_meth_set_write(made, &writeOctets);
        BIO_meth_set_read(made, &readOctets);
        BIO_meth_set_ctrl(made, &control);
        return made;
    }();
    BIO* bio = BIO_new(method);
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    BIO_set_init(bio, 1);
    return bio;
}

class TlsStream : public Stream {
public:
    TlsStream(Socket socket, SSL* tls) : _socket(std::move(socket)), _tls(tls, &SSL_free)
    {
        BIO* bio = socketBio(_socket.descriptor());
        SSL_set_bio(tls, bio, bio);
    }

    ~TlsStream() override
    {
        if (_healthy) {
            ERR_clear_error();
            SSL_shutdown(_tls.get());
        }
    }

    void handshake(const std::string& host, TimePoint deadline)
    {
        for (;;) {
            ERR_clear_error();
            const int result = SSL_connect(_tls.get());
            if (result == 1) {
                _healthy = true;
                return;
            }
            const int error = SSL_get_error(_tls.get(), result);
            if (!wait(error, deadline)) {
                const int number = errno;
                const std::string trouble = certificateTrouble(_tls.get(), host);
                if (!trouble.empty()) {
                    throw LinkError(trouble, ServiceError::Kind::configuration);
                }
                throw LinkError("no TLS with this peer: " + inWords(error, number));
            }
        }
    }

    std::size_t write(std::string_view octets, TimePoint deadline) override
    {
        for (;;) {
            if (_peerSpoke || !quiet()) {
                _peerSpoke = true;
                return 0;
            }
            ERR_clear_error();
            std::size_t sent = 0;
            const int result = SSL_write_ex(_tls.get(), octets.data(), octets.size(), &sent);
            if (result == 1) {
                return sent;
            }
            const int error = SSL_get_error(_tls.get(), result);
            if (error == SSL_ERROR_WANT_WRITE) {
                _socket.wait(Socket::Event::both, deadline);
            } else if (!wait(error, deadline)) {
                fail(error, errno);
            }
        }
    }

    std::size_t read(char* buffer, std::size_t size, TimePoint deadline) override
    {
        for (;;) {
            ERR_clear_error();
            std::size_t received = 0;
            const int result = SSL_read_ex(_tls.get(), buffer, size, &received);
            if (result == 1) {
                return received;
            }
            const int error = SSL_get_error(_tls.get(), result);
            if (error == SSL_ERROR_ZERO_RETURN) {
                return 0;
            }
            if (!wait(error, deadline)) {
                fail(error, errno);
            }
        }
    }

    bool quiet() override
    {
        // Session tickets may be waiting, which are no answer: looking takes them in.
        ERR_clear_error();
        char octet{};
        std::size_t waiting = 0;
        const int result = SSL_peek_ex(_tls.get(), &octet, 1, &waiting);
        return result != 1 && SSL_get_error(_tls.get(), result) == SSL_ERROR_WANT_READ;
    }

private:
    /// Waits for what OpenSSL needs; false where the error is not of that kind.
    bool wait(int error, TimePoint deadline) const
    {
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            return false;
        }
        _socket.wait(error == SSL_ERROR_WANT_READ ? Socket::Event::readable
                                                  : Socket::Event::writable,
                     deadline);
        return true;
    }

    static std::string inWords(int error, int number)
    {
        if (error == SSL_ERROR_SYSCALL) {
            return number == 0 ? "the connection was closed"
                               : std::generic_category().message(number);
        }
        return tlsError();
    }

    [[noreturn]] void fail(int error, int number)
    {
        _healthy = false;
        throw LinkError("the connection broke: " + inWords(error, number));
    }

    Socket _socket;
    std::unique_ptr<SSL, decltype(&SSL_free)> _tls;
    bool _healthy{};
    bool _peerSpoke{};
};

} // namespace

std::unique_ptr<Stream> tlsStream(Socket socket, const std::string& host,
                                  const std::filesystem::path& caFile, TimePoint deadline)
{
    auto stream = std::make_unique<TlsStream>(std::move(socket), newTls(tlsContext(caFile), host));
    stream->handshake(host, deadline);
    return stream;
}

} // namespace notifyhost::net
