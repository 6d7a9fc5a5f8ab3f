#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace notifyhost::log {

/// "1 task", "3 tasks", "2 deliveries", "0 held recipients": the noun's last word takes the plural.
std::string counted(std::size_t number, std::string_view noun);

} // namespace notifyhost::log
