#include "host/TaskWork.h"

#include "host/ServiceStatus.h"

#include <algorithm>
#include <thread>

namespace notifyhost::host {

namespace {

/// After this many attempts in a row that ended with the process, a task is given up.
constexpr int kDeathsAllowed = 3;

/// How long a word waits for an earlier one about the same thing that is being sent, and how often
/// it is composed again for that in one turn.
constexpr int kLooks = 2400;
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr int kComposings = 3;

std::vector<std::string> keysOf(const std::vector<ledger::DeliveryRow>& rows)
{
    std::vector<std::string> keys;
    for (const auto& row : rows) {
        keys.push_back(row.notificationKey);
    }
    return keys;
}

bool anyDue(const std::vector<ledger::DeliveryRow>& rows, ledger::WallTime now)
{
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
        return std::any_of(row.recipients.begin(), row.recipients.end(),
                           [&](const auto& recipient) { return isDue(recipient, now); });
    });
}

ledger::Ending endingFor(const Standing& standing)
{
    if (standing.accepted == 0 && standing.lost > 0) {
        return {ledger::TaskState::failed, "no recipient could be told"};
    }
    if (standing.accepted == 0 && standing.cancelled > 0) {
        return {ledger::TaskState::failed, "cancelled by the operator"};
    }
    return {ledger::TaskState::done, standing.accepted > 0   ? ""
                                     : standing.nobody > 0   ? "nobody to tell"
                                     : standing.obsolete > 0 ? "superseded or repeated"
                                                             : ""};
}

/// "run: not in the warehouse"; the key is left out where the reason begins with it.
std::string describe(const FailedNotification& failed)
{
    return failed.key.empty() || failed.reason.starts_with(failed.key)
               ? failed.reason
               : failed.key + ": " + failed.reason;
}

/// "; the last word was: …", where there was one.
std::string lastWord(const std::string& reason)
{
    return reason.empty() ? "" : "; the last word was: " + reason;
}

/// "5 tasks in a row were refused with the same words …", with what to do.
std::string suspicionText(const ledger::Suspicion& suspicion,
                          const config::PipelineSettings& pipeline)
{
    return "transport '" + pipeline.transport + "': " + std::to_string(suspicion.tasks) +
           " tasks in a row were refused in the same words, and nobody was told in between: " +
           suspicion.said +
           ". That looks aimed at this site, not at them; mend what the words name, then "
           "`notifyhost retry " +
           pipeline.name + " --failed --yes` brings back what was refused";
}

} // namespace

Standing standing(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows)
{
    Standing result;
    result.final = !row.nextAttempt && !rows.empty();
    for (const auto& delivery : rows) {
        for (const auto& recipient : delivery.recipients) {
            result.final = result.final && ledger::isFinal(recipient.state);
            result.held = result.held || recipient.state == ledger::DeliveryState::held;
            if (recipient.state == ledger::DeliveryState::accepted) {
                ++result.accepted;
            } else if (recipient.state == ledger::DeliveryState::nobody) {
                ++result.nobody;
            } else if (recipient.state == ledger::DeliveryState::cancelled) {
                ++result.cancelled;
            } else if (recipient.state == ledger::DeliveryState::superseded ||
                       recipient.state == ledger::DeliveryState::repeated)
            {
                ++result.obsolete;
            } else if (recipient.state == ledger::DeliveryState::refused ||
                       recipient.state == ledger::DeliveryState::expired)
            {
                ++result.lost;
            }
        }
    }
    return result;
}

void tellQueue(SharedRun& run, const queue::QueuedTask& task, queue::TaskStatus status,
               const log::Ids& ids)
{
    const QueueTurn turn(run);
    if (run.queueIsAway) {
        run.logger.write(Level::warning, ids,
                         "the queue was not told " + std::string(queue::toText(status)) +
                             ", since it does not answer; a later run tells it");
        return;
    }
    try {
        run.queue.update(task, status);
    } catch (const queue::QueueError& error) {
        run.logger.write(Level::error, ids,
                         "the queue was not told " + std::string(queue::toText(status)) +
                             ", a later run tells it again: " + error.what());
        if (error.kind() == queue::QueueError::Kind::refused ||
            error.kind() == queue::QueueError::Kind::unknown)
        {
            run.count(ExitStatus::someFailed);
            return;
        }
        run.haltForQueue(statusFor(error.kind()),
                         run.queue.describe() + " cannot be told how tasks ended");
    }
}

