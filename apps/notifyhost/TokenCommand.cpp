#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

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
        auto& assembly = program.assembly();
        const auto& pipeline = assembly.pipeline(options->pipeline);
        const auto queue = assembly.openQueue(pipeline);
        const std::string token = queue->makeToken(
            host::porchPipeline(pipeline),
            options->description.empty() ? pipeline.porchName : options->description);
        program.print(token + "\n");
        return host::ExitStatus::ok;
    };
}

} // namespace notifyhost::app
