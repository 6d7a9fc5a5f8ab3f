#include "Actions.h"
#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

host::ExitStatus printToken(Program& program, const std::string& name,
                            const std::string& description)
{
    auto& assembly = program.assemblyFor(name, Program::AdminToken::used);
    const auto& pipeline = assembly.pipeline(name);
    const auto queue = assembly.openQueue(pipeline);
    const auto& purpose = description.empty() ? pipeline.porchName : description;
    program.print(queue->makeToken(host::porchPipeline(pipeline), purpose) + "\n");
    if (!program.output().trouble().empty()) {
        program.logger().error(
            "the token was made and is lost: nobody can read it again, and it is good until it is "
            "revoked. Make another with `notifyhost token " +
            pipeline.name + "`. The lost one, the newest of " + queue->describe() +
            " with the description '" + purpose +
            "', is revoked where the queue is kept: for a miniporch or a queue in a file "
            "`miniporch --db FILE list-tokens` shows its number and `miniporch --db FILE "
            "revoke-token NUMBER` revokes it; for porch ask who keeps its database");
    }
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
