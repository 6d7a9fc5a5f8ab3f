#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace notifyhost::test {

/// A new private folder, removed with all it holds. Plugins and templates may lie in it: only root
/// and the effective user can change what is above it, so it is no folder of /tmp, unless TMPDIR
/// names one of that kind. Else it is in /var/cache for root, whose servers run as other users and
/// must get there, and in the home folder's .cache for everybody else.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return _path; }
    std::filesystem::path operator/(std::string_view name) const { return _path / name; }

    /// Writes a file below it, making folders as needed; returns its path.
    std::filesystem::path write(std::string_view name, std::string_view content) const;

private:
    std::filesystem::path _path;
};

/// A file's whole content. Throws std::runtime_error naming it where it cannot be read.
std::string readFile(const std::filesystem::path& file);

} // namespace notifyhost::test
