#include "Advice.h"
#include "Commands.h"
#include "Concerns.h"
#include "PipelineSession.h"
#include "Program.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace notifyhost::app {

namespace {

/// The task's life, from the queue's history and the ledger's, in order of time.
std::string history(const PipelineSession& session, const KnownTask& task)
{
    const auto& id = task.id;
    const auto pipeline =
        task.row ? task.row->task.pipeline : host::porchPipeline(session.pipeline);
    std::vector<std::string> lines;
    try {
        if (task.queueTrouble.empty()) {
            for (const auto& event : session.queue->events(pipeline, id)) {
                lines.push_back(event.time + "  queue: " + event.what);
            }
        }
    } catch (const queue::QueueError& error) {
        lines.push_back("(the queue does not tell its history: " + std::string(error.what()) + ")");
    }
    for (const auto& event : session.ledger->events(id)) {
        lines.push_back(log::toIsoTime(event.time) + "  " + event.who + ": " + event.what);
    }
    std::stable_sort(lines.begin(), lines.end(), [](const auto& one, const auto& other) {
        return one.substr(0, one.find(' ')) < other.substr(0, other.find(' '));
    });
    std::string text;
    for (const auto& line : lines) {
        text += "  " + log::escapeControls(line) + "\n";
    }
    return text;
}

std::string recipientLine(const ledger::DeliveryRow::Recipient& recipient)
{
    std::string text =
        "    " + (recipient.address.empty() ? std::string("(nobody named)") : recipient.address) +
        ": " + std::string(ledger::toText(recipient.state));
    text += recipient.attempts > 0
                ? ", " + counted(static_cast<std::size_t>(recipient.attempts), "attempt")
                : "";
    text += recipient.code != 0 ? ", code " + std::to_string(recipient.code) : "";
    text += recipient.settled ? ", " + log::toIsoTime(*recipient.settled) : "";
    text += recipient.nextAttempt ? ", next attempt " + log::toIsoTime(*recipient.nextAttempt) : "";
    text += recipient.reason.empty() ? "" : ": " + recipient.reason;
    return log::escapeControls(text) + "\n";
}

std::string deliveries(const std::vector<ledger::DeliveryRow>& rows)
{
    std::string text;
    for (const auto& row : rows) {
        text += "  delivery " + row.key.substr(0, 12) + ", notification " +
                (row.notificationKey.empty() ? "(the task as a whole)" : row.notificationKey) +
                ", Message-ID <" + row.messageId + ">\n";
        for (const auto& recipient : row.recipients) {
            text += recipientLine(recipient);
        }
    }
    return text;
}

host::ExitStatus explain(Program& program, const std::string& name, const std::string& wanted)
{
    const auto session = openSession(program, name, userName());
    const auto known = findTask(session, wanted);
    const auto now = session.ledger->time();
    const auto situation = Situations(session).of(known);
    const auto rows = session.ledger->deliveries(known.id);
    std::string text = "task " + known.id + "\n";
    text +=
        "  input: " +
        log::escapeControls(known.queued ? known.queued->inputText : known.row->task.inputText) +
        "\n";
    text += "  queue: " +
            (known.row && known.row->task.pipeline.name != session.pipeline.porchName
                 ? "under the name " + known.row->task.pipeline.name + ", "
                 : "") +
            (known.queued                 ? std::string(queue::toText(known.queued->status))
             : known.queueTrouble.empty() ? std::string("not there")
                                          : "does not answer: " + known.queueTrouble) +
            " (" + session.queue->describe() + ")\n";
    text +=
        "  ledger: " +
        (known.row
             ? std::string(ledger::toText(known.row->state)) +
                   (known.row->reason.empty() ? "" : ": " + log::escapeControls(known.row->reason))
             : std::string("does not hold it")) +
        "\n";
    if (known.row && known.row->state == ledger::TaskState::running) {
        text += "  budget: since " + log::toIsoTime(known.row->budgetStart) + ", given up at " +
                log::toIsoTime(known.row->budgetStart + session.pipeline.giveUpAfter) + "\n";
    }
    text += "history\n" + history(session, known);
    text += rows.empty() ? "" : "deliveries\n" + deliveries(rows);
    text += "what to do\n  " + advice(session.pipeline, known, situation, rows, now) + "\n";
    program.print(text);
    return host::ExitStatus::ok;
}

} // namespace

Action defineExplain(CLI::App& command)
{
    struct Options {
        std::string pipeline;
        std::string task;
    };
    const auto options = std::make_shared<Options>();
    command.add_option("PIPELINE", options->pipeline, "Name of a [pipeline.NAME] section")
        ->required();
    command.add_option("TASK", options->task, "A task's id, or the first 6 or more digits of it")
        ->required();
    return
        [options](Program& program) { return explain(program, options->pipeline, options->task); };
}

} // namespace notifyhost::app
