#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace notifyhost::net {

/// An absolute http or https URL, taken apart.
struct Url {
    std::string scheme; ///< "http" or "https"
    std::string host;   ///< lower case; an IPv6 address without brackets
    std::uint16_t port{};
    std::string target; ///< path and query as they are sent; begins with '/'

    /// host:port, brackets included, always with the port.
    std::string endpoint() const;

    /// What the Host header says: the port only where it is not the scheme's own.
    std::string authority() const;

    /// The URL without its query, which may hold a secret; "?…" stands for it.
    std::string forMessages() const;
};

/// Reads a URL. A fragment is dropped.
/// Errors: std::invalid_argument, saying what is wrong without repeating a user name, a password or
///         a query: not http or https, no host, a bad port, user information, and any octet that
///         may not stand in a URL (blanks, control characters, everything outside ASCII).
Url parseUrl(std::string_view text);

/// The URL that a relative path stands for, seen from base: it takes the place of all that follows
/// the last slash of base's path. Source: RFC 3986 section 5.3, for paths without dots.
Url join(const Url& base, std::string_view relative);

/// Everything but letters, digits, '-', '.', '_' and '~' as %XX: fit for a path segment or a query.
std::string percentEncode(std::string_view text);

} // namespace notifyhost::net
