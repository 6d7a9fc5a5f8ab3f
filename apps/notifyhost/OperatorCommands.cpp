#include "Commands.h"
#include "Concerns.h"
#include "Selection.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace notifyhost::app {

namespace {

using host::OperatorCommand;
using ledger::DeliveryState;

struct Options {
    Selection selection;
    std::string because;
    bool told{};
    bool frozen{};
};

std::shared_ptr<Options> define(CLI::App& command)
{
    auto options = std::make_shared<Options>();
    addSelectionOptions(command, options->selection);
    return options;
}

void addReason(CLI::App& command, Options& options)
{
    command
        .add_option("--reason", options.selection.reason,
                    "Only tasks with this text in a recorded reason")
        ->excludes(command.get_option("TASK"));
}

void addGone(CLI::App& command, Options& options)
{
    command.add_flag("--gone", options.selection.gone,
                     "No other host will go on with it: it is known to be gone for ever");
}

void addBecause(CLI::App& command, Options& options)
{
    command.add_option("--because", options.because, "Why, for the record");
}

std::size_t recipientsWhere(const Chosen& chosen,
                            const std::function<bool(const ledger::DeliveryRow::Recipient&)>& is)
{
    std::size_t count = 0;
    for (const auto& row : chosen.deliveries) {
        count += static_cast<std::size_t>(
            std::count_if(row.recipients.begin(), row.recipients.end(), is));
    }
    return count;
}

std::size_t notTold(const Chosen& chosen)
{
    return recipientsWhere(chosen, [](const auto& recipient) {
        return recipient.state != DeliveryState::accepted &&
               recipient.state != DeliveryState::nobody &&
               recipient.state != DeliveryState::superseded &&
               recipient.state != DeliveryState::repeated;
    });
}

std::size_t held(const Chosen& chosen)
{
    return recipientsWhere(
        chosen, [](const auto& recipient) { return recipient.state == DeliveryState::held; });
}

std::size_t notFinal(const Chosen& chosen)
{
    return recipientsWhere(chosen,
                           [](const auto& recipient) { return !ledger::isFinal(recipient.state); });
}

/// What status may name until the operator has seen it.
std::size_t toBeSeen(const Chosen& chosen)
{
    return recipientsWhere(chosen, [](const auto& recipient) {
        return recipient.state == DeliveryState::refused ||
               recipient.state == DeliveryState::expired ||
               recipient.state == DeliveryState::nobody ||
               recipient.state == DeliveryState::unknown || recipient.copies > 0;
    });
}

bool always(const Chosen&)
{
    return true;
}

/// The task as it is PUT: under the version that its ledger has, which may be an earlier one.
queue::QueuedTask putAs(const Chosen& chosen)
{
    return chosen.task.row ? chosen.task.row->task : *chosen.task.queued;
}

std::string taskName(const Chosen& chosen)
{
    return "task " + shortId(chosen.task.id);
}

/// ", 2 superseded by what is newer", where there are any.
std::string supersededOf(const ledger::Reopened& reopened)
{
    return reopened.superseded == 0
               ? ""
               : ", " + counted(static_cast<std::size_t>(reopened.superseded), "recipient") +
                     " not told, since a newer word about the same thing is on record";
}

host::ExitStatus retryOne(Program& program, const PipelineSession& session, const Chosen& chosen,
                          ledger::Ledger::Wording wording)
{
    // The queue first: nothing is sent of a task that it does not show RUNNING, and should this
    // process end in between, the ledger is still final or due.
    session.queue->update(putAs(chosen), queue::TaskStatus::running);
    const auto reopened = session.ledger->retry(chosen.task.id, wording);
    const bool composed = session.ledger->task(chosen.task.id).value().nextAttempt.has_value();
    if (reopened.due + reopened.superseded == 0 && !composed) {
        program.logger().warning("retry: " + taskName(chosen) +
                                 " has nothing left that could be sent: its messages are no "
                                 "longer kept, or everybody was told");
    }
    std::string what = reopened.due > 0 || !composed
                           ? counted(static_cast<std::size_t>(reopened.due), "recipient") +
                                 " due again" + (reopened.due > 0 ? " with the same bytes" : "")
                           : "";
    if (composed) {
        what += what.empty() ? "" : ", and ";
        what += reopened.anew > 0 ? counted(static_cast<std::size_t>(reopened.anew), "recipient") +
                                        " not told: composed anew, with contacts, templates and "
                                        "facts as they are then"
                                  : "what could not be composed is composed again";
    }
    program.print(taskName(chosen) + ": " + what + supersededOf(reopened) +
                  ", at the next `notifyhost run " + session.pipeline.name + "`\n");
    return host::ExitStatus::ok;
}

host::ExitStatus approveOne(Program& program, const PipelineSession& session, const Chosen& chosen)
{
    const auto reopened = session.ledger->approve(chosen.task.id);
    if (reopened.due + reopened.superseded == 0) {
        program.logger().error("approve: " + taskName(chosen) +
                               " holds nothing back. `notifyhost list " + session.pipeline.name +
                               " --held` lists those that do. Nothing was changed.");
        return host::ExitStatus::someFailed;
    }
    program.print(taskName(chosen) + ": " +
                  counted(static_cast<std::size_t>(reopened.due), "held recipient") +
                  " due at the next `notifyhost run " + session.pipeline.name + "`" +
                  supersededOf(reopened) + "\n");
    return host::ExitStatus::ok;
}

host::ExitStatus cancelOne(Program& program, const PipelineSession& session, const Chosen& chosen,
                           const std::string& reason)
{
    const auto answer = host::operatorAnswer(OperatorCommand::cancel, chosen.situation.ledger,
                                             chosen.situation.queue);
    if (answer == host::OperatorAnswer::close) {
        session.ledger->close(chosen.task.id, reason);
        program.print(taskName(chosen) + ": closed here; the queue shows it " +
                      std::string(toText(chosen.situation.queue)) + " and is told nothing\n");
        return host::ExitStatus::ok;
    }
    const auto age = session.ledger->time() - chosen.task.row->budgetStart;
    const bool spent = age > session.pipeline.giveUpAfter;
    const int changed = session.ledger->cancel(chosen.task.id, reason,
                                               spent ? ledger::Ledger::Budget::anew
                                                     : ledger::Ledger::Budget::asItIs);
    program.print(taskName(chosen) + ": " +
                  counted(static_cast<std::size_t>(changed), "recipient") +
                  " will not be told; the next `notifyhost run " + session.pipeline.name +
                  "` ends the task\n");
    return host::ExitStatus::ok;
}

host::ExitStatus takeOverOne(Program& program, const PipelineSession& session, const Chosen& chosen)
{
    auto task = *chosen.task.queued;
    // The queue first: adopted here means RUNNING there.
    session.queue->update(task, queue::TaskStatus::running);
    task.status = queue::TaskStatus::running;
    session.ledger->adopt(task, program.clock().claimTime());
    program.print("task " + task.id + " is taken over; the next run of " + session.pipeline.name +
                  " goes on with it\n");
    return host::ExitStatus::ok;
}

host::ExitStatus acknowledgeOne(Program& program, const PipelineSession& session,
                                const Chosen& chosen, const std::string& reason)
{
    session.ledger->acknowledge(putAs(chosen), reason);
    program.print(taskName(chosen) +
                  ": acknowledged; `notifyhost status` does not name it before something new "
                  "happens\n");
    return host::ExitStatus::ok;
}

host::ExitStatus closeAsTold(Program& program, const PipelineSession& session, const Chosen& chosen,
                             const std::string& reason)
{
    const auto task = *chosen.task.queued;
    // The ledger first, as with everything that ends: a run tells the queue again what is final.
    session.ledger->toldElsewhere(task, program.clock().claimTime(), reason);
    session.queue->update(task, queue::TaskStatus::done);
    program.print(taskName(chosen) + ": DONE as told by another program; nothing was sent\n");
    return host::ExitStatus::ok;
}

} // namespace

