#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace notifyhost::test {

/// A small file system in memory, where this user may mount one; gone at the end.
class SmallFileSystem {
public:
    /// Mounted over the folder, for its owner alone. size: as mount takes it, "256k".
    SmallFileSystem(std::filesystem::path folder, const std::string& size);
    ~SmallFileSystem();
    SmallFileSystem(const SmallFileSystem&) = delete;
    SmallFileSystem& operator=(const SmallFileSystem&) = delete;

    bool isMounted() const { return _mounted; }
    std::uint64_t free() const;
    /// Fills it but for so many octets, in whole pages.
    void fillBut(std::uint64_t left) const;
    void empty() const;
    void resize(const std::string& size) const;
    /// Only possible while nothing is open in it for writing.
    void becomeReadOnly() const;

private:
    std::filesystem::path _folder;
    bool _mounted;
};

} // namespace notifyhost::test
