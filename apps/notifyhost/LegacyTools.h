#pragma once

#include "config/LegacySections.h"

#include <string>
#include <vector>

namespace notifyhost::app {

/// The whole program under the command name of one of the two Python tools.
/// words: the command line behind the name. Returns the exit status: 0; 1 for whatever failed;
/// 2 for a command line that is not understood.
int runLegacyTool(config::LegacyTool tool, const std::vector<std::string>& words);

} // namespace notifyhost::app
