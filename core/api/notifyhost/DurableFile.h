#pragma once

#include <notifyhost/Abi.h>

#include <filesystem>
#include <functional>
#include <string_view>

NOTIFYHOST_NAMESPACE_BEGIN

/// Writes a new file so that it is either whole and on the disk, or not there: written as a
/// temporary file, synced, asked for permission, renamed, and its folder synced. Mode 0600.
/// Shape: both paths on one file system; temporary must not exist yet.
/// Returns: whether beforeRename agreed. It is asked when all octets are on the disk under the
///          temporary name; after false the temporary file is removed and nothing has happened.
/// Errors: std::system_error naming the path, with the temporary file removed, for anything that
///         fails up to and including the rename. Where only the folder's sync fails: the same, but
///         target exists.
/// Threads: any; blocks until the disk has answered.
bool writeDurably(const std::filesystem::path& temporary, const std::filesystem::path& target,
                  std::string_view bytes, const std::function<bool()>& beforeRename);

/// Appends to an existing or new file (or a device) and syncs. The bytes may be there in part after
/// an error. A pipe that nobody reads is one. Errors: std::system_error naming the path.
void appendDurably(const std::filesystem::path& path, std::string_view bytes);

NOTIFYHOST_NAMESPACE_END
