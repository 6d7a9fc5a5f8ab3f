#include "StageLine.h"

#include "log/Logger.h"

#include <iomanip>
#include <sstream>

namespace notifyhost::app {

std::string stageLine(std::chrono::steady_clock::duration time, std::string_view name,
                      std::string_view detail)
{
    std::ostringstream line;
    line << std::fixed << std::setprecision(3) << std::setw(8)
         << std::chrono::duration<double>(time).count() << " s  " << std::left << std::setw(12)
         << name << ' ' << log::escapeControls(std::string(detail)) << '\n';
    return line.str();
}

} // namespace notifyhost::app
