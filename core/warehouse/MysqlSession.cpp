#include "warehouse/MysqlSession.h"

#include <notifyhost/Setting.h>

#include <Poco/Data/DataException.h>
#include <Poco/Data/MySQL/StatementExecutor.h>

#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>

#include <notifyhost/TrustedFile.h>

#include <chrono>
#include <optional>

namespace notifyhost::warehouse {

namespace {

using Clock = std::chrono::steady_clock;
using Poco::Data::DataException;
using Poco::Data::MySQL::SessionHandle;
using Poco::Data::MySQL::StatementExecutor;
using Stage = MysqlError::Stage;

constexpr std::size_t kQueriesKept = 32;
/// Most texts fit; a longer one is fetched a second time, whole.
constexpr std::size_t kUsualOctets = 256;

[[noreturn]] void failTls(const std::string& text)
{
    throw MysqlError(Stage::connecting, CR_SSL_CONNECTION_ERROR, "HY000", text);
}

void setLimits(SessionHandle& session, const WarehouseSettings& settings)
{
    const auto read = static_cast<unsigned>(settings.readTimeout.count());
    session.options(MYSQL_OPT_CONNECT_TIMEOUT,
                    static_cast<unsigned>(settings.connectTimeout.count()));
    session.options(MYSQL_OPT_READ_TIMEOUT, read);
    session.options(MYSQL_OPT_WRITE_TIMEOUT, read);
}

/// What the session is told at its start: it never writes, sees what others commit, and the server
/// gives up on a query soon after we did. MariaDB and MySQL have different names for that limit;
/// each reads the comment that is meant for it.
void setStart(SessionHandle& session, const WarehouseSettings& settings)
{
    const std::string seconds = std::to_string(settings.readTimeout.count() + 1);
    const std::string limits = "SET SESSION /*M!100101 max_statement_time = " + seconds +
                               ", */ /*!50708 max_execution_time = " + seconds +
                               "000, */ autocommit = 1";
    session.options(MYSQL_INIT_COMMAND, limits.c_str());
    session.options(MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION READ ONLY");
}

/// By which ways of logging in the password may go. Without verified TLS only by those that prove
/// it and do not hand it over: with the others (in clear text, or encrypted for whatever key the
/// server shows) whoever answers at the port has it.
void setLogin(SessionHandle& session, const WarehouseSettings& settings)
{
    constexpr const char* kProving = "mysql_native_password,client_ed25519";
    constexpr const char* kAll = "mysql_native_password,client_ed25519,caching_sha2_password,"
                                 "sha256_password,mysql_clear_password,dialog";
    const bool verified = settings.tls == WarehouseSettings::Tls::required;
    session.options(MARIADB_OPT_RESTRICTED_AUTH, verified ? kAll : kProving);
    if (!verified) {
        // A server whose own default is another one may still ask for this account's.
        session.options(MYSQL_DEFAULT_AUTH, "mysql_native_password");
    }
}

/// Returns the file of authorities, which the library reads when it connects.
std::optional<TrustedFile> setTls(SessionHandle& session, const WarehouseSettings& settings)
{
    const bool required = settings.tls == WarehouseSettings::Tls::required;
    session.options(MYSQL_OPT_SSL_ENFORCE, required);
    session.options(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, required);
    if (!required) {
        return std::nullopt;
    }
    session.options(MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
    if (settings.caFile.empty()) {
        return std::nullopt;
    }
    try {
        auto authorities = TrustedFile::open(settings.caFile, FileUse::authorities);
        session.options(MYSQL_OPT_SSL_CA, authorities.pathOfDescriptor().c_str());
        return authorities;
    } catch (const FileRefusal& refusal) {
        failTls(settings.caFile.string() + " " + refusal.what());
    }
}

/// Returns what must stay open until it is connected.
std::optional<TrustedFile> setOptions(SessionHandle& session, const WarehouseSettings& settings)
{
    // Without this the word localhost would mean a socket file and not dbport.
    session.options(MYSQL_OPT_PROTOCOL, unsigned{MYSQL_PROTOCOL_TCP});
    // A server may ask for any of our files otherwise.
    session.options(MYSQL_OPT_LOCAL_INFILE, 0U);
    session.options(MYSQL_SET_CHARSET_NAME, "utf8mb4");
    setLimits(session, settings);
    setStart(session, settings);
    setLogin(session, settings);
    return setTls(session, settings);
}

MYSQL_BIND textBinding(char* octets, unsigned long& size)
{
    MYSQL_BIND binding{};
    binding.buffer_type = MYSQL_TYPE_STRING;
    binding.buffer = octets;
    binding.buffer_length = size;
    binding.length = &size;
    return binding;
}

} // namespace

/// One query prepared on a session, which must outlive it. After an error it must not be used
/// again.
class MysqlSession::Query {
public:
    Query(MYSQL* session, std::string_view sql) : _sql(sql), _statement(session)
    {
        try {
            _statement.prepare(_sql);
        } catch (const DataException&) {
            fail(Stage::asking);
        }
        _cells.resize(mysql_stmt_field_count(_statement));
        if (_cells.empty()) {
            throw PluginFault("the warehouse is only read; not a SELECT statement: " + _sql);
        }
    }

    std::vector<Warehouse::Row> run(const std::vector<std::string>& parameters)
    {
        Stage stage = Stage::asking;
        try {
            execute(parameters);
            stage = Stage::reading;
            return rows();
        } catch (const DataException&) {
            fail(stage);
        }
    }

private:
    struct Cell {
        std::string octets;
        unsigned long size{};
        my_bool isNull{};
    };

    /// The exception has the number in its text alone, the statement has it apart.
    [[noreturn]] void fail(Stage stage)
    {
        throw MysqlError(stage, mysql_stmt_errno(_statement), mysql_stmt_sqlstate(_statement),
                         mysql_stmt_error(_statement));
    }

    void execute(const std::vector<std::string>& parameters)
    {
        const auto wanted = mysql_stmt_param_count(_statement);
        if (wanted != parameters.size()) {
            throw PluginFault(std::to_string(parameters.size()) + " parameters for the " +
                              std::to_string(wanted) + " places of: " + _sql);
        }
        std::vector<MYSQL_BIND> bindings;
        std::vector<unsigned long> sizes(wanted);
        for (std::size_t index = 0; index < wanted; ++index) {
            sizes[index] = parameters[index].size();
            bindings.push_back(
                textBinding(const_cast<char*>(parameters[index].data()), sizes[index]));
        }
        _statement.bindParams(bindings.data(), bindings.size());
        _statement.execute();
    }

    std::vector<Warehouse::Row> rows()
    {
        std::vector<MYSQL_BIND> bindings;
        for (auto& cell : _cells) {
            cell.octets.resize(cell.size = kUsualOctets);
            bindings.push_back(textBinding(cell.octets.data(), cell.size));
            bindings.back().is_null = &cell.isNull;
        }
        _statement.bindResult(bindings.data());
        // All of it at once: nothing is left on the way when this returns. Poco has no call for it.
        if (mysql_stmt_store_result(_statement) != 0) {
            fail(Stage::reading);
        }
        std::vector<Warehouse::Row> rows;
        rows.reserve(mysql_stmt_num_rows(_statement));
        while (_statement.fetch()) {
            auto& row = rows.emplace_back(_cells.size());
            for (std::size_t column = 0; column < row.size(); ++column) {
                row[column] = valueOf(column);
            }
        }
        mysql_stmt_free_result(_statement);
        return rows;
    }

    std::optional<std::string> valueOf(std::size_t column)
    {
        const auto& cell = _cells[column];
        if (cell.isNull != 0) {
            return std::nullopt;
        }
        if (cell.size <= cell.octets.size()) {
            return cell.octets.substr(0, cell.size);
        }
        std::string whole(cell.size, '\0');
        unsigned long size = whole.size();
        MYSQL_BIND binding = textBinding(whole.data(), size);
        _statement.fetchColumn(column, &binding);
        return whole;
    }

    const std::string _sql;
    StatementExecutor _statement;
    std::vector<Cell> _cells;
};

MysqlSession::MysqlSession(const WarehouseSettings& settings)
    : _settings(settings), _queries(kQueriesKept)
{
    const auto begin = Clock::now();
    try {
        const auto opened = setOptions(_session, settings);
        _session.connect(settings.host.c_str(), settings.user.c_str(), settings.password.c_str(),
                         settings.schema.c_str(), static_cast<unsigned>(settings.port));
    } catch (const DataException&) {
        // The library's own sentence names the way from memory that holds the login by then.
        const bool unwanted = mysql_errno(_session) == CR_PLUGIN_NOT_ALLOWED;
        MysqlError error(Stage::connecting, mysql_errno(_session), mysql_sqlstate(_session),
                         unwanted ? "it wants neither mysql_native_password nor client_ed25519"
                                  : mysql_error(_session));
        error.limitExceeded = Clock::now() - begin >= settings.connectTimeout;
        throw error;
    }
    if (settings.tls == WarehouseSettings::Tls::required &&
        mysql_get_ssl_cipher(_session) == nullptr) {
        failTls("the session is not encrypted");
    }
}

MysqlSession::~MysqlSession() = default;

std::vector<Warehouse::Row> MysqlSession::query(std::string_view sql,
                                                const std::vector<std::string>& parameters)
{
    const auto begin = Clock::now();
    try {
        return _queries.get(sql, [&] { return std::make_unique<Query>(_session, sql); })
            .run(parameters);
    } catch (MysqlError& error) {
        _queries.forget(sql);
        error.limitExceeded = Clock::now() - begin >= _settings.readTimeout;
        throw;
    }
}

} // namespace notifyhost::warehouse
