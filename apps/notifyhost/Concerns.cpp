#include "Concerns.h"

#include <algorithm>
#include <set>

namespace notifyhost::app {

namespace {

using ledger::DeliveryState;
using ledger::TaskState;

std::string_view queueWord(TaskState state)
{
    switch (state) {
    case TaskState::taken:
        return toText(queue::TaskStatus::claimed);
    case TaskState::running:
        return toText(queue::TaskStatus::running);
    case TaskState::done:
        return toText(queue::TaskStatus::done);
    case TaskState::failed:
        return toText(queue::TaskStatus::failed);
    case TaskState::released:
        break;
    }
    return "(released)";
}

/// "ada@example.org: refused: no such user; bo@…", of those in one of these states.
std::string recipientsIn(const std::vector<ledger::DeliveryRow>& deliveries,
                         const std::set<DeliveryState>& states, ledger::WallTime& since)
{
    std::string text;
    for (const auto& delivery : deliveries) {
        for (const auto& recipient : delivery.recipients) {
            if (states.count(recipient.state) == 0) {
                continue;
            }
            since = std::max(since, recipient.settled.value_or(since));
            const std::string name = !recipient.address.empty() ? recipient.address
                                     : !delivery.notificationKey.empty()
                                         ? "notification " + delivery.notificationKey
                                         : "the task as a whole";
            text += (text.empty() ? "" : "; ") + name + ": " +
                    std::string(toText(recipient.state)) +
                    (recipient.reason.empty() ? "" : ": " + recipient.reason);
        }
    }
    return text;
}

const std::set<DeliveryState> kLost{DeliveryState::refused, DeliveryState::expired,
                                    DeliveryState::cancelled};

/// Whether somebody is not told for another reason than that the operator said so.
bool lostSomebody(const std::vector<ledger::DeliveryRow>& deliveries)
{
    return std::any_of(deliveries.begin(), deliveries.end(), [](const auto& row) {
        return std::any_of(row.recipients.begin(), row.recipients.end(), [](const auto& recipient) {
            return recipient.state == DeliveryState::refused ||
                   recipient.state == DeliveryState::expired;
        });
    });
}

bool cancelledSomebody(const std::vector<ledger::DeliveryRow>& deliveries)
{
    return std::any_of(deliveries.begin(), deliveries.end(), [](const auto& row) {
        return std::any_of(row.recipients.begin(), row.recipients.end(), [](const auto& recipient) {
            return recipient.state == DeliveryState::cancelled;
        });
    });
}

ConcerningTask entry(const PipelineSession& session, const ledger::TaskRow& row,
                     const std::set<DeliveryState>& states)
{
    ConcerningTask task{row.task.id, std::string(queueWord(row.state)), row.task.inputText, "",
                        row.claimed.wall};
    const auto deliveries = session.ledger->deliveries(row.task.id);
    task.what = recipientsIn(deliveries, states, task.since);
    task.acknowledged = row.acknowledged.has_value();
    // What is held waits for approve or cancel, seen or not.
    task.settled = (task.acknowledged && states.count(DeliveryState::held) == 0) ||
                   ((row.state == TaskState::done || row.state == TaskState::failed) &&
                    states == kLost && cancelledSomebody(deliveries) && !lostSomebody(deliveries));
    return task;
}

/// Tasks with a recipient in one of these states, each once, oldest claim first.
std::vector<ledger::TaskRow> rowsWith(const PipelineSession& session,
                                      const std::set<DeliveryState>& states)
{
    std::map<std::string, ledger::TaskRow> found;
    for (const auto state : states) {
        for (auto& row : session.ledger->tasksWith(state)) {
            found.emplace(row.task.id, row);
        }
    }
    std::vector<ledger::TaskRow> rows;
    for (auto& [id, row] : found) {
        rows.push_back(std::move(row));
    }
    std::stable_sort(rows.begin(), rows.end(), [](const auto& one, const auto& other) {
        return one.claimed.wall < other.claimed.wall;
    });
    return rows;
}

std::vector<ConcerningTask> withStates(const PipelineSession& session,
                                       const std::set<DeliveryState>& states)
{
    std::vector<ConcerningTask> tasks;
    for (const auto& row : rowsWith(session, states)) {
        if (row.state != TaskState::failed || states.count(DeliveryState::nobody) > 0) {
            tasks.push_back(entry(session, row, states));
        }
    }
    return tasks;
}

std::vector<ConcerningTask> partial(const PipelineSession& session)
{
    std::vector<ConcerningTask> tasks;
    for (const auto& row : rowsWith(session, kLost)) {
        if (row.state == TaskState::done) {
            tasks.push_back(entry(session, row, kLost));
        }
    }
    return tasks;
}

std::vector<ConcerningTask> copied(const PipelineSession& session)
{
    std::vector<ConcerningTask> tasks;
    for (const auto& row : session.ledger->tasksWithCopies()) {
        auto task = entry(session, row, {});
        for (const auto& delivery : session.ledger->deliveries(row.task.id)) {
            for (const auto& recipient : delivery.recipients) {
                if (recipient.copies > 0) {
                    task.since = std::max(task.since, recipient.settled.value_or(task.since));
                    task.what += (task.what.empty() ? "" : "; ") +
                                 (recipient.address.empty() ? "the channel" : recipient.address) +
                                 ": perhaps twice (" + std::to_string(recipient.copies + 1) +
                                 " messages), " + std::string(toText(recipient.state));
                }
            }
        }
        tasks.push_back(std::move(task));
    }
    return tasks;
}

std::vector<ConcerningTask> failed(const PipelineSession& session)
{
    std::vector<ConcerningTask> tasks;
    std::set<std::string> own;
    for (const auto& row : session.ledger->tasks({TaskState::failed})) {
        own.insert(row.task.id);
        tasks.push_back(entry(session, row, kLost));
        if (tasks.back().what.empty()) {
            tasks.back().what = row.reason;
        }
    }
    for (const auto& task :
         session.queue->list(host::porchPipeline(session.pipeline), queue::TaskStatus::failed))
    {
        if (own.count(task.id) == 0) {
            const auto row = session.ledger->task(task.id);
            tasks.push_back({task.id,
                             std::string(toText(task.status)),
                             task.inputText,
                             "another host or program ended it so",
                             {},
                             row && row->acknowledged,
                             row && row->acknowledged});
        }
    }
    return tasks;
}

std::string foreignWords(const queue::QueuedTask& task, const ledger::WatchRow* watch)
{
    const bool running = task.status == queue::TaskStatus::running;
    std::string text = running ? "another host answers for it"
                               : "claimed by another host or program, or for a lost answer";
    if (watch == nullptr) {
        return text + "; no run has watched it yet";
    }
    if (watch->beforeFirstLook) {
        return text + "; it was CLAIMED before notifyhost first looked, so another program may "
                      "have told it";
    }
    return text + "; watched for " + inWords(watch->watched);
}

std::vector<ConcerningTask> foreign(const PipelineSession& session)
{
    std::map<std::string, ledger::WatchRow> watches;
    for (auto& row : session.ledger->watches()) {
        watches.emplace(row.taskId, row);
    }
    std::vector<ConcerningTask> tasks;
    for (const auto& task : foreignTasks(session)) {
        const auto watch = watches.find(task.id);
        const bool seen = watch != watches.end() && watch->second.status == task.status;
        tasks.push_back({task.id, std::string(toText(task.status)), task.inputText,
                         foreignWords(task, seen ? &watch->second : nullptr),
                         seen ? watch->second.lastLook : ledger::WallTime{}});
    }
    return tasks;
}

std::string shownAs(const KnownTask& task)
{
    return task.queued ? std::string(toText(task.queued->status)) : kNotThere;
}

/// Tasks of which the ledger and the queue say different things.
std::vector<ConcerningTask> differing(const PipelineSession& session, Concern concern)
{
    std::vector<ConcerningTask> tasks;
    const auto open = openTasks(*session.queue, session.pipeline, session.ledger.get());
    for (const auto& [id, task] : open.known) {
        if (!task.queueTrouble.empty()) {
            throw queue::QueueError(queue::QueueError::Kind::unavailable, task.queueTrouble);
        }
        if (!task.row) {
            continue;
        }
        const auto state = task.row->state;
        const bool ended = state == TaskState::done || state == TaskState::failed;
        const bool isPending = task.queued && task.queued->status == queue::TaskStatus::pending;
        const bool isRunning = task.queued && task.queued->status == queue::TaskStatus::running;
        if (concern == Concern::strayed && state == TaskState::running && !isRunning) {
            tasks.push_back({id, shownAs(task), task.row->task.inputText,
                             "running here, but not RUNNING in the queue: nothing is sent",
                             task.row->claimed.wall});
        } else if (concern == Concern::putBack && ended && (isPending || task.row->putBack)) {
            tasks.push_back({id, shownAs(task), task.row->task.inputText,
                             "ended here, and put back to PENDING by somebody: nothing is sent "
                             "again",
                             task.row->putBack.value_or(task.row->claimed.wall)});
        }
    }
    return tasks;
}

} // namespace

std::vector<queue::QueuedTask> foreignTasks(const PipelineSession& session)
{
    std::vector<queue::QueuedTask> result;
    std::set<std::string> seen;
    for (const auto status : {queue::TaskStatus::running, queue::TaskStatus::claimed}) {
        for (auto& task : session.queue->list(host::porchPipeline(session.pipeline), status)) {
            const auto row = session.ledger->task(task.id);
            // A task that moves on between the two lists is in both.
            if ((!row || row->state == TaskState::released) && seen.insert(task.id).second) {
                result.push_back(std::move(task));
            }
        }
    }
    return result;
}

std::vector<ConcerningTask> tasksOf(const PipelineSession& session, Concern concern)
{
    switch (concern) {
    case Concern::failed:
        return failed(session);
    case Concern::held:
        return withStates(session, {DeliveryState::held});
    case Concern::unknown:
        return withStates(session, {DeliveryState::unknown, DeliveryState::sending});
    case Concern::nobody:
        return withStates(session, {DeliveryState::nobody});
    case Concern::copied:
        return copied(session);
    case Concern::partial:
        return partial(session);
    case Concern::foreign:
        return foreign(session);
    case Concern::strayed:
    case Concern::putBack:
        return differing(session, concern);
    }
    return {};
}

std::string shortId(const std::string& taskId)
{
    constexpr std::size_t kEnough = 12;
    return taskId.substr(0, kEnough);
}

std::string inWords(std::chrono::seconds time)
{
    using std::chrono::hours;
    constexpr hours kDay{24};
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time);
    if (minutes < hours{1}) {
        return std::to_string(minutes.count()) + " min";
    }
    if (time < kDay) {
        return std::to_string(minutes / hours{1}) + " h " +
               std::to_string((minutes % hours{1}).count()) + " min";
    }
    return counted(static_cast<std::size_t>(time / kDay), "day") + " " +
           std::to_string((time % kDay) / hours{1}) + " h";
}

} // namespace notifyhost::app
