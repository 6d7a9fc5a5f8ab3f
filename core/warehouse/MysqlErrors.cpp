#include "warehouse/MysqlErrors.h"

#include <notifyhost/Setting.h>

#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>

#include <algorithm>
#include <array>
#include <optional>

namespace notifyhost::warehouse {

namespace {

using Kind = ServiceError::Kind;

// Of MySQL 8 alone, so not in MariaDB's header.
constexpr unsigned kQueryTimeout = 3024;
constexpr unsigned kAccountLocked = 3118;
constexpr unsigned kSecureTransportRequired = 3159;
constexpr unsigned kInactivityTimeout = 4031;

struct Meaning {
    unsigned number;
    Kind kind;
    std::string_view what;
    std::string_view advice;
};

constexpr std::string_view kLogin =
    "see dbuser and dbpassword (an account that requires TLS needs tls = required)";
constexpr std::string_view kGrant = "see dbuser and dbschema, and grant SELECT on the schema";
constexpr std::string_view kSchema = "see dbschema";
constexpr std::string_view kAddress = "see dbhost and dbport";
constexpr std::string_view kPlugin = "see dbuser; its way to log in is not supported here";
constexpr std::string_view kCovered =
    "the password itself goes under verified TLS only: set tls = required, and ca_file where the "
    "system does not trust who signed the server's certificate, or give dbuser another way to log "
    "in; see tls and ca_file";
constexpr std::string_view kLater = "try later";
constexpr std::string_view kSlow = "see read_timeout_seconds, and whether an index is missing";

constexpr std::array kMeanings{
    Meaning{ER_ACCESS_DENIED_ERROR, Kind::credentials, "it refused the login", kLogin},
    Meaning{ER_ACCESS_DENIED_NO_PASSWORD_ERROR, Kind::credentials, "it refused the login", kLogin},
    Meaning{ER_HOST_NOT_PRIVILEGED, Kind::credentials, "it refuses this machine", "see dbuser"},
    Meaning{ER_MUST_CHANGE_PASSWORD_LOGIN, Kind::credentials, "the password expired", kLogin},
    Meaning{ER_ACCOUNT_HAS_BEEN_LOCKED, Kind::credentials, "the account is locked", "see dbuser"},
    Meaning{kAccountLocked, Kind::credentials, "the account is locked", "see dbuser"},
    Meaning{ER_DBACCESS_DENIED_ERROR, Kind::credentials, "the schema is closed to us", kGrant},
    Meaning{ER_TABLEACCESS_DENIED_ERROR, Kind::credentials, "a table is closed to us", kGrant},
    Meaning{ER_COLUMNACCESS_DENIED_ERROR, Kind::credentials, "a column is closed to us", kGrant},
    Meaning{ER_BAD_DB_ERROR, Kind::configuration, "there is no such schema", kSchema},
    Meaning{ER_NO_DB_ERROR, Kind::configuration, "no schema is chosen", kSchema},
    Meaning{ER_NO_SUCH_TABLE, Kind::configuration, "a table is missing", kSchema},
    Meaning{ER_BAD_FIELD_ERROR, Kind::configuration, "a column is missing", kSchema},
    Meaning{ER_VIEW_INVALID, Kind::configuration, "a view is broken", kSchema},
    Meaning{kSecureTransportRequired, Kind::configuration, "it insists on TLS",
            "set tls = required"},
    Meaning{CR_PLUGIN_NOT_ALLOWED, Kind::configuration, "it asks for the password itself",
            kCovered},
    Meaning{CR_AUTH_PLUGIN_CANNOT_LOAD, Kind::configuration, "the login failed", kPlugin},
    Meaning{CR_AUTH_PLUGIN_ERR, Kind::configuration, "the login failed", kPlugin},
    Meaning{ER_NOT_SUPPORTED_AUTH_MODE, Kind::configuration, "the login failed", kPlugin},
    Meaning{CR_UNKNOWN_HOST, Kind::unavailable, "the host is unknown", "see dbhost"},
    Meaning{ER_CON_COUNT_ERROR, Kind::unavailable, "it has no connection left", kLater},
    Meaning{ER_TOO_MANY_USER_CONNECTIONS, Kind::unavailable, "it has no connection left", kLater},
    Meaning{ER_USER_LIMIT_REACHED, Kind::unavailable, "it has no connection left", kLater},
    Meaning{ER_STATEMENT_TIMEOUT, Kind::unavailable, "the query took too long", kSlow},
    Meaning{kQueryTimeout, Kind::unavailable, "the query took too long", kSlow},
};

/// Mistakes in a query that the standard has no class of its own for.
constexpr std::array kQueryMistakes{ER_CANT_AGGREGATE_2COLLATIONS,
                                    ER_CANT_AGGREGATE_3COLLATIONS,
                                    ER_CANT_AGGREGATE_NCOLLATIONS,
                                    ER_INVALID_CHARACTER_STRING,
                                    ER_WRONG_ARGUMENTS,
                                    ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION};

/// Through TLS a closed session shows as an error of TLS.
constexpr std::array kSessionGone{static_cast<unsigned>(CR_SSL_CONNECTION_ERROR),
                                  static_cast<unsigned>(CR_SERVER_GONE_ERROR),
                                  static_cast<unsigned>(CR_SERVER_LOST),
                                  static_cast<unsigned>(CR_SERVER_LOST_EXTENDED),
                                  static_cast<unsigned>(ER_CONNECTION_KILLED),
                                  static_cast<unsigned>(ER_SERVER_SHUTDOWN),
                                  kInactivityTimeout};

const Meaning* knownMeaning(unsigned number)
{
    return std::find_if(kMeanings.begin(), kMeanings.end(),
                        [&](const auto& meaning) { return meaning.number == number; });
}

Meaning meaningOf(const MysqlError& error)
{
    const bool connecting = error.stage == MysqlError::Stage::connecting;
    const bool fromServer =
        error.number < CR_MIN_ERROR || error.number > static_cast<unsigned>(CR_MAX_ERROR);
    if (error.limitExceeded && !fromServer) {
        return {error.number, Kind::unavailable, "no answer in time",
                connecting ? "see dbhost, dbport and connect_timeout_seconds" : kSlow};
    }
    if (connecting && error.number == CR_SSL_CONNECTION_ERROR) {
        return {error.number, Kind::configuration, "TLS failed",
                "see tls, ca_file and dbhost (the certificate must name it)"};
    }
    if (const auto* known = knownMeaning(error.number); known != kMeanings.end()) {
        return *known;
    }
    return {error.number, Kind::unavailable,
            connecting ? "it cannot be reached" : "it broke off before the answer was complete",
            connecting ? kAddress : kLater};
}

std::string placeOf(const WarehouseSettings& settings)
{
    return "the warehouse at " + settings.host + ":" + std::to_string(settings.port) + ", schema " +
           settings.schema;
}

} // namespace

bool foundSessionGone(const MysqlError& error)
{
    return error.stage == MysqlError::Stage::asking && !error.limitExceeded &&
           std::find(kSessionGone.begin(), kSessionGone.end(), error.number) != kSessionGone.end();
}

bool isFaultOfQuery(const MysqlError& error)
{
    if (error.stage == MysqlError::Stage::connecting ||
        knownMeaning(error.number) != kMeanings.end()) {
        return false;
    }
    const std::string_view category = std::string_view(error.sqlState).substr(0, 2);
    return category == "42" || category == "21" || category == "22" ||
           std::find(kQueryMistakes.begin(), kQueryMistakes.end(), error.number) !=
               kQueryMistakes.end();
}

void raise(const MysqlError& error, const WarehouseSettings& settings, std::string_view sql)
{
    const std::string said = std::string(error.what()) + " (" + std::to_string(error.number) + ")";
    if (isFaultOfQuery(error)) {
        throw PluginFault(placeOf(settings) + " cannot read a query: " + said +
                          ", in: " + std::string(sql));
    }
    const Meaning meaning = meaningOf(error);
    const bool failedAtRequest = error.stage == MysqlError::Stage::asking &&
                                 meaning.kind == Kind::unavailable &&
                                 error.number != ER_USER_LIMIT_REACHED;
    throw ServiceError(failedAtRequest ? Kind::request : meaning.kind,
                       placeOf(settings) + ", user " + settings.user + ": " +
                           std::string(meaning.what) + ": " + said + "; " +
                           std::string(meaning.advice) + " in [MySQL MLWH]");
}

} // namespace notifyhost::warehouse
