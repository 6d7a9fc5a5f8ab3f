#include "host/TaskWork.h"

#include "ledger/DeliveryKey.h"

#include <algorithm>

namespace notifyhost::host {

namespace {

/// After the budget and this, the ledger sends nothing more: somebody may have taken over.
constexpr std::chrono::hours kAfterBudget{24};

/// After this many attempts in a row that ended with the process, a task is FAILED.
constexpr int kDeathsAllowed = 3;

ExitStatus statusFor(ServiceError::Kind kind)
{
    switch (kind) {
    case ServiceError::Kind::credentials:
        return ExitStatus::credentials;
    case ServiceError::Kind::configuration:
        return ExitStatus::configuration;
    case ServiceError::Kind::unavailable:
        break;
    }
    return ExitStatus::unavailable;
}

ExitStatus statusFor(queue::QueueError::Kind kind)
{
    switch (kind) {
    case queue::QueueError::Kind::credentials:
        return ExitStatus::credentials;
    case queue::QueueError::Kind::storage:
        return ExitStatus::disk;
    case queue::QueueError::Kind::refused:
    case queue::QueueError::Kind::unknown:
        return ExitStatus::someFailed;
    default:
        return ExitStatus::unavailable;
    }
}

std::vector<std::string> keysOf(const std::vector<ledger::DeliveryRow>& rows)
{
    std::vector<std::string> keys;
    for (const auto& row : rows) {
        keys.push_back(row.notificationKey);
    }
    return keys;
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
            } else if (ledger::isFinal(recipient.state)) {
                ++result.lost;
            }
        }
    }
    return result;
}

bool tellQueue(SharedRun& run, const queue::QueuedTask& task, queue::TaskStatus status,
               const log::Ids& ids)
{
    try {
        const std::scoped_lock lock(run.queueMutex);
        run.queue.update(task, status);
        return true;
    } catch (const queue::QueueError& error) {
        run.logger.write(Level::error, ids,
                         "the queue was not told " + std::string(queue::toText(status)) +
                             ", the next run tells it again: " + error.what());
        run.halt(statusFor(error.kind()), run.queue.describe() + " cannot be told how tasks ended");
        return false;
    }
}

TaskWork::TaskWork(SharedRun& run, Composer& composer, Courier& courier,
                   HostServices& sourceServices)
    : _run(run), _composer(composer), _courier(courier), _sourceServices(sourceServices)
{
}

void TaskWork::process(ledger::TaskRow row)
{
    _ids = {};
    _ids.task = row.task.id;
    _sourceServices.setIds(_ids);
    if (row.state == ledger::TaskState::taken && !isYoung(row.claimed, _run.clock)) {
        letGo(row, "its claim is older than an hour");
        return;
    }
    auto rows = _run.ledger.deliveries(row.task.id);
    if (row.state == ledger::TaskState::running && standing(row, rows).final) {
        end(row);
        return;
    }
    const auto age = _run.budgetNow - row.budgetStart;
    if (age > _run.pipeline.giveUpAfter + kAfterBudget) {
        letGo(row,
              "it is older than give_up_after and a day, so another host may have taken it over");
        return;
    }
    if (row.state == ledger::TaskState::running && age > _run.pipeline.giveUpAfter) {
        expire(row, rows);
        end(row);
        return;
    }
    if (compose(row, rows) == Step::goOn) {
        deliver(rows);
        end(row);
    }
}

TaskWork::Step TaskWork::compose(ledger::TaskRow& row, std::vector<ledger::DeliveryRow>& rows)
{
    const bool due = !row.nextAttempt || *row.nextAttempt <= _run.clock.wall();
    const bool wanted = rows.empty() ? due : row.nextAttempt && due;
    Composition composition;
    if (wanted && row.deaths >= kDeathsAllowed) {
        composition.failed.push_back(
            {"", ComposeFailure::refused,
             "composing it ended the process " + std::to_string(row.deaths) + " times in a row"});
    } else if (wanted) {
        _run.ledger.attemptBegun(row.task.id);
        try {
            composition = _composer.compose(row.task, keysOf(rows), _ids);
        } catch (const ServiceError& error) {
            _run.ledger.attemptEnded(row.task.id);
            _run.halt(statusFor(error.kind()), error.what());
            return Step::stop;
        } catch (const std::exception& error) {
            _run.count(ExitStatus::fault);
            composition.failed.push_back(
                {"", ComposeFailure::tryAgain,
                 "fault of the source '" + _run.pipeline.source + "': " + error.what()});
        }
    }
    if (row.state == ledger::TaskState::taken && becomeRunning(row) == Step::stop) {
        return Step::stop;
    }
    if (wanted) {
        freeze(row, composition);
        row = _run.ledger.task(row.task.id).value();
        rows = _run.ledger.deliveries(row.task.id);
    }
    return Step::goOn;
}

TaskWork::Step TaskWork::becomeRunning(ledger::TaskRow& row)
{
    try {
        const std::scoped_lock lock(_run.queueMutex);
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
        _run.halt(statusFor(error.kind()), _run.queue.describe() + " does not answer");
        return Step::stop;
    }
    if (!isYoung(row.claimed, _run.clock)) {
        letGo(row, "RUNNING was acknowledged only after the claim's hour; see `takeover`");
        return Step::stop;
    }
    _run.ledger.running(row.task.id);
    row.state = ledger::TaskState::running;
    return Step::goOn;
}

