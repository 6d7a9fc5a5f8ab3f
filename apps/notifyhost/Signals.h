#pragma once

#include "host/StopSignal.h"

namespace notifyhost::app {

/// From now on SIGTERM, SIGINT and SIGHUP ask the program to end; but a signal that was ignored at
/// the start, as nohup does, stays so. A reader or peer that goes away, and a file that may not
/// grow, are errors of the write and not reasons to die.
void handleSignals();

/// What the signals set.
const host::StopSignal& stopSignal();

/// For a command that may end anywhere: a second after it was asked to end it ends, whatever it
/// waits for, with a word on standard error and status 75.
void endSoonWhenAsked();

} // namespace notifyhost::app
