#include "host/StaleWatch.h"

#include "host/TaskWork.h"

#include <algorithm>
#include <map>

namespace notifyhost::host {

namespace {

constexpr std::chrono::minutes kLongestStep{15};
constexpr std::chrono::hours kGap{1};
constexpr std::chrono::hours kQuiet{1};
constexpr std::chrono::hours kAfterBudget{24};

} // namespace

StaleWatch::StaleWatch(SharedRun& run) : _run(run) {}

ledger::WatchRow StaleWatch::watch(const queue::QueuedTask& task, const ledger::WatchRow* before,
                                   bool firstLookEver) const
{
    const auto now = _run.clock.wall();
    ledger::WatchRow row;
    row.taskId = task.id;
    row.status = task.status;
    row.lastLook = now;
    row.beforeFirstLook = firstLookEver && task.status == queue::TaskStatus::claimed;
    if (before == nullptr || before->status != task.status) {
        return row;
    }
    row.beforeFirstLook = before->beforeFirstLook;
    row.quietUntil = before->quietUntil;
    const auto step = now - before->lastLook;
    const bool quiet = row.quietUntil && now < *row.quietUntil;
    if (quiet || step < step.zero() || step > kGap) {
        return row;
    }
    row.watched = before->watched + std::chrono::duration_cast<std::chrono::seconds>(
                                        std::min<ledger::WallTime::duration>(step, kLongestStep));
    return row;
}

void StaleWatch::look(const std::vector<queue::QueuedTask>& foreign)
{
    const bool firstLookEver = !_run.ledger.lookedBefore();
    std::map<std::string, ledger::WatchRow> known;
    for (auto& row : _run.ledger.watches()) {
        known.emplace(row.taskId, row);
    }
    std::vector<ledger::WatchRow> rows;
    std::vector<queue::QueuedTask> stale;
    for (const auto& task : foreign) {
        const auto before = known.find(task.id);
        auto row = watch(task, before == known.end() ? nullptr : &before->second, firstLookEver);
        if (task.status == queue::TaskStatus::claimed && !row.beforeFirstLook &&
            _run.pipeline.stale == config::Stale::giveBack &&
            row.watched >= _run.pipeline.staleAfter)
        {
            row.watched = std::chrono::seconds::zero();
            row.quietUntil = row.lastLook + kQuiet;
            stale.push_back(task);
        }
        rows.push_back(row);
    }
    // On record first: PENDING is PUT once, also where this process ends in between.
    _run.ledger.setWatches(rows);
    for (const auto& task : stale) {
        giveBack(task);
    }
    report(rows);
}

void StaleWatch::giveBack(const queue::QueuedTask& task)
{
    const log::Ids ids{"", task.id, ""};
    try {
        const std::scoped_lock lock(_run.queueMutex);
        _run.queue.update(task, queue::TaskStatus::pending);
        _run.logger.write(Level::warning, ids,
                          "was CLAIMED for stale_after and nobody went on with "
                          "it: put back to PENDING");
    } catch (const queue::QueueError& error) {
        _run.logger.write(Level::error, ids,
                          std::string("stale, but not put back (not repeated within an hour): ") +
                              error.what());
    }
    const std::scoped_lock lock(_run.reportMutex);
    ++_run.report.givenBack;
}

void StaleWatch::report(const std::vector<ledger::WatchRow>& rows) const
{
    int early = 0;
    int running = 0;
    int lost = 0;
    for (const auto& row : rows) {
        early += row.beforeFirstLook ? 1 : 0;
        const bool isRunning = row.status == queue::TaskStatus::running;
        running += isRunning ? 1 : 0;
        lost += isRunning && row.watched >= _run.pipeline.giveUpAfter + kAfterBudget ? 1 : 0;
    }
    if (early > 0) {
        _run.logger.warning(std::to_string(early) +
                            " tasks were CLAIMED before notifyhost first looked and may have been "
                            "told by another program; `notifyhost list " +
                            _run.pipeline.name +
                            " --foreign` lists them, `notifyhost takeover` takes them");
    }
    if (lost > 0) {
        _run.logger.warning(
            std::to_string(lost) +
            " tasks are RUNNING on another host and were longer than give_up_after; "
            "where that host is gone, `notifyhost takeover " +
            _run.pipeline.name + "` takes them");
    } else if (running > 0) {
        _run.logger.info(std::to_string(running) + " tasks are RUNNING on another host");
    }
}

} // namespace notifyhost::host