TaskWork::TaskWork(SharedRun& run, std::size_t worker, Composer& composer, Courier& courier,
                   HostServices& sourceServices)
    : _run(run),
      _worker(worker),
      _composer(composer),
      _courier(courier),
      _sourceServices(sourceServices)
{
}

TaskWork::Turn TaskWork::process(ledger::TaskRow row)
{
    _attemptOpen = false;
    _refused = false;
    _ids = {};
    _ids.task = row.task.id;
    _sourceServices.setIds(_ids);
    const bool taken = row.state == ledger::TaskState::taken;
    if (taken && !isYoung(row.claimed, _run.clock)) {
        letGo(row, "its claim is older than an hour");
        return Turn::over;
    }
    auto rows = _run.ledger.deliveries(row.task.id);
    if (!taken && standing(row, rows).final) {
        end(row, rows);
        return Turn::over;
    }
    if (_run.isPast(row)) {
        letGo(row,
              "it is older than give_up_after and a day, so another host may have taken it over; "
              "`notifyhost explain` tells what can be done");
        return Turn::over;
    }
    if (row.deaths >= kDeathsAllowed) {
        if (!taken || putRunning(row) == Step::goOn) {
            if (taken) {
                _run.ledger.running(row.task.id);
            }
            giveUp(row, rows, ledger::DeliveryState::refused,
                   "working on it ended the process " + std::to_string(row.deaths) +
                       " times in a row");
        }
    } else if (!taken && _run.isSpent(row)) {
        giveUp(row, rows, ledger::DeliveryState::expired, "give_up_after is over");
    } else {
        auto step = compose(row, rows);
        if (step == Step::goOn) {
            step = deliver(row, rows);
            if (step != Step::noRoom) {
                std::for_each(rows.begin(), rows.end(), [&](auto& each) { reload(each); });
                end(row, rows);
            }
        }
        if (step == Step::noRoom) {
            if (_attemptOpen) {
                _run.ledger.attemptSurvived(row.task.id);
            }
            return Turn::noRoom;
        }
    }
    return Turn::over;
}

void TaskWork::lookBack(const std::string& taskId, Left left, bool mayEnd)
{
    _attemptOpen = false;
    _refused = false;
    _ids = {};
    _ids.task = taskId;
    const auto row = _run.ledger.task(taskId).value();
    const auto rows = _run.ledger.deliveries(taskId);
    const auto now = standing(row, rows);
    if (mayEnd && ending(row, now)) {
        end(row, rows);
        return;
    }
    const std::scoped_lock lock(_run.reportMutex);
    auto& report = _run.report;
    ++(left == Left::handsOff ? report.handsOff : now.held ? report.held : report.waiting);
    report.status = worse(report.status, ExitStatus::later);
}

void TaskWork::hold(ledger::TaskRow row)
{
    _ids = {};
    _ids.task = row.task.id;
    if (isYoung(row.claimed, _run.clock) && putRunning(row) == Step::goOn) {
        _run.ledger.running(row.task.id);
    }
}

TaskWork::Step TaskWork::compose(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows)
{
    const bool wanted =
        (rows.empty() || row.nextAttempt) && RetryPolicy::isDue(row.nextAttempt, _run.clock.wall());
    for (int turn = 1; wanted; ++turn) {
        Composition composition;
        if (const auto step = composeNow(row, rows, composition); step != Step::goOn) {
            return step;
        }
        if (row.state == ledger::TaskState::taken && putRunning(row) == Step::stop) {
            return Step::stop;
        }
        auto now = freeze(row, composition);
        row = std::move(now.row);
        rows = std::move(now.deliveries);
        if (now.overtaken.empty() || turn == kComposings || !awaitEarlier(now.overtaken)) {
            return Step::goOn;
        }
    }
    const bool taken = row.state == ledger::TaskState::taken;
    if (taken && putRunning(row) == Step::stop) {
        return Step::stop;
    }
    if (taken) {
        _run.ledger.running(row.task.id);
    }
    if (anyDue(rows, _run.clock.wall())) {
        _run.ledger.attemptBegun(row.task.id);
        _attemptOpen = true;
    }
    return Step::goOn;
}

