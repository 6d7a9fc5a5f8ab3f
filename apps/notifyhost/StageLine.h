#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace notifyhost::app {

/// One line of what was tried: the seconds it took or stands at, a name, and what came of it.
/// Control characters of the detail are escaped.
std::string stageLine(std::chrono::steady_clock::duration time, std::string_view name,
                      std::string_view detail);

} // namespace notifyhost::app
