#pragma once

namespace notifyhost::config {

/// Whether a file system's type (f_type of statfs) is one that reaches over a network, where locks
/// and SQLite's shared memory do not hold.
/// Source: statfs(2) and linux/magic.h.
bool isNetworkFileSystem(unsigned long type);

} // namespace notifyhost::config
