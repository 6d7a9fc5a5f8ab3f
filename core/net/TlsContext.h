#pragma once

#include <filesystem>
#include <string>

struct ssl_ctx_st;
struct ssl_st;

namespace notifyhost::net {

/// The process's TLS rules: TLS 1.2 or later, certificate chain always verified against the
/// system's certificates and those of caFile. Made at the first call for each caFile (reading the
/// system's certificates takes tens of milliseconds) and kept to the end of the process.
/// Errors: LinkError of kind configuration for a caFile that cannot be read or holds no
/// certificate. Threads: any.
ssl_ctx_st* tlsContext(const std::filesystem::path& caFile);

/// A connection's TLS state, to be freed with SSL_free(); it will accept only a certificate for
/// host (a name or an IP address).
ssl_st* newTls(ssl_ctx_st* context, const std::string& host);

/// Why the peer's certificate was not accepted, with issuer, expiry and what to do; empty where the
/// certificate was not the trouble.
std::string certificateTrouble(ssl_st* tls, const std::string& host);

/// The oldest entry of OpenSSL's error queue in words, which is then emptied.
std::string tlsError();

} // namespace notifyhost::net