TaskWork::Step TaskWork::composeNow(ledger::TaskRow& row,
                                    const std::vector<ledger::DeliveryRow>& rows,
                                    Composition& composition)
{
    _run.ledger.attemptBegun(row.task.id);
    PeerRecord::Turn turn(_run.sourcePeer, _worker);
    try {
        composition = _composer.compose(row.task, keysOf(rows), _ids);
        turn.succeeded();
        if (composition.fault) {
            _run.count(ExitStatus::fault);
        }
    } catch (const ServiceError& error) {
        return serviceFailed(error, row, turn, composition);
    } catch (const PluginFault& fault) {
        _run.count(ExitStatus::fault);
        composition.failed.push_back({"", ComposeFailure::tryAgain, fault.what()});
    }
    return Step::goOn;
}

TaskWork::Step TaskWork::serviceFailed(const ServiceError& error, const ledger::TaskRow& row,
                                       PeerRecord::Turn& turn, Composition& composition)
{
    const bool reached = error.kind() == ServiceError::Kind::request;
    switch (reached ? turn.broke(row.task.id, row.task.id) : turn.unreachable()) {
    case PeerRecord::Fault::message:
        composition.failed.push_back({"", ComposeFailure::tryAgain, error.what()});
        return Step::goOn;
    case PeerRecord::Fault::limit:
        _run.ledger.attemptEnded(row.task.id);
        turnAway(error.what());
        return Step::noRoom;
    case PeerRecord::Fault::service:
        break;
    }
    _run.ledger.attemptEnded(row.task.id);
    if (error.kind() == ServiceError::Kind::configuration) {
        // No outage: another host may be configured better, so the claims are left to it.
        _run.ledger.markStopped(row.task.id);
        _run.halt(statusFor(error.kind()), error.what());
    } else {
        stopRun(row, statusFor(error.kind()), error.what());
    }
    return Step::stop;
}

TaskWork::Step TaskWork::putRunning(ledger::TaskRow& row)
{
    const QueueTurn turn(_run);
    if (_run.queueIsAway) {
        _run.ledger.attemptSurvived(row.task.id);
        return Step::stop;
    }
    // Composing may have taken long, or the machine was asleep in it.
    if (!isYoung(row.claimed, _run.clock)) {
        letGo(row, "its claim grew older than an hour while it was composed");
        return Step::stop;
    }
    try {
        _run.queue.update(row.task, queue::TaskStatus::running);
    } catch (const queue::QueueError& error) {
        if (error.kind() == queue::QueueError::Kind::unknown ||
            error.kind() == queue::QueueError::Kind::refused)
        {
            letGo(row, std::string("the queue would not set it RUNNING: ") + error.what());
            return Step::stop;
        }
        _run.logger.write(Level::error, _ids,
                          std::string("not known whether it is RUNNING; nothing of it has left: ") +
                              error.what());
        _run.ledger.attemptSurvived(row.task.id);
        _run.haltForQueue(statusFor(error.kind()), _run.queue.describe() + " does not answer");
        return Step::stop;
    }
    if (!isYoung(row.claimed, _run.clock)) {
        letGo(row, "RUNNING was acknowledged only after the claim's hour; nothing of it has left. "
                   "`notifyhost explain` tells what can be done");
        return Step::stop;
    }
    row.state = ledger::TaskState::running;
    return Step::goOn;
}

ledger::TaskStanding TaskWork::freeze(const ledger::TaskRow& row, const Composition& composition)
{
    auto deliveries = composition.deliveries;
    std::optional<ledger::ComposeDeferral> deferral;
    for (const auto& failed : composition.failed) {
        const std::string what = describe(failed);
        if (failed.failure == ComposeFailure::refused) {
            _run.logger.write(Level::error, _ids, "cannot be composed, ever: " + what);
            deliveries.push_back(_composer.refusal(row.task, failed.key, failed.reason));
            continue;
        }
        _run.logger.write(Level::warning, _ids, "cannot be composed yet: " + what);
        if (!deferral) {
            deferral = ledger::ComposeDeferral{
                what, _run.retryPolicy.next(row.composeFailures + 1, _run.clock.wall())};
        } else {
            deferral->reason += "; " + what;
        }
    }
    return _run.ledger.composed(row.task.id, deliveries, deferral,
                                _run.pipeline.repeat == config::Repeat::tell
                                    ? ledger::Repeated::told
                                    : ledger::Repeated::skipped);
}

