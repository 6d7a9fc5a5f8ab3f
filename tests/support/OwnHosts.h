#pragma once

#include <functional>
#include <optional>
#include <string>

namespace notifyhost::test {

/// Runs work in a child process that has /etc/hosts and the host name to itself; what it returned.
/// nullopt where the system lets nobody have them: skip the test. No thread may be running.
std::optional<std::string> withOwnHosts(const std::string& hosts, const std::string& hostName,
                                        const std::function<std::string()>& work);

} // namespace notifyhost::test
