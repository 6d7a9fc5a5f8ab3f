#pragma once

#include "host/Adder.h"
#include "host/ExitStatus.h"

#include <map>
#include <string>

namespace notifyhost::app {

class Program;

/// What the commands of a pipeline do, whatever the command was called.
/// Errors: all that withFailuresReported() turns into a status.
struct AddRequest {
    std::string pipeline;
    host::AddFiles files;
    std::map<std::string, std::string> overrides; ///< the source's settings by name
};
host::ExitStatus addEvents(Program& program, const AddRequest& request);
host::ExitStatus runPipeline(Program& program, const std::string& pipeline);
host::ExitStatus registerPipeline(Program& program, const std::string& pipeline);

/// description: empty for the pipeline's name in the queue.
host::ExitStatus printToken(Program& program, const std::string& pipeline,
                            const std::string& description);

} // namespace notifyhost::app