/// Waits until nothing earlier about the same thing is being sent; false where that takes too long.
bool TaskWork::awaitEarlier(const std::vector<ledger::DeliveryRow>& deliveries) const
{
    for (int look = 0; look < kLooks && _run.mayGoOn(); ++look) {
        if (!_run.ledger.isEarlierBeingSent(deliveries)) {
            return true;
        }
        std::this_thread::sleep_for(kLookAgain);
    }
    return false;
}

/// Another worker may have put something newer in its place.
void TaskWork::reload(ledger::DeliveryRow& delivery) const
{
    if (!delivery.subject.about.empty()) {
        delivery.recipients = _run.ledger.recipients(delivery.key);
    }
}

TaskWork::Step TaskWork::deliver(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows)
{
    Step step = Step::goOn;
    for (auto& delivery : rows) {
        if (step != Step::goOn || !_run.mayGoOn() || _run.isSpent(row)) {
            break;
        }
        _ids.delivery = delivery.key.substr(0, 12);
        reload(delivery);
        step = deliverOne(row, rows, delivery);
    }
    _ids.delivery.clear();
    return step;
}

void TaskWork::applyFuse(ledger::DeliveryRow& row)
{
    std::vector<ledger::DeliveryRow::Recipient> held;
    for (auto& recipient : row.recipients) {
        // Only a first attempt can be part of a flood.
        if (recipient.state != ledger::DeliveryState::composed || recipient.attempts > 0) {
            continue;
        }
        if (auto reason = _run.fuse.refuses(recipient.address, _run.clock.wall())) {
            recipient.state = ledger::DeliveryState::held;
            recipient.reason = *reason;
            held.push_back(recipient);
            _run.logger.write(Level::warning, _ids,
                              recipient.address + " " + *reason +
                                  "; `notifyhost approve` sends it");
        }
    }
    if (!held.empty() && !_run.ledger.outcome(row.key, held)) {
        reload(row);
    }
}

TaskWork::Step TaskWork::deliverOne(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows,
                                    ledger::DeliveryRow& delivery)
{
    applyFuse(delivery);
    if (!delivery.subject.about.empty() && anyDue({delivery}, _run.clock.wall()) &&
        !awaitEarlier({delivery}))
    {
        return Step::goOn;
    }
    PeerRecord::Turn turn(_run.transportPeer, _worker);
    auto attempt = _courier.attempt(delivery, _ids);
    if (attempt.settled.empty()) {
        return Step::goOn;
    }
    if (attempt.pluginFault) {
        _run.logger.write(Level::error, _ids, attempt.reason);
        _run.count(ExitStatus::fault);
    }
    if (attempt.overtaken) {
        turn.answered();
        reload(delivery);
        _run.logger.write(Level::info, _ids,
                          "not sent: another word about the same thing came in between");
        return Step::goOn;
    }
    if (attempt.ledgerFailed) {
        _run.halt(ExitStatus::disk,
                  "nothing was sent, since the ledger cannot be written: " + attempt.reason);
        return Step::stop;
    }
    const std::string reason = "transport '" + _run.pipeline.transport + "': " + attempt.reason;
    if (attempt.committed || attempt.accepted > 0 || attempt.pluginFault) {
        // What is known of the message goes on record, whatever else the peer has said.
    } else if (attempt.scope == Scope::sender) {
        turn.answered();
        stopRun(row, ExitStatus::configuration, reason);
        return Step::stop;
    } else if (attempt.scope == Scope::service) {
        if (turn.unreachable() == PeerRecord::Fault::limit) {
            turnAway(reason);
            return Step::noRoom;
        }
        stopRun(row, attempt.credentials ? ExitStatus::credentials : ExitStatus::unavailable,
                reason);
        return Step::stop;
    }
    auto fault = PeerRecord::Fault::message;
    if (attempt.accepted > 0) {
        turn.succeeded();
        _run.refusals.over();
    } else if (attempt.scope == Scope::connection || attempt.scope == Scope::service) {
        fault = turn.broke(row.task.id, delivery.key);
    } else if (!attempt.pluginFault) {
        turn.answered();
    }
    const bool suspected =
        attempt.refused && standing(row, rows).accepted == 0 &&
        std::all_of(attempt.settled.begin(), attempt.settled.end(), [&](const auto& recipient) {
            return _run.refusals.isSuspected(recipient.reason);
        });
    if (suspected) {
        putOff(attempt);
    }
    if (fault == PeerRecord::Fault::message || attempt.committed) {
        record(row, rows, delivery, attempt);
    }
    if (suspected) {
        stopRun(row, ExitStatus::later, suspicionText(*_run.refusals.suspected(), _run.pipeline));
        return Step::stop;
    }
    if (fault == PeerRecord::Fault::service) {
        stopRun(row, ExitStatus::unavailable,
                "the connection broke over one message after the other; " + reason);
        return Step::stop;
    }
    return Step::goOn;
}

