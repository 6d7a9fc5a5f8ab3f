#include "Commands.h"
#include "Concerns.h"
#include "Program.h"

#include <CLI/CLI.hpp>

#include <array>
#include <filesystem>

namespace notifyhost::app {

namespace {

struct Choice {
    const char* flag;
    Concern concern;
    const char* help;
};

constexpr std::array kChoices{
    Choice{"--failed", Concern::failed, "Only those of which nobody is known to have been told"},
    Choice{"--held", Concern::held, "Only those with messages that wait for approve"},
    Choice{"--unknown", Concern::unknown, "Only those with messages that may have arrived or not"},
    Choice{"--nobody", Concern::nobody, "Only those with a notification that has no contacts"},
    Choice{"--partial", Concern::partial, "Only those that are DONE, with somebody not told"},
    Choice{"--copied", Concern::copied, "Only those with somebody who may have a message twice"},
    Choice{"--foreign", Concern::foreign,
           "Only those CLAIMED or RUNNING that this host does not answer for"},
};

struct Options {
    std::string pipeline;
    std::string status;
    std::array<bool, kChoices.size()> chosen{};
};

std::string line(std::string_view status, const std::string& id, const std::string& input)
{
    return std::string(status) + "\t" + id + "\t" + log::escapeControls(input);
}

void listConcern(Program& program, const std::string& pipeline, Concern concern)
{
    const auto session = openSession(program, pipeline, userName());
    for (const auto& task : tasksOf(session, concern)) {
        program.print(line(task.status, task.id, task.input) + "\t" +
                      log::escapeControls(task.what) +
                      (task.acknowledged ? " (acknowledged)" : "") + "\n");
    }
}

/// Rows tell which tasks are under a former name. Looking leaves nothing behind, and where the
/// ledger cannot be read the queue is asked all the same.
std::vector<ledger::TaskRow> rowsWhereReadable(Program& program, const std::string& pipeline)
{
    const auto state = program.assemblyFor(pipeline).configuration().stateFolder();
    std::error_code none;
    if (!std::filesystem::exists(state / "ledger.sqlite", none)) {
        return {};
    }
    try {
        return rowsOf(*openSession(program, pipeline, userName()).ledger);
    } catch (const std::runtime_error& error) {
        program.logger().warning("tasks under a former name or version are not shown: " +
                                 std::string(error.what()));
        return {};
    }
}

host::ExitStatus list(Program& program, const Options& options)
{
    for (std::size_t index = 0; index < kChoices.size(); ++index) {
        if (options.chosen[index]) {
            listConcern(program, options.pipeline, kChoices[index].concern);
            return host::ExitStatus::ok;
        }
    }
    auto& assembly = program.assemblyFor(options.pipeline);
    const auto& pipeline = assembly.pipeline(options.pipeline);
    const auto rows = rowsWhereReadable(program, options.pipeline);
    const auto queue = assembly.openQueue(pipeline);
    std::vector<queue::TaskStatus> statuses;
    if (const auto status = queue::statusFromText(options.status)) {
        statuses.push_back(*status);
    }
    const auto view = lookAt(*queue, pipeline, rows, statuses);
    for (const auto& task : view.tasks) {
        program.print(line(queue::toText(task.status), task.id, task.inputText) + "\n");
    }
    if (view.trouble) {
        throw queue::QueueError(*view.trouble);
    }
    return host::ExitStatus::ok;
}

} // namespace

Action defineList(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    auto* which = command.add_option_group("Which", "At most one of");
    which->require_option(0, 1);
    which->add_option("--status", options->status, "Only tasks of this status in the queue")
        ->check(CLI::IsMember({"PENDING", "CLAIMED", "RUNNING", "DONE", "FAILED", "CANCELLED"},
                              CLI::ignore_case));
    for (std::size_t index = 0; index < kChoices.size(); ++index) {
        which->add_flag(kChoices[index].flag, options->chosen[index], kChoices[index].help);
    }
    command.footer("One task a line: status, task id, input, with tabs between; behind them what "
                   "is to be known, where a reason to look was given.");
    return [options](Program& program) { return list(program, *options); };
}

} // namespace notifyhost::app
