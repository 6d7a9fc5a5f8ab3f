#include "Commands.h"
#include "Concerns.h"
#include "PipelineSession.h"
#include "Program.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace notifyhost::app {

namespace {

struct Options {
    std::string pipeline;
    std::string task;
    bool gone{};
};

/// Whether the owner may be taken for gone: watched for longer than it may send anything, or known
/// to the operator to be gone.
bool mayTake(const PipelineSession& session, const queue::QueuedTask& task, bool gone)
{
    if (gone) {
        return true;
    }
    const auto rows = session.ledger->watches();
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const auto& watch) { return watch.taskId == task.id; });
    return row != rows.end() &&
           (row->beforeFirstLook ||
            row->watched >= session.pipeline.giveUpAfter + std::chrono::hours{24});
}

void take(Program& program, const PipelineSession& session, queue::QueuedTask task)
{
    // The queue first: adopted here means RUNNING there.
    session.queue->update(task, queue::TaskStatus::running);
    task.status = queue::TaskStatus::running;
    session.ledger->adopt(task, program.clock().claimTime());
    program.print("task " + task.id + " is taken over; the next run of " + session.pipeline.name +
                  " goes on with it\n");
}

host::ExitStatus takeover(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session, [&] {
        auto tasks = foreignTasks(session);
        if (!options.task.empty()) {
            const auto wanted = findTask(session, options.task).id;
            std::erase_if(tasks, [&](const auto& task) { return task.id != wanted; });
        }
        auto status = tasks.empty() && !options.task.empty() ? host::ExitStatus::someFailed
                                                             : host::ExitStatus::ok;
        if (tasks.empty()) {
            program.logger().warning(
                options.task.empty()
                    ? "takeover: nothing is CLAIMED or RUNNING that this host does not answer for"
                    : "takeover: task " + options.task +
                          " is not CLAIMED or RUNNING elsewhere; `notifyhost explain " +
                          session.pipeline.name + " " + options.task + "` tells how it stands");
        }
        for (auto& task : tasks) {
            if (mayTake(session, task, options.gone)) {
                take(program, session, std::move(task));
                continue;
            }
            status = host::ExitStatus::later;
            program.logger().warning(
                "task " + task.id + " is " + std::string(queue::toText(task.status)) +
                " and its owner may still be at work: runs here have not watched it for "
                "give_up_after "
                "and a day. If you know that the other host is gone for ever, say --gone.");
        }
        return status;
    });
}

} // namespace

Action defineTakeover(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command.add_option("TASK", options->task,
                       "Only this task: its id, or the first 6 or more digits of it");
    command.add_flag("--gone", options->gone,
                     "The other host is known to be gone for ever: do not wait");
    command.footer(
        "Makes this host's ledger answer for tasks of a host that is gone. What that host "
        "had told of them may be told again. Give it on one host only.");
    return [options](Program& program) { return takeover(program, *options); };
}

} // namespace notifyhost::app
