#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace notifyhost::config {

struct TextFile {
    std::string content; ///< octets as they stand
    mode_t mode{};       ///< permission bits
};

/// Reads a whole regular file; never waits for a pipe or device.
/// Errors: std::runtime_error that says what is wrong with the file, without its name: `is a
///         folder`, `does not exist`.
TextFile readTextFile(const std::filesystem::path& file, std::size_t limit);

} // namespace notifyhost::config
