#pragma once

#include <string>
#include <string_view>

namespace notifyhost::storage {

/// SHA-256 of the octets, 64 lower-case hex digits. Threads: any.
std::string sha256Hex(std::string_view octets);

} // namespace notifyhost::storage
