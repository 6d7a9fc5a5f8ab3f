#pragma once

#include <notifyhost/Abi.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

NOTIFYHOST_NAMESPACE_BEGIN

/// What a setting's text is read as.
enum class Kind {
    text,    ///< any UTF-8 text, one line or several
    integer, ///< a whole number in decimal digits, with an optional sign
    flag,    ///< yes/no, true/false, on/off, 1/0 in any letter case
    seconds, ///< a whole number of seconds, 0 or more
    path,    ///< a file or folder; a relative one starts at the folder of the file that names it
    url,     ///< an http or https URL
    mailbox, ///< a mail address, bare or with a display name: Name <local@domain>
    choice   ///< one of Setting::choices, letter case as written there
};

/// Whether the host may work without a value.
enum class Need { optional, required };

/// Secret values are kept out of every log, error, and listing.
enum class Secrecy { open, secret };

/// One row of a plugin's settings table. Checking, `describe`, redaction, the sample configuration
/// and docs/configuration.md are all made from it.
struct Setting {
    std::string name;      ///< the key in the plugin's section: small letters, digits, underscores
    Kind kind{Kind::text}; ///< how the value is read
    std::string
        fallback;     ///< the value where the key is absent, written as in the file; empty: none
    std::string help; ///< one line for the operator
    Need need{Need::optional};
    Secrecy secrecy{Secrecy::open};
    std::vector<std::string> aliases{};    ///< old places of the value, such as "[LANGQC] api_url"
    std::vector<std::string> choices{};    ///< for Kind::choice
    std::optional<std::int64_t> minimum{}; ///< for integer and seconds
    std::optional<std::int64_t> maximum{}; ///< for integer and seconds
};

/// Something wrong with one setting.
struct Problem {
    std::string setting; ///< its name in the table; empty: the section as a whole
    std::string text;    ///< what is wrong and what to write instead; never a secret's value
};

/// A fault of the plugin itself, such as reading a setting that its table does not hold. The host
/// reports it with the plugin's name and ends with status 70.
class NOTIFYHOST_PUBLIC PluginFault : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// The values of one plugin's settings, checked against its table, with secrets resolved.
/// Owner: the host; valid during configure() only, so copy what is needed later.
/// Errors: every function throws PluginFault for a name that the table does not hold or that the
///         table declares as another kind.
/// Threads: may be read from several threads.
class NOTIFYHOST_PUBLIC Settings {
public:
    virtual ~Settings() = default;

    /// Whether the setting has a value, from the file or from its fallback.
    virtual bool has(std::string_view name) const = 0;

    /// The text of a setting of kind text, path, url, mailbox or choice; empty without a value.
    /// Paths are absolute.
    virtual std::string text(std::string_view name) const = 0;

    /// The value of a setting of kind integer; 0 without a value.
    virtual std::int64_t integer(std::string_view name) const = 0;

    /// The value of a setting of kind flag; false without a value.
    virtual bool flag(std::string_view name) const = 0;

    /// The value of a setting of kind seconds; 0 without a value.
    virtual std::chrono::seconds seconds(std::string_view name) const = 0;
};

NOTIFYHOST_NAMESPACE_END
