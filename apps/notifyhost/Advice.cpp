#include "Advice.h"

#include "log/Logger.h"

#include <algorithm>

namespace notifyhost::app {

namespace {

/// Which delivery states a task's recipients are in.
struct Found {
    explicit Found(const std::vector<ledger::DeliveryRow>& deliveries)
    {
        for (const auto& delivery : deliveries) {
            for (const auto& recipient : delivery.recipients) {
                held += recipient.state == ledger::DeliveryState::held;
                unknown += recipient.state == ledger::DeliveryState::unknown;
                deferred += recipient.state == ledger::DeliveryState::deferred;
                lost += recipient.state == ledger::DeliveryState::refused ||
                        recipient.state == ledger::DeliveryState::expired;
                const bool waits =
                    recipient.nextAttempt && (!next || *recipient.nextAttempt < *next);
                next = waits ? recipient.nextAttempt : next;
            }
        }
    }

    int held{};
    int unknown{};
    int deferred{};
    int lost{};
    std::optional<ledger::WallTime> next;
};

std::string command(const std::string& verb, const config::PipelineSettings& pipeline,
                    const KnownTask& task)
{
    return "`notifyhost " + verb + " " + pipeline.name + " " + task.id.substr(0, 12) + "`";
}

std::string withoutRow(const config::PipelineSettings& pipeline, const KnownTask& task)
{
    switch (task.queued->status) {
    case queue::TaskStatus::pending:
        return "Nothing is wrong: it waits for the next `notifyhost run " + pipeline.name + "`.";
    case queue::TaskStatus::claimed:
        return "Claimed by another host, by an earlier program, or by a claim whose answer was "
               "lost. "
               "The run on the host with `stale = return` puts it back after stale_after, unless "
               "it "
               "was claimed before notifyhost first looked; if nobody works on it, " +
               command("takeover", pipeline, task) + " takes it.";
    case queue::TaskStatus::running:
        return "Another host's ledger answers for it. Where that host is gone for ever, " +
               command("takeover", pipeline, task) +
               " takes it; what that host had told may then be told again.";
    default:
        return "Nothing is to be done here: another host or program ended it.";
    }
}

std::string whileRunning(const config::PipelineSettings& pipeline, const KnownTask& task,
                         const Found& found)
{
    if (found.held > 0) {
        return std::to_string(found.held) +
               " recipients are held: " + command("approve", pipeline, task) + " sends to them, " +
               command("cancel", pipeline, task) + " does not.";
    }
    if (task.row->nextAttempt) {
        return "It cannot be composed yet: " + log::escapeControls(task.row->reason) +
               ". It is tried again by the first run after " +
               log::toIsoTime(*task.row->nextAttempt) + "; " + command("retry", pipeline, task) +
               " makes the next run try at once.";
    }
    if (found.next) {
        return std::to_string(found.deferred + found.unknown) +
               " recipients are to be tried again, the first after " + log::toIsoTime(*found.next) +
               (found.unknown > 0
                    ? "; those in doubt get the same bytes again, with the same Message-ID"
                    : "") +
               ". " + command("retry", pipeline, task) + " makes the next run try at once.";
    }
    return "Nothing is wrong: the next `notifyhost run " + pipeline.name + "` goes on with it.";
}

} // namespace

std::string advice(const config::PipelineSettings& pipeline, const KnownTask& task,
                   const std::vector<ledger::DeliveryRow>& deliveries)
{
    if (!task.row) {
        return withoutRow(pipeline, task);
    }
    const Found found(deliveries);
    const bool shown = task.queued.has_value();
    switch (task.row->state) {
    case ledger::TaskState::released:
        return shown ? withoutRow(pipeline, task)
                     : "The queue does not know it any more; nothing is to be done.";
    case ledger::TaskState::taken:
        return "Nothing of it has left. The next `notifyhost run " + pipeline.name +
               "` goes on with it, or lets it go when its claim is older than an hour.";
    case ledger::TaskState::running:
        if (shown && task.queued->status != queue::TaskStatus::running) {
            return "This ledger answers for it, but somebody set it " +
                   std::string(queue::toText(task.queued->status)) +
                   " in the queue, so nothing is sent. " + command("retry", pipeline, task) +
                   " sets it RUNNING and goes on.";
        }
        return whileRunning(pipeline, task, found);
    case ledger::TaskState::failed:
        return "Nobody was told. When the cause above is mended, " +
               command("retry", pipeline, task) + " tries again.";
    case ledger::TaskState::done:
        break;
    }
    if (found.lost > 0) {
        return std::to_string(found.lost) +
               " recipients were not told, see above. When the cause is mended, " +
               command("retry", pipeline, task) + " tries those, and only those, again.";
    }
    return "Nothing is wrong.";
}

} // namespace notifyhost::app
