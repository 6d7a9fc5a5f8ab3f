#pragma once

#include <Poco/Net/Context.h>

#include <filesystem>
#include <string>

namespace notifyhost::net {

/// The process's TLS rules: TLS 1.2 or later, certificates judged by the system's and by those of
/// caFile. Made at the first call for each caFile (reading the system's certificates takes tens of
/// milliseconds) and kept to the end of the process. A chain that is not good ends no handshake:
/// see CertificateWatch.
/// Errors: ConnectionError certificate for a caFile that cannot be read or holds no certificate;
/// caSetting is what messages call it. Threads: any.
Poco::Net::Context::Ptr tlsContext(const std::filesystem::path& caFile,
                                   const std::string& caSetting);

} // namespace notifyhost::net
