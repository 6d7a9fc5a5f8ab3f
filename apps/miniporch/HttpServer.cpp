#include "HttpServer.h"

#include "Connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <notifyhost/TrustedFile.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <set>

#include <fcntl.h>
#include <unistd.h>

namespace notifyhost::miniporch {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
/// Where not even the kept descriptor helps.
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr int kAcceptedTogether = 64;

/// How many that have just said something are passed over in the search for the most silent.
constexpr int kLooks = 8;
/// Who holds no more than this is not hung up on for it.
constexpr std::size_t kLittle = 64u << 10;
constexpr std::size_t kLargestTlsFile = 1u << 20;
constexpr std::chrono::minutes kWarningPause{1};

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

asio::ssl::context readTls(const TlsFiles& files,
                           const std::function<void(const std::string&)>& warn)
{
    asio::ssl::context tls(asio::ssl::context::tls_server);
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                    asio::ssl::context::no_tlsv1_1);
    const auto use = [&](const std::filesystem::path& file, FileUse kind, const char* option,
                         auto step) {
        const std::string name = std::string(option) + ": " + file.string() + " ";
        error_code error;
        try {
            const auto opened = TrustedFile::open(file, kind);
            for (const auto& warning : opened.warnings()) {
                warn(std::string(option) + ": " + warning);
            }
            step(asio::buffer(opened.read(kLargestTlsFile)), error);
        } catch (const FileRefusal& refusal) {
            throw ServerError(ServerError::Kind::configuration, name + refusal.what());
        }
        if (error) {
            throw ServerError(ServerError::Kind::configuration,
                              name + "cannot be used: " + error.message());
        }
    };
    use(files.certificate, FileUse::authorities, "--tls-cert",
        [&](const asio::const_buffer& content, error_code& error) {
            tls.use_certificate_chain(content, error);
        });
    use(files.key, FileUse::key, "--tls-key",
        [&](const asio::const_buffer& content, error_code& error) {
            tls.use_private_key(content, asio::ssl::context::pem, error);
        });
    return tls;
}

} // namespace

class HttpServer::Impl {
public:
    Impl(const ServerSettings& settings, Handler handler, AccessLog log,
         std::function<void(const std::string&)> warn)
        : _settings(settings),
          _service{settings.limits, std::move(handler), std::move(log),
                   [this](const Connection& one) { boundOctets(one); }},
          _warn(std::move(warn)),
          _acceptor(_context),
          _signals(_context, SIGTERM, SIGINT),
          _pause(_context),
          _grace(_context)
    {
        reserve();
        const auto endpoint = resolve(_context, _settings);
        requirePrivacy(_settings, endpoint);
        if (_settings.tls) {
            _tls.emplace(readTls(*_settings.tls, _warn));
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
            // As many as the system allows.
            _acceptor.listen(std::numeric_limits<int>::max());
            _acceptor.non_blocking(true);
        } catch (const boost::system::system_error& error) {
            throw ServerError(ServerError::Kind::unavailable,
                              "cannot listen on " + bracketed(_settings.host) + ":" +
                                  std::to_string(_settings.port) + ": " + error.code().message());
        }
    }

    asio::awaitable<void> accept()
    {
        while (!_service.stopping) {
            co_await _acceptor.async_wait(tcp::acceptor::wait_read, kTuple);
            // A few at a time, so that those who are there have their turn.
            for (int count = 0; count < kAcceptedTogether && !_service.stopping; ++count) {
                error_code error;
                tcp::socket socket(_context);
                _acceptor.accept(socket, error);
                if (error == asio::error::would_block || error == asio::error::try_again) {
                    break;
                }
                if (!error) {
                    start(std::move(socket));
                } else if (isShortage(error) && !makeRoom(error)) {
                    co_await pause();
                    break;
                }
            }
        }
    }

    /// No descriptor or memory is left, of the process or the system.
    static bool isShortage(const error_code& error)
    {
        return error == boost::system::errc::too_many_files_open ||
               error == boost::system::errc::too_many_files_open_in_system ||
               error == boost::system::errc::no_buffer_space ||
               error == boost::system::errc::not_enough_memory;
    }

