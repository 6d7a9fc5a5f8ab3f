#pragma once

#include "net/Socket.h"

#include <filesystem>
#include <string>

namespace notifyhost::net {

/// Does the TLS handshake on a connected socket and verifies that the peer is host.
/// Errors: LinkError of kind configuration where the certificate is not accepted or caFile is not
///         usable, of kind unavailable for any other trouble; TimedOut.
std::unique_ptr<Stream> tlsStream(Socket socket, const std::string& host,
                                  const std::filesystem::path& caFile, TimePoint deadline);

} // namespace notifyhost::net
