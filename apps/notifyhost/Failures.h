#pragma once

#include "Commands.h"
#include "host/ExitStatus.h"

namespace notifyhost::app {

/// Runs a command and turns whatever it throws into a message on standard error and a status.
host::ExitStatus withFailuresReported(Program& program, const Action& action);

} // namespace notifyhost::app
