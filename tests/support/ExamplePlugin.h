#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace notifyhost::test {

/// Builds one of the examples of docs/plugins.md into a folder as strangers build it, with these
/// flags more; returns the file. Throws std::runtime_error with the compiler's words.
std::filesystem::path buildExample(const std::string& name, const std::filesystem::path& folder,
                                   const std::vector<std::string>& flags = {});

} // namespace notifyhost::test
