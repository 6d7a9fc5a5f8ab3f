#pragma once

#include <filesystem>
#include <string>

namespace notifyhost::config {

/// What keeps this program from a state folder, its owner and those above it looked at and nothing
/// changed; empty: nothing. Where it is missing, of those above it.
std::string objectionToState(const std::filesystem::path& folder);

} // namespace notifyhost::config
