#pragma once

#include "net/Url.h"

#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::net {

/// A proxy to go through.
struct Proxy {
    std::string host;
    std::uint16_t port{};
    std::string authorization; ///< value of Proxy-Authorization; empty: none. A secret

    std::string endpoint() const { return Url{"http", host, port, "/"}.endpoint(); }
};

/// The proxy that the environment wants for this URL: https_proxy or HTTPS_PROXY; http_proxy (in
/// lower case only, since a web server sets HTTP_PROXY from a request's header); none for a host
/// that no_proxy or NO_PROXY covers.
/// Shape: [http://][user:password@]host:port.
/// Errors: ServiceError of kind configuration naming the variable, never its value.
std::optional<Proxy> proxyFor(const Url& url);

/// Whether a no_proxy list covers the URL's host: `*`, a name (with its sub-domains, with or
/// without a dot before it), an address, a network such as 10.0.0.0/8; a name or an address may be
/// followed by :port.
bool excluded(const Url& url, std::string_view list);

} // namespace notifyhost::net
