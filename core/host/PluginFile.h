#pragma once

#include <notifyhost/TrustedFile.h>

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

/// A plugin's file while it is open, and what its record says.
struct PluginFile {
    TrustedFile opened;
    PluginDescription description;
};

/// Opens a plugin's file and reads its record without running a line of its code. Checks that
/// nobody but root and the effective user can change the file, what lies above it, and where it
/// lets its own libraries be looked for; and that this host can load it: ELF, whole, of this
/// machine, with a record of this interface, built with this Poco and this compiler ABI, and named
/// like its file.
/// Errors: PluginRefusal.
PluginFile openPluginFile(const std::filesystem::path& file);

} // namespace notifyhost::host
