#pragma once

#include <string>

#include <openssl/x509.h>

namespace notifyhost::email {

/// A certificate for people: "issuer CN=Our CA, expires 2027-01-31 12:00:00 UTC, names a, b".
std::string describe(X509* certificate);

} // namespace notifyhost::email
