#include "Actions.h"
#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

host::ExitStatus printToken(Program& program, const std::string& name,
                            const std::string& description)
{
    auto& assembly = program.assemblyFor(name);
    const auto& pipeline = assembly.pipeline(name);
    const auto queue = assembly.openQueue(pipeline);
    program.print(queue->makeToken(host::porchPipeline(pipeline),
                                   description.empty() ? pipeline.porchName : description) +
                  "\n");
    return host::ExitStatus::ok;
}

Action defineToken(CLI::App& command)
{
    struct Options {
        std::string pipeline;
        std::string description;
    };
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command.add_option("--description", options->description,
                       "What the token is for (default: the pipeline's name)");
    return [options](Program& program) {
        return printToken(program, options->pipeline, options->description);
    };
}

} // namespace notifyhost::app