    /// Whether there may be room for one more: the most silent one goes, or else the one that waits
    /// to be accepted is turned away by means of the descriptor that is kept for it.
    bool makeRoom(const error_code& error)
    {
        if (evict("of a shortage (" + error.message() + ")")) {
            return true;
        }
        ::close(std::exchange(_reserve, -1));
        tcp::socket turnedAway(_context);
        error_code again;
        error_code ignored;
        _acceptor.accept(turnedAway, again);
        turnedAway.close(ignored);
        reserve();
        return !again && _reserve >= 0;
    }

    void reserve()
    {
        if (_reserve < 0) {
            _reserve = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
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
        boundConnections(connection->owner());
        _connections.insert(connection);
        asio::co_spawn(_context, connection->run(), [this, connection](std::exception_ptr) {
            connection->abandon();
            _connections.erase(connection);
            if (_service.stopping && _connections.empty()) {
                _grace.cancel();
            }
        });
    }

    /// Makes room for one more connection of an owner.
    void boundConnections(const std::string& owner)
    {
        const auto ofOwner = [&](const Connection& one) { return one.owner() == owner; };
        const auto count = static_cast<std::size_t>(
            std::count_if(_connections.begin(), _connections.end(),
                          [&](const auto& connection) { return ofOwner(*connection); }));
        if (count >= _settings.limits.connectionsOfOne) {
            evict("one address, " + owner + ", has " + std::to_string(count), ofOwner);
        } else if (_connections.size() >= _settings.limits.connections) {
            evict("there are " + std::to_string(_connections.size()));
        }
    }

    /// Called where one holds more than before.
    void boundOctets(const Connection& newest)
    {
        const auto holdsMuch = [&](const Connection& one) {
            return &one != &newest && one.held() > kLittle;
        };
        std::size_t held = 0;
        for (const auto& connection : _connections) {
            held += connection->held();
        }
        if (held > _settings.limits.held) {
            evict("half requests and unread answers hold " + std::to_string(held >> 20) + " MiB",
                  holdsMuch);
        }
    }

    /// Hangs up on the most silent connection of those that may go. False where there is none.
    bool evict(const std::string& why, const std::function<bool(const Connection&)>& mayGo = {})
    {
        std::shared_ptr<Connection> silent;
        for (int looks = 0; looks < kLooks; ++looks) {
            silent.reset();
            for (const auto& connection : _connections) {
                if (!connection->busy() && (!mayGo || mayGo(*connection)) &&
                    (!silent || connection->lastMove() < silent->lastMove()))
                {
                    silent = connection;
                }
            }
            if (!silent || !silent->hasNews()) {
                break;
            }
            // It has just said something; perhaps it is a whole request.
            silent->moved();
        }
        if (!silent) {
            return false;
        }
        silent->abandon();
        _connections.erase(silent);
        warn("hanging up on the most silent connection, because " + why);
        return true;
    }

    void warn(const std::string& line)
    {
        const auto now = std::chrono::steady_clock::now();
        ++_evicted;
        if (!_lastWarning || now - *_lastWarning >= kWarningPause) {
            _warn(line + "; " + std::to_string(_evicted) + " in all since the start");
            _lastWarning = now;
        }
    }

    void stop()
    {
        _service.stopping = true;
        error_code ignored;
        _acceptor.close(ignored);
        _pause.cancel();
        for (const auto& connection : _connections) {
            if (connection->idle()) {
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
    std::function<void(const std::string&)> _warn;
    int _reserve{-1};
    std::uint64_t _evicted{};
    std::optional<std::chrono::steady_clock::time_point> _lastWarning;
    asio::io_context _context{1};
    std::optional<asio::ssl::context> _tls;
    tcp::acceptor _acceptor;
    asio::signal_set _signals;
    asio::steady_timer _pause;
    asio::steady_timer _grace;
    std::set<std::shared_ptr<Connection>> _connections;
};

HttpServer::HttpServer(const ServerSettings& settings, Handler handler, AccessLog log,
                       std::function<void(const std::string&)> warn)
    : _impl(std::make_unique<Impl>(settings, std::move(handler), std::move(log), std::move(warn)))
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
