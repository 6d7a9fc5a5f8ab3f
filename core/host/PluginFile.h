#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace notifyhost::host {

/// A plugin that will not be loaded; what() names the file, the reason and what to do.
class PluginRefusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What a plugin's record says, as text.
struct PluginDescription {
    std::filesystem::path file;
    std::string kind; ///< "transport" or "source"
    std::string name;
    std::string version;
    std::string description;
    std::string licence;
    std::string sdkVersion;
};

/// Reads a plugin's record from its file without running a line of its code, and checks that this
/// host can load it: ELF, whole, of this machine, with a record of this interface, built with this
/// Poco and this compiler ABI, and named like its file.
/// Errors: PluginRefusal.
PluginDescription readPluginFile(const std::filesystem::path& file);

/// Checks that nobody but root and the effective user can change the file or its folder.
/// Errors: PluginRefusal.
void checkTrust(const std::filesystem::path& file);

} // namespace notifyhost::host
