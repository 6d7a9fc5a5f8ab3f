#include "host/StaleWatch.h"

#include "host/OperatorTable.h"
#include "log/Counted.h"

#include <algorithm>
#include <map>

namespace notifyhost::host {

namespace {

// docs/model, "Rare runs", says why these two are safe. The quarter of an hour between them is for
// a cron whose hourly runs drift.
constexpr std::chrono::minutes kLongestStep{60};
constexpr std::chrono::minutes kGap{75};
constexpr std::chrono::hours kQuiet{1};

/// "1 task was ", "3 tasks were ".
std::string tasks(int number, const char* one, const char* more)
{
    return log::counted(static_cast<std::size_t>(number), "task") + " " +
           (number == 1 ? one : more) + " ";
}

} // namespace

StaleWatch::StaleWatch(SharedRun& run) : _run(run) {}

ledger::WatchRow StaleWatch::watch(const queue::QueuedTask& task, const ledger::WatchRow* before,
                                   bool firstLookEver) const
{
    const auto now = _run.now();
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
    // A step that begins in the quiet hour does not count; but an hour that ends farther away than
    // it ever does was set by a clock that has been put right since.
    const bool quiet =
        row.quietUntil && before->lastLook < *row.quietUntil && *row.quietUntil <= now + kQuiet;
    if (quiet || step < step.zero() || step > kGap) {
        return row;
    }
    row.watched = before->watched + std::chrono::duration_cast<std::chrono::seconds>(
                                        std::min<ledger::WallTime::duration>(step, kLongestStep));
    return row;
}

void StaleWatch::look(const std::vector<queue::QueuedTask>& foreign,
                      const ledger::ClaimTime& listed)
{
    const bool firstLookEver = !_run.ledger.lookedBefore();
    std::map<std::string, ledger::WatchRow> known;
    for (auto& row : _run.ledger.watches()) {
        known.emplace(row.taskId, row);
    }
    _rows.clear();
    _tooFarApart = 0;
    std::vector<queue::QueuedTask> stale;
    for (const auto& task : foreign) {
        const auto before = known.find(task.id);
        auto row = watch(task, before == known.end() ? nullptr : &before->second, firstLookEver);
        if (before != known.end() && task.status == queue::TaskStatus::claimed &&
            before->second.status == task.status && !row.beforeFirstLook &&
            row.lastLook - before->second.lastLook > kGap)
        {
            ++_tooFarApart;
        }
        if (task.status == queue::TaskStatus::claimed && !row.beforeFirstLook &&
            _run.pipeline.stale == config::Stale::giveBack &&
            row.watched >= _run.pipeline.staleAfter)
        {
            row.watched = std::chrono::seconds::zero();
            row.quietUntil = row.lastLook + kQuiet;
            stale.push_back(task);
        }
        _rows.push_back(row);
    }
    // On record first: PENDING is PUT once, also where this process ends in between.
    _run.ledger.setWatches(_rows);
    for (const auto& task : stale) {
        giveBack(task, listed);
    }
}

void StaleWatch::giveBack(const queue::QueuedTask& task, const ledger::ClaimTime& listed)
{
    const log::Ids ids{"", task.id, ""};
    if (!isYoung(listed, _run.clock)) {
        // This machine was asleep since it listed them: the task may be another's by now.
        _run.logger.write(Level::warning, ids, "stale, but the look is too old to put it back");
        return;
    }
    try {
        _run.queue.update(task, queue::TaskStatus::pending);
        _run.logger.write(Level::warning, ids,
                          "was CLAIMED for stale_after and nobody went on with it: put back to "
                          "PENDING");
        const std::scoped_lock counting(_run.reportMutex);
        ++_run.report.givenBack;
    } catch (const queue::QueueError& error) {
        _run.logger.write(Level::error, ids,
                          std::string("stale, and not known to be put back (that is not repeated; "
                                      "it is watched anew): ") +
                              error.what());
    }
}

void StaleWatch::report() const
{
    int early = 0;
    int running = 0;
    int lost = 0;
    int stale = 0;
    for (const auto& row : _rows) {
        early += row.beforeFirstLook ? 1 : 0;
        stale += row.status == queue::TaskStatus::claimed && !row.beforeFirstLook &&
                         row.watched >= _run.pipeline.staleAfter
                     ? 1
                     : 0;
        const bool isRunning = row.status == queue::TaskStatus::running;
        running += isRunning ? 1 : 0;
        lost += isRunning && row.watched >= _run.pipeline.giveUpAfter + kAfterBudget ? 1 : 0;
    }
    if (early > 0) {
        const Situation leftover{InLedger::none, InQueue::claimed, false, false, true};
        _run.logger.warning(
            tasks(early, "was", "were") +
            "CLAIMED before notifyhost first looked and may have been "
            "told by another program; `notifyhost list " +
            _run.pipeline.name + " --foreign` lists them. " +
            commandLine(OperatorCommand::told, leftover, _run.pipeline.name, "TASK") +
            " closes what that program told, " +
            commandLine(OperatorCommand::takeover, leftover, _run.pipeline.name, "TASK") +
            " tells it from here");
    }
    if (_tooFarApart > 0) {
        // With runs an hour apart a claim that nobody works on is put back; with rarer ones never.
        _run.logger.warning(tasks(_tooFarApart, "is", "are") +
                            "CLAIMED and not by this ledger, and this run comes more than 75 "
                            "minutes after the one before: claims that nobody works on are only "
                            "put back where runs are at most an hour apart. Run it more often; "
                            "`notifyhost list " +
                            _run.pipeline.name + " --foreign` lists them");
        _run.count(ExitStatus::later);
    }
    if (stale > 0) {
        // With stale = return the count began anew when they were put back.
        _run.logger.warning(tasks(stale, "is", "are") +
                            "CLAIMED for longer than stale_after and nobody goes on "
                            "with them; a run on the host with `stale = return` puts them back, "
                            "`notifyhost list " +
                            _run.pipeline.name + " --foreign` lists them");
    }
    if (lost > 0) {
        _run.logger.warning(tasks(lost, "is", "are") +
                            "RUNNING on another host, for longer than give_up_after; "
                            "where that host is gone, `notifyhost takeover " +
                            _run.pipeline.name + "` takes them");
    } else if (running > 0) {
        _run.logger.info(tasks(running, "is", "are") + "RUNNING on another host");
    }
}

} // namespace notifyhost::host
