#pragma once

#include <notifyhost/Abi.h>
#include <notifyhost/Connection.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

NOTIFYHOST_NAMESPACE_BEGIN

/// A service cannot be used. Let it pass through: the host knows what to do with it. A service that
/// cannot be reached stops the run (69, 77 or 78), unless other workers reach it; one that failed
/// at a request costs this task an attempt, and stops the run when three tasks in a row fare so.
class NOTIFYHOST_PUBLIC ServiceError : public std::runtime_error {
public:
    enum class Kind {
        unavailable,  ///< it cannot be reached: connecting failed, or there was no answer
        request,      ///< it was reached, and failed at this request: the next may fare better
        credentials,  ///< it refused who we are
        configuration ///< it answered, but is not what the configuration says (schema, certificate)
    };
    ServiceError(Kind kind, const std::string& what) : std::runtime_error(what), _kind(kind) {}
    Kind kind() const noexcept { return _kind; }

private:
    Kind _kind;
};

/// One HTTP request. Nothing is added but Host, Content-Length and Connection.
struct HttpRequest {
    std::string method; ///< "GET", "POST", …
    std::string url;    ///< http or https, absolute
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::size_t bodyLimit{64u << 20}; ///< octets of answer body to accept
};

struct HttpResponse {
    int status{};
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers; ///< names as received
    std::string body; ///< complete: a body cut short is an error, never an answer
};

/// HTTP under the host's TLS rules: certificate and host name are always verified, redirects are
/// not followed, proxy variables are honoured.
class NOTIFYHOST_PUBLIC Http {
public:
    virtual ~Http() = default;

    /// Sends one request and reads the whole answer, whatever its status. Blocks until the
    /// deadline. Errors: ServiceError where no complete answer came; std::invalid_argument for a
    /// URL or header
    ///         that cannot be sent (CR, LF or NUL in it).
    /// Threads: one call at a time per instance.
    virtual HttpResponse exchange(const HttpRequest& request,
                                  std::chrono::steady_clock::time_point deadline) = 0;
};

/// Who is to hear about a study.
struct StudyContacts {
    enum class Found { unknown, known, ambiguous };
    std::string study;                  ///< the study number as asked for
    Found found{Found::unknown};        ///< ambiguous: the number exists under several LIMS
    std::vector<std::string> lims;      ///< under which LIMS it was found, sorted
    std::vector<std::string> addresses; ///< of managers, followers and owners; unique, by code
                                        ///< point; as stored, so not yet checked; empty: nobody
};

/// The multi-LIMS warehouse, read only.
class NOTIFYHOST_PUBLIC Warehouse {
public:
    using Row = std::vector<std::optional<std::string>>;

    virtual ~Warehouse() = default;

    /// Runs one SELECT; each ? in it stands for a text parameter. Blocks.
    /// Shape: columns as text, NULL as nullopt. The SQL must suit MySQL, MariaDB and SQLite, and
    ///        CAST what is neither text nor a whole number to CHAR.
    /// Errors: ServiceError where the warehouse cannot answer; PluginFault for SQL it cannot read.
    virtual std::vector<Row> query(std::string_view sql,
                                   const std::vector<std::string>& parameters) = 0;

    /// The contacts of studies, in the order asked for, with one query. Blocks; errors as query().
    virtual std::vector<StudyContacts> contacts(const std::vector<std::string>& studyNumbers) = 0;
};

enum class Level { debug, info, warning, error };

/// The host's log. Each line carries the run's id and, where there is one, task and delivery;
/// secrets of the configuration are blotted out; control characters are escaped.
class NOTIFYHOST_PUBLIC Log {
public:
    virtual ~Log() = default;

    /// Writes one line. Never throws; may be called from any thread.
    virtual void write(Level level, std::string_view text) = 0;
};

/// Time as the host sees it; tests move it by hand.
class NOTIFYHOST_PUBLIC Clock {
public:
    virtual ~Clock() = default;
    virtual std::chrono::system_clock::time_point wall() const = 0;
    virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// What the host does for a plugin. Owner: the host; lives as long as the plugin's instance, so a
/// plugin may keep the reference that configure() got. Nothing is connected before it is used.
class NOTIFYHOST_PUBLIC Services {
public:
    virtual ~Services() = default;
    virtual Http& http() = 0;
    virtual Warehouse& warehouse() = 0;
    virtual Log& log() = 0;
    virtual const Clock& clock() = 0;
    virtual Network& network() = 0;
};

NOTIFYHOST_NAMESPACE_END
