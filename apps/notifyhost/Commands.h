#pragma once

#include "host/ExitStatus.h"

#include <functional>

namespace CLI {
class App;
}

namespace notifyhost::app {

class Program;

/// What a command does once the command line is read.
using Action = std::function<host::ExitStatus(Program&)>;

/// Each defines one command's options on its sub-command and returns what it does. A file each, but
/// for those that change how tasks stand, in OperatorCommands.cpp.
Action defineAcknowledge(CLI::App& command);
Action defineAdd(CLI::App& command);
Action defineAdopt(CLI::App& command);
Action defineApprove(CLI::App& command);
Action defineCancel(CLI::App& command);
Action defineCheck(CLI::App& command);
Action defineDescribe(CLI::App& command);
Action defineExplain(CLI::App& command);
Action defineList(CLI::App& command);
Action definePlugins(CLI::App& command);
Action definePreview(CLI::App& command);
Action defineRegister(CLI::App& command);
Action defineRetell(CLI::App& command);
Action defineRetry(CLI::App& command);
Action defineRun(CLI::App& command);
Action defineStatus(CLI::App& command);
Action defineTakeover(CLI::App& command);
Action defineTestTransport(CLI::App& command);
Action defineToken(CLI::App& command);

} // namespace notifyhost::app
