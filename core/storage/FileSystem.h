#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace notifyhost::storage {

/// The name of the network file system the path lies on; nullopt for a local one. SQLite's locks
/// and WAL cannot be relied on across a network. Errors: none; what cannot be asked counts as
/// local.
std::optional<std::string> networkFileSystem(const std::filesystem::path& path);

} // namespace notifyhost::storage
