#include "warehouse/MysqlSession.h"

#include "warehouse/MysqlStatement.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

namespace notifyhost::warehouse {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kStatementsKept = 32;

struct Close {
    void operator()(MYSQL* connection) const { mysql_close(connection); }
};

void initialiseLibrary()
{
    static std::once_flag once;
    std::call_once(once, [] { mysql_library_init(0, nullptr, nullptr); });
}

void setNumber(MYSQL* connection, mysql_option option, unsigned value)
{
    mysql_options(connection, option, &value);
}

void setSwitch(MYSQL* connection, mysql_option option, bool on)
{
    const my_bool value = on ? 1 : 0;
    mysql_options(connection, option, &value);
}

void setLimits(MYSQL* connection, const WarehouseSettings& settings)
{
    const auto read = static_cast<unsigned>(settings.readTimeout.count());
    setNumber(connection, MYSQL_OPT_CONNECT_TIMEOUT,
              static_cast<unsigned>(settings.connectTimeout.count()));
    setNumber(connection, MYSQL_OPT_READ_TIMEOUT, read);
    setNumber(connection, MYSQL_OPT_WRITE_TIMEOUT, read);
}

/// What the session is told at its start: it never writes, sees what others commit, and the server
/// gives up on a query soon after we did. MariaDB and MySQL have different names for that limit;
/// each reads the comment that is meant for it.
void setStart(MYSQL* connection, const WarehouseSettings& settings)
{
    const std::string seconds = std::to_string(settings.readTimeout.count() + 1);
    const std::string limits = "SET SESSION /*M!100101 max_statement_time = " + seconds +
                               ", */ /*!50708 max_execution_time = " + seconds +
                               "000, */ autocommit = 1";
    mysql_options(connection, MYSQL_INIT_COMMAND, limits.c_str());
    mysql_options(connection, MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION READ ONLY");
}

/// By which ways of logging in the password may go. Without verified TLS only by those that prove
/// it and do not hand it over: with the others (in clear text, or encrypted for whatever key the
/// server shows) whoever answers at the port has it.
void setLogin(MYSQL* connection, const WarehouseSettings& settings)
{
    constexpr const char* kProving = "mysql_native_password,client_ed25519";
    constexpr const char* kAll = "mysql_native_password,client_ed25519,caching_sha2_password,"
                                 "sha256_password,mysql_clear_password,dialog";
    const bool verified = settings.tls == WarehouseSettings::Tls::required;
    mysql_options(connection, MARIADB_OPT_RESTRICTED_AUTH, verified ? kAll : kProving);
    if (!verified) {
        // A server whose own default is another one may still ask for this account's.
        mysql_options(connection, MYSQL_DEFAULT_AUTH, "mysql_native_password");
    }
}

void setTls(MYSQL* connection, const WarehouseSettings& settings)
{
    const bool required = settings.tls == WarehouseSettings::Tls::required;
    setSwitch(connection, MYSQL_OPT_SSL_ENFORCE, required);
    setSwitch(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, required);
    if (!required) {
        return;
    }
    mysql_options(connection, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
    if (!settings.caFile.empty()) {
        std::error_code ignored; // a named pipe would be waited for
        if (!std::filesystem::is_regular_file(settings.caFile, ignored) ||
            !std::ifstream(settings.caFile)) {
            throw MysqlError(MysqlError::Stage::connecting, CR_SSL_CONNECTION_ERROR, "HY000",
                             "cannot read " + settings.caFile.string());
        }
        mysql_options(connection, MYSQL_OPT_SSL_CA, settings.caFile.c_str());
    }
}

} // namespace

class MysqlSession::Connection {
public:
    explicit Connection(const WarehouseSettings& settings) : _settings(settings)
    {
        initialiseLibrary();
        _connection.reset(mysql_init(nullptr));
        if (!_connection) {
            throw std::bad_alloc();
        }
        setOptions();
        const auto begin = Clock::now();
        if (mysql_real_connect(_connection.get(), settings.host.c_str(), settings.user.c_str(),
                               settings.password.c_str(), settings.schema.c_str(),
                               static_cast<unsigned>(settings.port), nullptr, 0) == nullptr)
        {
            // The library's own sentence names the way from memory that holds the login by then.
            const bool unwanted = mysql_errno(_connection.get()) == CR_PLUGIN_NOT_ALLOWED;
            MysqlError error(MysqlError::Stage::connecting, mysql_errno(_connection.get()),
                             mysql_sqlstate(_connection.get()),
                             unwanted ? "it wants neither mysql_native_password nor client_ed25519"
                                      : mysql_error(_connection.get()));
            error.limitExceeded = Clock::now() - begin >= settings.connectTimeout;
            throw error;
        }
        if (settings.tls == WarehouseSettings::Tls::required &&
            mysql_get_ssl_cipher(_connection.get()) == nullptr)
        {
            throw MysqlError(MysqlError::Stage::connecting, CR_SSL_CONNECTION_ERROR, "HY000",
                             "the session is not encrypted");
        }
    }

    std::vector<Warehouse::Row> query(std::string_view sql,
                                      const std::vector<std::string>& parameters)
    {
        const auto begin = Clock::now();
        try {
            return statement(sql).run(parameters);
        } catch (MysqlError& error) {
            forget(sql);
            error.limitExceeded = Clock::now() - begin >= _settings.readTimeout;
            throw;
        }
    }

private:
    void setOptions()
    {
        MYSQL* connection = _connection.get();
        // Without this the word localhost would mean a socket file and not dbport.
        setNumber(connection, MYSQL_OPT_PROTOCOL, MYSQL_PROTOCOL_TCP);
        // A server may ask for any of our files otherwise.
        setNumber(connection, MYSQL_OPT_LOCAL_INFILE, 0);
        mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
        setLimits(connection, _settings);
        setStart(connection, _settings);
        setLogin(connection, _settings);
        setTls(connection, _settings);
    }

    MysqlStatement& statement(std::string_view sql)
    {
        if (const auto known = _statements.find(sql); known != _statements.end()) {
            return known->second;
        }
        MysqlStatement prepared(_connection.get(), sql);
        if (_statements.size() >= kStatementsKept) {
            _statements.clear();
        }
        return _statements.emplace(std::string(sql), std::move(prepared)).first->second;
    }

    void forget(std::string_view sql)
    {
        if (const auto known = _statements.find(sql); known != _statements.end()) {
            _statements.erase(known);
        }
    }

    const WarehouseSettings& _settings;
    std::unique_ptr<MYSQL, Close> _connection;
    std::map<std::string, MysqlStatement, std::less<>> _statements; ///< go before the connection
};

MysqlSession::MysqlSession(const WarehouseSettings& settings)
    : _connection(std::make_unique<Connection>(settings))
{
}

MysqlSession::~MysqlSession() = default;

std::vector<Warehouse::Row> MysqlSession::query(std::string_view sql,
                                                const std::vector<std::string>& parameters)
{
    return _connection->query(sql, parameters);
}

} // namespace notifyhost::warehouse
