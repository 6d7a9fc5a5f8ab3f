#include "Actions.h"
#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

host::ExitStatus registerPipeline(Program& program, const std::string& name)
{
    auto& assembly = program.assemblyFor(name, Program::AdminToken::used);
    const auto& pipeline = assembly.pipeline(name);
    const auto queue = assembly.openQueue(pipeline);
    const auto done = queue->registerPipeline(host::porchPipeline(pipeline));
    program.logger().info(queue->describe() + ": pipeline " + pipeline.porchName +
                          (done.pipelineCreated ? " created" : " was there") + ", version " +
                          pipeline.porchVersion +
                          (done.versionCreated ? " created" : " was there") +
                          (done.note.empty() ? "" : "; " + done.note));
    return host::ExitStatus::ok;
}

Action defineRegister(CLI::App& command)
{
    const auto name = std::make_shared<std::string>();
    command.add_option("PIPELINE", *name, "Name of a [pipeline.NAME] section")->required();
    return [name](Program& program) { return registerPipeline(program, *name); };
}

} // namespace notifyhost::app
