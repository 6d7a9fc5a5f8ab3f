#pragma once

#include <notifyhost/Abi.h>

#include <chrono>
#include <optional>
#include <string_view>

NOTIFYHOST_NAMESPACE_BEGIN

/// Reads a date with a time of day in the form of ISO 8601, "2026-10-28T11:09:25.123+01:00":
/// seconds and their fraction may be left out, the zone is Z or an offset, and no zone is UTC.
/// nullopt where it is anything else, also a day that there is not. Threads: any.
std::optional<std::chrono::system_clock::time_point> readIsoTime(std::string_view text);

NOTIFYHOST_NAMESPACE_END