/// Refused in the words that everybody is refused in: to be tried again, not final.
void TaskWork::putOff(Attempt& attempt) const
{
    for (auto& recipient : attempt.settled) {
        recipient.state = ledger::DeliveryState::deferred;
        recipient.nextAttempt = _run.retryPolicy.next(recipient.attempts, _run.clock.wall());
        recipient.reason += " (everybody is refused so: tried again)";
    }
}

void TaskWork::record(ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                      ledger::DeliveryRow& delivery, const Attempt& attempt)
{
    for (auto& recipient : delivery.recipients) {
        const auto settled =
            std::find_if(attempt.settled.begin(), attempt.settled.end(),
                         [&](const auto& other) { return other.address == recipient.address; });
        if (settled != attempt.settled.end()) {
            recipient = *settled;
        }
    }
    const auto reached = ending(row, standing(row, rows));
    if (!_run.ledger.outcome(delivery.key, attempt.settled, reached)) {
        reload(delivery);
    } else if (reached) {
        row.state = reached->state;
    }
    _refused = _refused || attempt.refused;
    {
        const std::scoped_lock lock(_run.reportMutex);
        _run.report.accepted += attempt.accepted;
        _run.report.copies += attempt.copies;
    }
    for (const auto& recipient : attempt.settled) {
        const bool good = recipient.state == ledger::DeliveryState::accepted;
        const std::string who = recipient.address.empty() ? "the channel" : recipient.address;
        _run.logger.write(good ? Level::info : Level::warning, _ids,
                          "delivery to " + who + ": " +
                              std::string(ledger::toText(recipient.state)) +
                              (recipient.reason.empty() ? "" : ": " + recipient.reason));
    }
    if (attempt.copies > 0) {
        _run.logger.write(Level::warning, _ids,
                          "a second copy, octet by octet the same, was sent to " +
                              std::to_string(attempt.copies) + " of " +
                              std::to_string(attempt.settled.size()) +
                              ": an earlier one may have arrived, its answer was lost");
    }
}

/// Looks at a task that has ended with nobody told.
void TaskWork::noteRefusals(const std::vector<ledger::DeliveryRow>& rows, const Standing& now)
{
    if (!_refused || now.accepted > 0) {
        return;
    }
    std::vector<std::string> said;
    std::vector<std::string> addresses;
    for (const auto& delivery : rows) {
        for (const auto& recipient : delivery.recipients) {
            if (recipient.state == ledger::DeliveryState::refused && recipient.attempts > 0) {
                said.push_back(recipient.reason);
                addresses.push_back(recipient.address);
            }
        }
    }
    if (said.empty()) {
        return;
    }
    if (const auto suspicion = _run.refusals.ended(said, addresses, _run.clock.wall())) {
        _run.haltForOutage(ExitStatus::later, suspicionText(*suspicion, _run.pipeline));
    }
}

void TaskWork::stopRun(const ledger::TaskRow& row, ExitStatus status, const std::string& reason)
{
    _run.ledger.markStopped(row.task.id);
    _run.haltForOutage(status, reason);
}

void TaskWork::turnAway(const std::string& reason)
{
    const std::scoped_lock lock(_run.reportMutex);
    _run.turnedAway.insert(reason);
}

