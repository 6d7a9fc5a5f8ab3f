#include "Advice.h"

#include "Concerns.h"
#include "host/SharedRun.h"
#include "log/Logger.h"

#include <algorithm>

namespace notifyhost::app {

namespace {

/// Which delivery states a task's recipients are in.
struct Found {
    explicit Found(const std::vector<ledger::DeliveryRow>& deliveries)
    {
        using enum ledger::DeliveryState;
        open = deliveries.empty();
        for (const auto& delivery : deliveries) {
            for (const auto& recipient : delivery.recipients) {
                heldInDoubt += recipient.state == held && recipient.attempts > 0;
                heldByFuse += recipient.state == held && recipient.attempts == 0;
                inDoubt += recipient.state == unknown || recipient.state == sending;
                putOff += recipient.state == deferred;
                lost += recipient.state == refused || recipient.state == expired ||
                        recipient.state == cancelled;
                told += recipient.state == accepted;
                open = open || !ledger::isFinal(recipient.state);
                look(recipient);
            }
        }
    }

    void look(const ledger::DeliveryRow::Recipient& recipient)
    {
        if (recipient.nextAttempt && (!next || *recipient.nextAttempt < *next)) {
            next = recipient.nextAttempt;
        }
        if (recipient.state != ledger::DeliveryState::accepted && !recipient.reason.empty()) {
            lastWord = recipient.reason;
        }
    }