Action defineRetry(CLI::App& command)
{
    const auto options = define(command);
    addReason(command, *options);
    addGone(command, *options);
    command.footer(
        "Of a task that is FAILED or still being tried, with a budget of its own. A notification "
        "of which nothing was told and nothing is in doubt is composed anew: contacts, sender, "
        "templates and facts as they are now. Of any other, those who were not told get the same "
        "bytes; a mended address there is told by `retell TASK --to ADDRESS` when the task has "
        "ended. What was accepted is never sent again.");
    command.add_flag("--frozen", options->frozen,
                     "Compose nothing anew that was composed: the same bytes to the same "
                     "addresses");
    return [options](Program& program) {
        const auto session = openSession(program, options->selection.pipeline, userName());
        Errand errand{OperatorCommand::retry, "would be due again", always, notTold};
        errand.carryOut = [&](const Chosen& chosen) {
            return retryOne(program, session, chosen,
                            options->frozen ? ledger::Ledger::Wording::frozen
                                            : ledger::Ledger::Wording::anew);
        };
        return carryOut(program, session, options->selection, errand);
    };
}

Action defineApprove(CLI::App& command)
{
    const auto options = define(command);
    addReason(command, *options);
    addGone(command, *options);
    return [options](Program& program) {
        const auto session = openSession(program, options->selection.pipeline, userName());
        Errand errand{OperatorCommand::approve, "would be sent",
                      [](const Chosen& chosen) { return held(chosen) > 0; }, held};
        errand.carryOut = [&](const Chosen& chosen) {
            return approveOne(program, session, chosen);
        };
        return carryOut(program, session, options->selection, errand);
    };
}