void TaskWork::giveUp(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows,
                      ledger::DeliveryState state, const std::string& why)
{
    bool any = false;
    if (row.nextAttempt || rows.empty()) {
        auto marker = _composer.refusal(row.task, "", why + lastWord(row.reason));
        marker.recipients.front().state = state;
        _run.ledger.composed(row.task.id, {marker}, std::nullopt);
        any = true;
    }
    for (const auto& delivery : rows) {
        std::vector<ledger::DeliveryRow::Recipient> given;
        for (auto recipient : delivery.recipients) {
            if (!ledger::isFinal(recipient.state) && recipient.state != ledger::DeliveryState::held)
            {
                const bool inDoubt = recipient.state == ledger::DeliveryState::unknown;
                recipient.reason = why + lastWord(recipient.reason) +
                                   (inDoubt ? " (an attempt may have arrived)" : "");
                recipient.state = state;
                recipient.nextAttempt.reset();
                given.push_back(recipient);
            }
        }
        if (!given.empty()) {
            _run.ledger.outcome(delivery.key, given);
            any = true;
        }
    }
    if (any) {
        _run.logger.write(Level::error, _ids, "given up: " + why + lastWord(row.reason));
    }
    end(_run.ledger.task(row.task.id).value(), _run.ledger.deliveries(row.task.id));
}

void TaskWork::end(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows)
{
    const auto now = standing(row, rows);
    if (now.final && row.state == ledger::TaskState::running) {
        const auto reached = ending(row, now);
        if (!reached) {
            letGo(row, "no recipient could be told, but it is older than give_up_after and a day, "
                       "so another host may have taken it over");
            return;
        }
        _run.ledger.finished(row.task.id, *reached);
    }
    if (now.final) {
        putFinal(row, now);
        noteRefusals(rows, now);
        return;
    }
    if (_attemptOpen) {
        _run.ledger.attemptSurvived(row.task.id);
    }
    const std::scoped_lock lock(_run.reportMutex);
    _run.left[row.task.id] = Left::waiting;
}

std::optional<ledger::Ending> TaskWork::ending(const ledger::TaskRow& row,
                                               const Standing& now) const
{
    const auto result = endingFor(now);
    const bool mayEnd = now.final && (result.state == ledger::TaskState::done || !_run.isPast(row));
    return mayEnd ? std::optional(result) : std::nullopt;
}

void TaskWork::putFinal(const ledger::TaskRow& row, const Standing& now)
{
    const auto [state, reason] = endingFor(now);
    const bool done = state == ledger::TaskState::done;
    {
        const std::scoped_lock lock(_run.reportMutex);
        auto& report = _run.report;
        const bool failed = !done && now.lost > 0;
        report.done += done ? 1 : 0;
        report.failed += failed ? 1 : 0;
        report.cancelled += !done && !failed ? 1 : 0;
        report.partial += done && now.lost > 0 ? 1 : 0;
        report.nobody += done && now.accepted == 0 && now.nobody > 0 ? 1 : 0;
        report.obsolete += done && now.accepted + now.nobody == 0 && now.obsolete > 0 ? 1 : 0;
        if (now.lost > 0) {
            report.status = worse(report.status, ExitStatus::someFailed);
        }
    }
    tellQueue(_run, row.task, done ? queue::TaskStatus::done : queue::TaskStatus::failed, _ids);
    _run.logger.write(
        now.lost == 0 ? Level::info : Level::error, _ids,
        std::string(done ? "DONE" : "FAILED") + ": " + std::to_string(now.accepted) + " told, " +
            std::to_string(now.lost) + " not" +
            (now.cancelled > 0 ? ", " + std::to_string(now.cancelled) + " cancelled" : "") +
            (reason.empty() ? "" : " (" + reason + ")"));
}

void TaskWork::letGo(const ledger::TaskRow& row, const std::string& why)
{
    const bool taken = row.state == ledger::TaskState::taken;
    if (taken) {
        _run.ledger.released(row.task.id, "let go: " + why);
    }
    _run.logger.write(Level::warning, _ids, "hands off: " + why);
    const std::scoped_lock lock(_run.reportMutex);
    if (!taken) {
        _run.left[row.task.id] = Left::handsOff;
        return;
    }
    ++_run.report.handsOff;
    _run.report.status = worse(_run.report.status, ExitStatus::later);
}

} // namespace notifyhost::host
