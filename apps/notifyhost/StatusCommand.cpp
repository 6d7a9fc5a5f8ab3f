#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

#include <map>

namespace notifyhost::app {

namespace {

std::string countsOf(const std::vector<queue::QueuedTask>& tasks)
{
    std::map<queue::TaskStatus, int> counts;
    for (const auto& task : tasks) {
        ++counts[task.status];
    }
    std::string text;
    for (const auto& [status, count] : counts) {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " +
                std::string(queue::toText(status));
    }
    return text.empty() ? "no tasks" : text;
}

} // namespace

Action defineStatus(CLI::App& command)
{
    const auto name = std::make_shared<std::string>();
    command.add_option("PIPELINE", *name, "Only this pipeline");
    return [name](Program& program) {
        auto& assembly = program.assembly();
        auto status = host::ExitStatus::ok;
        for (const auto& pipeline : assembly.configuration().pipelines()) {
            if (!name->empty() && pipeline.name != assembly.pipeline(*name).name) {
                continue;
            }
            try {
                const auto queue = assembly.openQueue(pipeline);
                program.print(pipeline.name + ": " +
                              countsOf(queue->list(host::porchPipeline(pipeline), {})) + " (" +
                              queue->describe() + ")\n");
            } catch (const queue::QueueError& error) {
                program.logger().error(pipeline.name + ": " + error.what());
                status = host::worse(status, host::ExitStatus::unavailable);
            }
        }
        return status;
    };
}

} // namespace notifyhost::app
