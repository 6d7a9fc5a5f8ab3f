#include "Commands.h"
#include "Concerns.h"
#include "PipelineSession.h"
#include "Program.h"
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

/// Why nothing can be changed about a task, and what to do instead.
host::ExitStatus refuse(Program& program, const std::string& verb, const KnownTask& task,
                        const std::string& why)
{
    program.logger().error(verb + ": task " + shortId(task.id) + " " + why +
                           " Nothing was changed.");
    return host::ExitStatus::someFailed;
}

/// What keeps every command from changing a task; empty: nothing.
std::string notOurs(const PipelineSession& session, const KnownTask& task)
{
    if (task.row && task.row->state != ledger::TaskState::released) {
        return "";
    }
    if (task.queued && task.queued->status == queue::TaskStatus::pending) {
        return "waits in the queue: the next `notifyhost run " + session.pipeline.name +
               "` claims it.";
    }
    return "is not held by this host's ledger. Give the command on the host that holds it, or see "
           "`notifyhost explain " +
           session.pipeline.name + " " + shortId(task.id) + "`.";
}

std::string untried(const PipelineSession& session)
{
    return "is claimed and nothing of it was tried yet: the next `notifyhost run " +
           session.pipeline.name + "` does that, or lets it go.";
}

host::ExitStatus retry(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session, [&] {
        const auto task = findTask(session, options.task);
        if (const auto why = notOurs(session, task); !why.empty()) {
            return refuse(program, "retry", task, why);
        }
        if (task.row->state == ledger::TaskState::taken) {
            return refuse(program, "retry", task, untried(session));
        }
        if (task.row->state == ledger::TaskState::done) {
            return refuse(
                program, "retry", task,
                "is DONE, and what is DONE is not opened again. Whoever was not told must "
                "be told in another way; `notifyhost explain " +
                    session.pipeline.name + " " + shortId(task.id) + "` names them.");
        }
        // The queue first: should this process end in between, the ledger is still final or due.
        session.queue->update(task.row->task, queue::TaskStatus::running);
        const int changed = session.ledger->retry(task.id);
        if (changed == 0) {
            program.logger().warning("retry: task " + shortId(task.id) +
                                     " has nothing left that could be sent: its messages are no "
                                     "longer kept, or everybody was told");
        }
        const bool composedAgain = session.ledger->task(task.id).value().nextAttempt.has_value();
        program.print("task " + shortId(task.id) + ": " +
                      counted(static_cast<std::size_t>(changed), "recipient") + " due again" +
                      (composedAgain ? ", and what could not be composed is composed again" : "") +
                      ", at the next `notifyhost run " + session.pipeline.name + "`\n");
        return host::ExitStatus::ok;
    });
}

host::ExitStatus approve(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session, [&] {
        const auto task = findTask(session, options.task);
        if (const auto why = notOurs(session, task); !why.empty()) {
            return refuse(program, "approve", task, why);
        }
        const int changed = session.ledger->approve(task.id);
        if (changed == 0) {
            return refuse(program, "approve", task,
                          "holds nothing back. `notifyhost list " + session.pipeline.name +
                              " --held` lists those that do.");
        }
        program.print("task " + shortId(task.id) + ": " +
                      counted(static_cast<std::size_t>(changed), "held recipient") +
                      " due at the next `notifyhost run " + session.pipeline.name + "`\n");
        return host::ExitStatus::ok;
    });
}

host::ExitStatus cancel(Program& program, const Options& options)
{
    const auto session = openSession(program, options.pipeline, userName());
    return withLock(program, session, [&] {
        const auto task = findTask(session, options.task);
        if (const auto why = notOurs(session, task); !why.empty()) {
            return refuse(program, "cancel", task, why);
        }
        if (task.row->state == ledger::TaskState::taken) {
            return refuse(program, "cancel", task, untried(session));
        }
        if (task.row->state != ledger::TaskState::running) {
            return refuse(
                program, "cancel", task,
                "is " +
                    std::string(task.row->state == ledger::TaskState::done ? "DONE" : "FAILED") +
                    " and nothing of it waits.");
        }
        const int changed = session.ledger->cancel(task.id, options.reason);
        program.print("task " + shortId(task.id) + ": " +
                      counted(static_cast<std::size_t>(changed), "recipient") +
                      " will not be told; the next `notifyhost run " + session.pipeline.name +
                      "` ends the task\n");
        return host::ExitStatus::ok;
    });
}

} // namespace

Action defineRetry(CLI::App& command)
{
    const auto options = define(command);
    command.footer(
        "Of a task that is FAILED or still being tried: what was not accepted becomes due "
        "again, with a budget of its own; what was accepted is never sent again.");
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