    std::size_t heldInDoubt{};
    std::size_t heldByFuse{};
    std::size_t inDoubt{};
    std::size_t putOff{};
    std::size_t lost{};
    std::size_t told{};
    bool open{}; ///< something of it is not final
    std::optional<ledger::WallTime> next;
    std::string lastWord; ///< of a peer, or ours, about somebody not told
};

/// The likely cause, as the last word about it has it.
std::string likelyCause(const std::string& reason)
{
    return reason.empty() ? "" : " Likely cause: " + log::escapeControls(reason) + ".";
}

std::string command(const std::string& verb, const config::PipelineSettings& pipeline,
                    const KnownTask& task)
{
    return "`notifyhost " + verb + " " + pipeline.name + " " + shortId(task.id) + "`";
}

std::string withoutRow(const config::PipelineSettings& pipeline, const KnownTask& task)
{
    switch (task.queued->status) {
    case queue::TaskStatus::pending:
        return "Nothing is wrong: it waits for the next `notifyhost run " + pipeline.name + "`.";
    case queue::TaskStatus::claimed:
        return "Claimed by another host, by an earlier program, or by a claim whose answer was "
               "lost. The run on the host with `stale = return` puts it back after stale_after, "
               "unless it was claimed before notifyhost first looked. If nobody works on it, " +
               command("takeover", pipeline, task) + " takes it.";
    case queue::TaskStatus::running:
        return "Another host's ledger answers for it. Where that host is gone for ever, " +
               command("takeover", pipeline, task) +
               " takes it; what that host had told may then be told again.";
    default:
        return "Nothing is to be done here: another host or program ended it.";
    }
}

std::string whileHeld(const config::PipelineSettings& pipeline, const KnownTask& task,
                      const Found& found)
{
    const auto choice = [&](const std::string& what) {
        return command("approve", pipeline, task) + " sends " + what + ", " +
               command("cancel", pipeline, task) + " does not.";
    };
    if (found.heldInDoubt > 0) {
        return counted(found.heldInDoubt, "recipient") +
               " may have been told or not, and in_doubt = hold leaves it to you. Ask them, or "
               "look "
               "into the peer's log for the Message-ID above; then " +
               choice("the same bytes again");
    }
    return counted(found.heldByFuse, "recipient") + " held back." + likelyCause(found.lastWord) +
           " " + choice("to them");
}

/// Of a task that is older than give_up_after and a day.
std::string past(const config::PipelineSettings& pipeline, const KnownTask& task,
                 const std::string& what)
{
    return "It is older than give_up_after and a day, so another host may have taken it over: " +
           what + " If no other host has, " + command("retry", pipeline, task) +
           " goes on with it here, with a budget of its own; or " +
           command("takeover", pipeline, task) +
           " on another host takes it, and what was told here may then be told again.";
}

std::string whileRunning(const config::PipelineSettings& pipeline, const KnownTask& task,
                         const Found& found, ledger::WallTime::duration age)
{
    const bool open = found.open || task.row->nextAttempt;
    const bool endsDone = !open && (found.told > 0 || found.lost == 0);
    if (!endsDone && age > pipeline.giveUpAfter + host::kAfterBudget) {
        return past(pipeline, task,
                    "this ledger sends nothing more of it, and the queue keeps it RUNNING." +
                        likelyCause(found.lastWord.empty() ? task.row->reason : found.lastWord));
    }
    if (found.heldInDoubt + found.heldByFuse > 0) {
        return whileHeld(pipeline, task, found);
    }
    if (open && age > pipeline.giveUpAfter) {
        return "Its time is over: the next `notifyhost run " + pipeline.name +
               "` gives up whom it has not told and ends it." +
               likelyCause(found.lastWord.empty() ? task.row->reason : found.lastWord) + " " +
               command("retry", pipeline, task) + " tries again, with a budget of its own.";
    }
    const std::string atOnce =
        " " + command("retry", pipeline, task) + " makes the next run try at once.";
    if (task.row->nextAttempt) {
        return "It cannot be composed yet." + likelyCause(task.row->reason) +
               " The first run after " + log::toIsoTime(*task.row->nextAttempt) +
               " tries again, until it is given up at the time above." + atOnce;
    }
    if (found.putOff + found.inDoubt > 0) {
        return counted(found.putOff + found.inDoubt, "recipient") + " not told yet." +
               likelyCause(found.lastWord) +
               (found.next
                    ? " The first run after " + log::toIsoTime(*found.next) + " tries again" +
                          (found.inDoubt > 0 ? ", with the same bytes and Message-ID where "
                                               "an earlier attempt may have arrived"
                                             : "") +
                          "." + atOnce
                    : " The next `notifyhost run " + pipeline.name + "` tries again.");
    }
    return "Nothing is wrong: the next `notifyhost run " + pipeline.name + "` goes on with it.";
}

std::string ofRow(const config::PipelineSettings& pipeline, const KnownTask& task,
                  const Found& found, ledger::WallTime now)
{
    const bool asked = task.queueTrouble.empty();
    const auto age = now - task.row->budgetStart;
    switch (task.row->state) {
    case ledger::TaskState::released:
        break;
    case ledger::TaskState::taken:
        return "Nothing of it has left. The next `notifyhost run " + pipeline.name +
               "` goes on with it, or lets it go when its claim is older than an hour.";
    case ledger::TaskState::running:
        if (asked && (!task.queued || task.queued->status != queue::TaskStatus::running)) {
            return "This ledger answers for it, but the queue " +
                   (task.queued ? "shows it " + std::string(queue::toText(task.queued->status)) +
                                      ": somebody else has set that"
                                : std::string("does not show it under this pipeline's version")) +
                   ". Nothing is sent while that is so. " + command("retry", pipeline, task) +
                   " sets it RUNNING and goes on.";
        }
        return whileRunning(pipeline, task, found, age);
    case ledger::TaskState::failed:
        if (task.queued && age > pipeline.giveUpAfter + host::kAfterBudget &&
            (task.queued->status == queue::TaskStatus::claimed ||
             task.queued->status == queue::TaskStatus::running))
        {
            return past(pipeline, task,
                        "it FAILED here, the queue shows it " +
                            std::string(queue::toText(task.queued->status)) +
                            " and is not told again.");
        }
        return "Nobody is known to have been told." +
               likelyCause(found.lastWord.empty() ? task.row->reason : found.lastWord) +
               " When that is mended, " + command("retry", pipeline, task) + " tries again.";
    case ledger::TaskState::done:
        if (found.lost > 0) {
            return counted(found.lost, "recipient") + " not told, see above." +
                   likelyCause(found.lastWord) +
                   " What is DONE is not opened again: tell them in another way, and mend the "
                   "cause for the next time.";
        }
        return "Nothing is wrong.";
    }
    return "The queue does not know it any more; nothing is to be done.";
}

} // namespace

std::string advice(const config::PipelineSettings& pipeline, const KnownTask& task,
                   const std::vector<ledger::DeliveryRow>& deliveries, ledger::WallTime now)
{
    const bool ours = task.row && task.row->state != ledger::TaskState::released;
    std::string text =
        task.queueTrouble.empty()
            ? ""
            : "The queue does not answer, so this is what the ledger alone knows; no "
              "run goes on before it does. ";
    if (ours || !task.queued) {
        return text + ofRow(pipeline, task, Found(deliveries), now);
    }
    return text + withoutRow(pipeline, task);
}

} // namespace notifyhost::app