void TaskWork::freeze(const ledger::TaskRow& row, const Composition& composition)
{
    auto deliveries = composition.deliveries;
    std::optional<ledger::ComposeDeferral> deferral;
    for (const auto& failed : composition.failed) {
        const std::string what =
            failed.key.empty() ? failed.reason : failed.key + ": " + failed.reason;
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
    _run.ledger.composed(row.task.id, deliveries, deferral);
}

void TaskWork::deliver(std::vector<ledger::DeliveryRow>& rows)
{
    for (auto& delivery : rows) {
        if (!_run.mayGoOn()) {
            return;
        }
        _ids.delivery = delivery.key.substr(0, 12);
        if (deliverOne(delivery) == Step::stop) {
            break;
        }
    }
    _ids.delivery.clear();
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
    if (!held.empty()) {
        _run.ledger.outcome(row.key, held);
    }
}

TaskWork::Step TaskWork::deliverOne(ledger::DeliveryRow& row)
{
    applyFuse(row);
    const auto report = _courier.attempt(row, _ids);
    if (report.pluginFault) {
        _run.logger.write(Level::error, _ids, report.reason);
        _run.count(ExitStatus::fault);
    }
    if (report.ledgerFailed) {
        _run.halt(ExitStatus::disk,
                  "nothing was sent, since the ledger cannot be written: " + report.reason);
        return Step::stop;
    }
    if (report.serviceDown) {
        _run.halt(report.credentials ? ExitStatus::credentials : ExitStatus::unavailable,
                  "transport '" + _run.pipeline.transport + "': " + report.reason);
        return Step::stop;
    }
    return Step::goOn;
}

void TaskWork::expire(const ledger::TaskRow& row, const std::vector<ledger::DeliveryRow>& rows)
{
    if (row.nextAttempt || rows.empty()) {
        auto expired = _composer.refusal(row.task, "", "give_up_after is over: " + row.reason);
        expired.recipients.front().state = ledger::DeliveryState::expired;
        _run.ledger.composed(row.task.id, {expired}, std::nullopt);
    }
    for (const auto& delivery : rows) {
        std::vector<ledger::DeliveryRow::Recipient> expired;
        for (auto recipient : delivery.recipients) {
            if (!ledger::isFinal(recipient.state) && recipient.state != ledger::DeliveryState::held)
            {
                recipient.reason = "give_up_after is over; the last word was: " + recipient.reason;
                recipient.state = ledger::DeliveryState::expired;
                expired.push_back(recipient);
            }
        }
        if (!expired.empty()) {
            _run.ledger.outcome(delivery.key, expired);
        }
    }
    _run.logger.write(Level::error, _ids, "given up: " + row.reason);
}

void TaskWork::end(const ledger::TaskRow& before)
{
    const auto row = _run.ledger.task(before.task.id).value();
    const auto rows = _run.ledger.deliveries(row.task.id);
    const auto now = standing(row, rows);
    if (!now.final) {
        const std::scoped_lock lock(_run.reportMutex);
        _run.report.waiting += now.held ? 0 : 1;
        _run.report.held += now.held ? 1 : 0;
        _run.report.status = worse(_run.report.status, ExitStatus::later);
        return;
    }
    const bool done = now.accepted > 0 || now.lost == 0;
    const std::string reason = done ? (now.nobody > 0 && now.accepted == 0 ? "nobody to tell" : "")
                                    : "no recipient could be told";
    _run.ledger.finished(row.task.id, done ? ledger::TaskState::done : ledger::TaskState::failed,
                         reason);
    {
        const std::scoped_lock lock(_run.reportMutex);
        auto& report = _run.report;
        (done ? report.done : report.failed) += 1;
        report.partial += done && now.lost > 0 ? 1 : 0;
        report.nobody += done && now.accepted == 0 ? 1 : 0;
        report.accepted += now.accepted;
        if (now.lost > 0) {
            report.status = worse(report.status, ExitStatus::someFailed);
        }
    }
    tellQueue(_run, row.task, done ? queue::TaskStatus::done : queue::TaskStatus::failed, _ids);
    _run.logger.write(done && now.lost == 0 ? Level::info : Level::error, _ids,
                      std::string(done ? "DONE" : "FAILED") + ": " + std::to_string(now.accepted) +
                          " told, " + std::to_string(now.lost) + " not" +
                          (reason.empty() ? "" : " (" + reason + ")"));
}

void TaskWork::letGo(const ledger::TaskRow& row, const std::string& why)
{
    if (row.state == ledger::TaskState::taken) {
        _run.ledger.released(row.task.id, "let go: " + why);
    }
    const std::scoped_lock lock(_run.reportMutex);
    ++_run.report.handsOff;
    _run.report.status = worse(_run.report.status, ExitStatus::later);
    _run.logger.write(Level::warning, _ids, "hands off: " + why);
}

} // namespace notifyhost::host
