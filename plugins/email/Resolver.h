#pragma once

#include "Limit.h"

#include <string>
#include <vector>

#include <sys/socket.h>

namespace notifyhost::email {

/// One address to connect to.
struct PeerAddress {
    sockaddr_storage storage{};
    socklen_t size{};

    std::string text() const; ///< "192.0.2.1", "2001:db8::1"
};

/// All addresses of a host name or numeric address, in the order the system prefers.
/// The system's resolver knows no deadline, so it works in a thread of its own, which is left to
/// itself when the limit is over.
/// Errors: LinkError lost where the name has no address, late, cancelled.
std::vector<PeerAddress> resolve(const std::string& host, int port, const Limit& limit);

/// What the system calls this host.
std::string ownHostName();

/// A host's full name: its own name where that has a domain, else what the system's resolver makes
/// of it. Empty where there is none, or where it does not come in time. Errors: LinkError
/// cancelled.
std::string fullHostName(const std::string& hostName, const Limit& limit);

} // namespace notifyhost::email
