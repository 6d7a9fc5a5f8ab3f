#pragma once

#include "Program.h"

#include <vector>

namespace notifyhost::app {

/// What the ledger holds open of pipelines that no section reads, since their porch_name was
/// changed: a warning each, at the section that is likely meant. Looks without making or changing
/// anything, while a run is at work too; a ledger that cannot be read is a warning as well.
std::vector<config::Finding> nobodysRows(const config::Configuration& configuration);

} // namespace notifyhost::app
