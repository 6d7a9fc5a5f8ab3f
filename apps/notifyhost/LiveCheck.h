#pragma once

#include "Program.h"

namespace notifyhost::app {

/// Tries every service that the configuration names, sending and changing nothing: queues with
/// their tokens, the warehouse, the sources' services and the transports' peers. Of warehouse and
/// transports it opens as many connections as the workers of a run would, and keeps them open
/// together, so that a limit of the peer's shows. Prints a line for
/// each; one that fails keeps none of the others from being tried. Blocks for as long as they take.
/// Returns ok, or the worst of unavailable, credentials and configuration.
host::ExitStatus checkLive(Program& program);

} // namespace notifyhost::app