Action defineCancel(CLI::App& command)
{
    const auto options = define(command);
    command.add_option("--reason", options->selection.reason,
                       "With TASK: why, for the record. Without: only tasks with this text in a "
                       "recorded reason");
    addGone(command, *options);
    addBecause(command, *options);
    command.footer("Where the queue shows that another host has ended the task, it is closed here "
                   "and the queue is told nothing.");
    return [options](Program& program) {
        auto& [selection, because, told, frozen] = *options;
        if (!selection.task.empty() && !selection.reason.empty()) {
            because = because.empty() ? selection.reason : because;
            selection.reason.clear();
        }
        const std::string reason = because.empty() ? "cancelled by the operator" : because;
        const auto session = openSession(program, selection.pipeline, userName());
        Errand errand{OperatorCommand::cancel, "would not be told", always, notFinal};
        errand.carryOut = [&](const Chosen& chosen) {
            return cancelOne(program, session, chosen, reason);
        };
        return carryOut(program, session, selection, errand);
    };
}

Action defineTakeover(CLI::App& command)
{
    const auto options = define(command);
    addReason(command, *options);
    addGone(command, *options);
    command.footer(
        "Makes this host's ledger answer for tasks of a host that is gone; without TASK and "
        "without a choice, for all of them, at once. What that host had told of them may be told "
        "again. Give it on one host only.");
    return [options](Program& program) {
        const auto session = openSession(program, options->selection.pipeline, userName());
        Errand errand{OperatorCommand::takeover, "would be answered for by this host", always,
                      notFinal};
        errand.withoutChoice = WithoutChoice::isForAll;
        errand.carryOut = [&](const Chosen& chosen) {
            return takeOverOne(program, session, chosen);
        };
        return carryOut(program, session, options->selection, errand);
    };
}

Action defineAcknowledge(CLI::App& command)
{
    const auto options = define(command);
    addReason(command, *options);
    addGone(command, *options);
    addBecause(command, *options);
    command.add_flag("--told", options->told,
                     "Of a task that an earlier program or a lost host left CLAIMED or RUNNING: it "
                     "has told everybody. The task is DONE and nothing is sent");
    command.footer(
        "What `status` asks about and you have seen is not named again before something "
        "new happens to the task. Without TASK and without a choice it is for all of it, "
        "and needs --yes as a choice of many does. What is held back still waits for "
        "approve or cancel.");
    return [options](Program& program) {
        const auto& [selection, because, told, frozen] = *options;
        const auto session = openSession(program, selection.pipeline, userName());
        Errand errand;
        errand.withoutChoice = told ? WithoutChoice::isWrong : WithoutChoice::isForAll;
        if (told) {
            const std::string reason =
                because.empty() ? "told by another program, as the operator says" : because;
            errand.command = OperatorCommand::told;
            errand.effect = "would be closed as told";
            errand.concerns = always;
            errand.recipients = notFinal;
            errand.carryOut = [&, reason](const Chosen& chosen) {
                return closeAsTold(program, session, chosen, reason);
            };
        } else {
            const std::string reason = because.empty() ? "seen by the operator" : because;
            errand.command = OperatorCommand::acknowledge;
            errand.effect = "would be acknowledged";
            errand.concerns = [](const Chosen& chosen) {
                const auto& row = chosen.task.row;
                return !(row && row->acknowledged) &&
                       (toBeSeen(chosen) > 0 || (row && row->putBack) ||
                        chosen.situation.ledger == host::InLedger::failed ||
                        chosen.situation.queue == host::InQueue::failed);
            };
            errand.recipients = toBeSeen;
            errand.carryOut = [&, reason](const Chosen& chosen) {
                return acknowledgeOne(program, session, chosen, reason);
            };
        }
        return carryOut(program, session, selection, errand);
    };
}

} // namespace notifyhost::app
