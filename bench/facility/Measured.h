#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace notifyhost::bench {

/// What one program cost. Units: seconds, KiB.
struct Cost {
    double wall{};
    double processor{}; ///< user and system
    long peakMemory{};  ///< resident
};

/// Runs a program to its end with its output thrown away and its errors shown.
/// input: its standard input; empty: none. accepted: exit statuses that are no failure.
/// Errors: std::runtime_error for any other exit status.
Cost measured(const std::vector<std::string>& command, const std::filesystem::path& input = {},
              const std::vector<int>& accepted = {0});

/// The run with the median wall time of several; peak memory is the highest.
Cost medianOf(std::vector<Cost> costs);

} // namespace notifyhost::bench
