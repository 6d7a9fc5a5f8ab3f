#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::storage {

/// The name of the network file system the path lies on; nullopt for a local one. SQLite's locks
/// and WAL cannot be relied on across a network. Errors: none; what cannot be asked counts as
/// local.
std::optional<std::string> networkFileSystem(const std::filesystem::path& path);

/// The same from what the system says of a file system: statfs's number of its type, and the type's
/// name in the list of mounts, which tells a FUSE file system on a disk from one across a network.
std::optional<std::string> networkFileSystem(unsigned long type, std::string_view mountedAs);

/// A file name for any text, another one for each: what is not a letter, digit, '-', '_' or '.' as
/// "%2F"; a digest where it would be too long. Nothing begins with "claim-", as the queue's own
/// lock files do.
std::string fileNameFor(const std::string& text);

} // namespace notifyhost::storage
