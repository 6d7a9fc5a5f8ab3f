#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

Action defineList(CLI::App& command)
{
    struct Options {
        std::string pipeline;
        std::string status;
    };
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command.add_option("--status", options->status, "Only tasks of this status")
        ->check(CLI::IsMember({"PENDING", "CLAIMED", "RUNNING", "DONE", "FAILED", "CANCELLED"},
                              CLI::ignore_case));
    command.footer("One task a line: status, task id, input, with tabs between.");
    return [options](Program& program) {
        auto& assembly = program.assembly();
        const auto& pipeline = assembly.pipeline(options->pipeline);
        const auto queue = assembly.openQueue(pipeline);
        std::optional<queue::TaskStatus> status;
        if (!options->status.empty()) {
            status = queue::statusFromText(options->status);
        }
        for (const auto& task : queue->list(host::porchPipeline(pipeline), status)) {
            program.print(std::string(queue::toText(task.status)) + "\t" + task.id + "\t" +
                          log::escapeControls(task.inputText) + "\n");
        }
        return host::ExitStatus::ok;
    };
}

} // namespace notifyhost::app
