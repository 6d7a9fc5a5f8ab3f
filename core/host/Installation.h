#pragma once

#include <filesystem>

namespace notifyhost::host {

/// Where the parts of this installation lie: beside the program, as installed below one prefix and
/// in the build folder alike.
struct Installation {
    std::filesystem::path plugins;   ///< PREFIX/lib/notifyhost
    std::filesystem::path templates; ///< PREFIX/share/notifyhost/templates
};

/// Looks from the running program's own path.
Installation locateInstallation();

} // namespace notifyhost::host
