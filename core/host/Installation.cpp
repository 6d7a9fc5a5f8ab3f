#include "host/Installation.h"

namespace notifyhost::host {

Installation locateInstallation()
{
    const auto prefix = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    return {prefix / "lib" / "notifyhost", prefix / "share" / "notifyhost" / "templates"};
}

} // namespace notifyhost::host
