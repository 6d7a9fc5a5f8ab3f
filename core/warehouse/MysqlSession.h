#pragma once

#include "storage/PreparedCache.h"
#include "warehouse/WarehouseConnection.h"

#include <Poco/Data/MySQL/SessionHandle.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::warehouse {

/// What the server, or the way to it, said instead of an answer.
struct MysqlError : std::runtime_error {
    enum class Stage {
        connecting, ///< up to the end of the login
        asking,     ///< the query was sent; nothing of an answer had come
        reading     ///< in the middle of the rows
    };
    MysqlError(Stage where, unsigned errorNumber, std::string state, const std::string& text)
        : std::runtime_error(text), stage(where), number(errorNumber), sqlState(std::move(state))
    {
    }
    Stage stage;
    unsigned number;      ///< from 1000 up the server's, from 2000 to 2999 the client library's
    std::string sqlState; ///< five characters
    bool limitExceeded{}; ///< it is the time limit of connecting or reading that ended it
};

/// One connection to a MySQL or MariaDB server and the queries prepared on it. All text is utf8mb4;
/// the session is read only. The client library sets SIGPIPE to be ignored when it is first used.
/// Owner: the settings outlive it. Threads: one.
class MysqlSession {
public:
    /// Connects. Errors: MysqlError.
    explicit MysqlSession(const WarehouseSettings& settings);
    ~MysqlSession();
    MysqlSession(const MysqlSession&) = delete;
    MysqlSession& operator=(const MysqlSession&) = delete;

    /// Errors: MysqlError; PluginFault for a statement that yields no rows or takes another number
    ///         of parameters.
    std::vector<Warehouse::Row> query(std::string_view sql,
                                      const std::vector<std::string>& parameters);

private:
    class Query;

    const WarehouseSettings& _settings;
    Poco::Data::MySQL::SessionHandle _session{nullptr};
    storage::PreparedCache<Query> _queries; ///< go before the session
};

} // namespace notifyhost::warehouse
