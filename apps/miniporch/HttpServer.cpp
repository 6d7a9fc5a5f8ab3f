#include "HttpServer.h"

#include "Connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <fstream>
#include <set>

namespace notifyhost::miniporch {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{50};

/// After this a stop no longer waits for clients that keep it in hand.
constexpr std::chrono::seconds kGrace{30};

std::string bracketed(const std::string& host)
{
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

tcp::endpoint resolve(asio::io_context& context, const ServerSettings& settings)
{
    error_code error;
    tcp::resolver resolver(context);
    const auto found =
        resolver.resolve(settings.host, std::to_string(settings.port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error || found.empty()) {
        throw ServerError(ServerError::Kind::configuration, "--listen: there is no address for " +
                                                                settings.host + ": " +
                                                                error.message());
    }
    return found.begin()->endpoint();
}

void requirePrivacy(const ServerSettings& settings, const tcp::endpoint& endpoint)
{
    if (!endpoint.address().is_loopback() && !settings.tls && !settings.beyondLoopback) {
        throw ServerError(ServerError::Kind::configuration,
                          "--listen " + bracketed(settings.host) +
                              ": tokens would cross the network in plain text. Give --tls-cert and "
                              "--tls-key, listen on 127.0.0.1, or write --insecure.");
    }
}

asio::ssl::context readTls(const TlsFiles& files)
{
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                    asio::ssl::context::no_tlsv1_1);
    const auto use = [](const std::filesystem::path& file, const char* option, auto step) {
        error_code error;
        if (!std::ifstream(file).good()) {
            throw ServerError(ServerError::Kind::configuration,
                              std::string(option) + ": " + file.string() + " cannot be read");
        }
        step(error);
        if (error) {
            throw ServerError(ServerError::Kind::configuration,
                              std::string(option) + ": " + file.string() +
                                  " cannot be used: " + error.message());
        }
    };
    use(files.certificate, "--tls-cert", [&](error_code& error) {
        tls.use_certificate_chain_file(files.certificate.string(), error);
    });
    use(files.key, "--tls-key", [&](error_code& error) {
        tls.use_private_key_file(files.key.string(), asio::ssl::context::pem, error);
    });
    return tls;
}

} // namespace

class HttpServer::Impl {
public:
    Impl(const ServerSettings& settings, Handler handler, AccessLog log)
        : _settings(settings),
          _service{settings.limits, std::move(handler), std::move(log)},
          _acceptor(_context),
          _signals(_context, SIGTERM, SIGINT),
          _pause(_context),
          _grace(_context)
    {
        const auto endpoint = resolve(_context, _settings);
        requirePrivacy(_settings, endpoint);
        if (_settings.tls) {
            _tls.emplace(readTls(*_settings.tls));
        }
        listen(endpoint);
    }

    std::string url() const
    {
        return (_tls ? "https://" : "http://") + bracketed(_settings.host) + ":" +
               std::to_string(_acceptor.local_endpoint().port());
    }

    void run()
    {
        _signals.async_wait([this](const error_code& error, int) {
            if (!error) {
                stop();
            }
        });
        asio::co_spawn(_context, accept(), asio::detached);
        _context.run();
    }

private:
    void listen(const tcp::endpoint& endpoint)
    {
        try {
            _acceptor.open(endpoint.protocol());
            _acceptor.set_option(tcp::acceptor::reuse_address(true));
            _acceptor.bind(endpoint);
            _acceptor.listen();
        } catch (const boost::system::system_error& error) {
            throw ServerError(ServerError::Kind::unavailable,
                              "cannot listen on " + bracketed(_settings.host) + ":" +
                                  std::to_string(_settings.port) + ": " + error.code().message());
        }
    }

    asio::awaitable<void> accept()
    {
        while (!_service.stopping) {
            if (!makeRoom()) {
                co_await pause();
                continue;
            }
            auto [error, socket] = co_await _acceptor.async_accept(kTuple);
            if (error && !_service.stopping) {
                // Such as too many open files: it passes.
                co_await pause();
            } else if (!error) {
                start(std::move(socket));
            }
        }
    }

    asio::awaitable<void> pause()
    {
        _pause.expires_after(kAcceptPause);
        co_await _pause.async_wait(kTuple);
    }

    void start(tcp::socket socket)
    {
        auto connection = _tls ? tlsConnection(std::move(socket), *_tls, _service)
                               : plainConnection(std::move(socket), _service);
        _connections.insert(connection);
        asio::co_spawn(_context, connection->run(), [this, connection](std::exception_ptr) {
            connection->abandon();
            _connections.erase(connection);
            if (_service.stopping && _connections.empty()) {
                _grace.cancel();
            }
        });
    }

    /// Whether one more connection may be taken; where all are in use, the longest idle one goes.
    bool makeRoom()
    {
        if (_connections.size() < _settings.limits.connections) {
            return true;
        }
        std::shared_ptr<Connection> oldest;
        for (const auto& connection : _connections) {
            const auto since = connection->idleSince();
            if (since && (!oldest || *since < *oldest->idleSince())) {
                oldest = connection;
            }
        }
        if (oldest) {
            oldest->abandon();
        }
        return false;
    }

    void stop()
    {
        _service.stopping = true;
        error_code ignored;
        _acceptor.close(ignored);
        _pause.cancel();
        for (const auto& connection : _connections) {
            if (connection->idleSince()) {
                connection->abandon();
            }
        }
        if (_connections.empty()) {
            return;
        }
        _grace.expires_after(kGrace);
        _grace.async_wait([this](const error_code& error) {
            if (!error) {
                for (const auto& connection : _connections) {
                    connection->abandon();
                }
            }
        });
    }

    ServerSettings _settings;
    Service _service;
    asio::io_context _context{1};
    std::optional<asio::ssl::context> _tls;
    tcp::acceptor _acceptor;
    asio::signal_set _signals;
    asio::steady_timer _pause;
    asio::steady_timer _grace;
    std::set<std::shared_ptr<Connection>> _connections;
};

HttpServer::HttpServer(const ServerSettings& settings, Handler handler, AccessLog log)
    : _impl(std::make_unique<Impl>(settings, std::move(handler), std::move(log)))
{
}

HttpServer::~HttpServer() = default;

std::string HttpServer::url() const
{
    return _impl->url();
}

void HttpServer::run()
{
    _impl->run();
}

} // namespace notifyhost::miniporch
