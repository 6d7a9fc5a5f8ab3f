#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace notifyhost::bench {

/// The runs of a made-up facility: run N has 24 samples on one plate, all of one study with three
/// people.
inline constexpr int kSamplesPerRun = 24;

enum class Engine { sqlite, mariadb };

/// SQL that fills the tables with so many runs.
std::string warehouseRows(Engine engine, int runs);

/// Writes baton lines for runs 0 to count - 1.
void writeRuns(const std::filesystem::path& file, int count);

/// A configuration file with one pipeline, `ont`.
struct Configuration {
    std::string warehouse; ///< the lines of the section
    std::string transport;
    std::string state{"state"};
    std::string queue{"url = sqlite:queue.sqlite\n"};
    std::string pipeline{}; ///< more lines of it
};
void writeConfiguration(const std::filesystem::path& file, const Configuration& configuration);

} // namespace notifyhost::bench
