#pragma once

#include <string>

namespace notifyhost::bench {

/// Makes a pipeline of its own with so many tasks and sets each RUNNING and DONE, over so many
/// connections side by side that do nothing else. Returns PUTs a second.
/// Errors: std::runtime_error for an answer that is no success.
double putsPerSecond(int port, const std::string& administratorToken, int connections, int tasks);

} // namespace notifyhost::bench
