#include "Commands.h"
#include "PipelineSession.h"
#include "Program.h"
#include "host/TaskWork.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

namespace {

struct Options {
    std::string pipeline;
    std::string task;
    std::string reason;
};

std::shared_ptr<Options> define(CLI::App& command)
{
    auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command.add_option("TASK", options->task, "A task's id, or the first 6 or more digits of it")
        ->required();
    return options;
}

/// The task's row here, or a message that says why there is none to work on.
const ledger::TaskRow* ownRow(Program& program, const KnownTask& task, const char* verb)
{
    if (!task.row || task.row->state == ledger::TaskState::released) {
        program.logger().error(std::string(verb) + ": task " + task.id +
                               " is not held by this ledger; give the command on the host that "
                               "holds it, or use `notifyhost takeover`");
        return nullptr;
    }
    return &*task.row;
}

host::ExitStatus retry(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session.pipeline, [&] {
        const auto task = findTask(session, options.task);
        const auto* row = ownRow(program, task, "retry");
        if (row == nullptr) {
            return host::ExitStatus::someFailed;
        }
        if (row->state == ledger::TaskState::taken) {
            program.logger().error("retry: nothing of task " + task.id +
                                   " was tried yet; the next run does it");
            return host::ExitStatus::someFailed;
        }
        // The queue first: should this process end in between, the ledger is still final or due.
        session.queue->update(row->task, queue::TaskStatus::running);
        const int changed = session.ledger->retry(task.id);
        program.print(std::to_string(changed) + " recipients of task " + task.id +
                      " are due again at the next run of " + session.pipeline.name + "\n");
        return host::ExitStatus::ok;
    });
}

host::ExitStatus approve(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session.pipeline, [&] {
        const auto task = findTask(session, options.task);
        if (ownRow(program, task, "approve") == nullptr) {
            return host::ExitStatus::someFailed;
        }
        const int changed = session.ledger->approve(task.id);
        program.print(std::to_string(changed) + " held recipients of task " + task.id +
                      " are due at the next run of " + session.pipeline.name + "\n");
        return changed > 0 ? host::ExitStatus::ok : host::ExitStatus::someFailed;
    });
}

host::ExitStatus cancel(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session.pipeline, [&] {
        const auto task = findTask(session, options.task);
        const auto* row = ownRow(program, task, "cancel");
        if (row == nullptr || row->state == ledger::TaskState::taken) {
            program.logger().error("cancel: nothing of task " + task.id + " is waiting here");
            return host::ExitStatus::someFailed;
        }
        const int changed = session.ledger->cancel(task.id, options.reason);
        program.print(std::to_string(changed) + " recipients of task " + task.id +
                      " will not be told; the next run of " + session.pipeline.name +
                      " ends the task\n");
        return host::ExitStatus::ok;
    });
}

} // namespace

Action defineRetry(CLI::App& command)
{
    const auto options = define(command);
    command.footer("What was not accepted becomes due again, with a budget of its own; what was "
                   "accepted is never sent again.");
    return [options](Program& program) { return retry(program, *options); };
}

Action defineApprove(CLI::App& command)
{
    const auto options = define(command);
    return [options](Program& program) { return approve(program, *options); };
}

Action defineCancel(CLI::App& command)
{
    const auto options = define(command);
    options->reason = "cancelled by the operator";
    command.add_option("--reason", options->reason, "Why, for the record");
    return [options](Program& program) { return cancel(program, *options); };
}

} // namespace notifyhost::app
