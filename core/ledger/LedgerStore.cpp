#include "ledger/LedgerStore.h"

#include "ledger/LedgerSchema.h"
#include "ledger/Transitions.h"

#include <algorithm>
#include <stdexcept>

namespace notifyhost::ledger {

Ledger::Store::Store(const std::filesystem::path& file, std::string pipeline, std::string who,
                     std::function<ClaimTime()> clock)
    : _database(file, ledgerSchema(), storage::kBusyLimit, storage::Durability::withSync),
      _writer(_database),
      _pipeline(std::move(pipeline)),
      _who(std::move(who)),
      _clock(std::move(clock))
{
}

void Ledger::Store::write(const Step& step)
{
    _writer.write([&](storage::Database& database) {
        LedgerRows rows(database, _pipeline);
        step(database, rows);
    });
}

void Ledger::Store::record(const Step& step)
{
    _writer.record([&](storage::Database& database) {
        LedgerRows rows(database, _pipeline);
        step(database, rows);
    });
}

void Ledger::Store::change(LedgerRows& rows, const std::string& taskId,
                           const std::function<void(TaskRow& row, bool& attemptOpen)>& change) const
{
    auto task = rows.stored(taskId);
    if (!task) {
        throw std::logic_error("the ledger has no task " + taskId);
    }
    const auto before = task->row.state;
    change(task->row, task->attemptOpen);
    if (task->row.state != before && !mayFollow(before, task->row.state)) {
        throw std::logic_error("task " + taskId + " cannot go from " + std::string(toText(before)) +
                               " to " + std::string(toText(task->row.state)));
    }
    rows.put(*task, now());
}

int Ledger::Store::changeRecipients(
    LedgerRows& rows, const std::string& deliveryKey,
    const std::function<bool(DeliveryRow::Recipient&)>& change) const
{
    int changed = 0;
    auto recipients = rows.recipients(deliveryKey);
    if (recipients.empty()) {
        throw std::logic_error("the ledger has no delivery " + deliveryKey);
    }
    for (std::size_t position = 0; position < recipients.size(); ++position) {
        auto& recipient = recipients[position];
        const auto before = recipient.state;
        if (!change(recipient)) {
            continue;
        }
        if (recipient.state != before && !mayFollow(before, recipient.state)) {
            throw std::logic_error("delivery " + deliveryKey + " to '" + recipient.address +
                                   "' cannot go from " + std::string(toText(before)) + " to " +
                                   std::string(toText(recipient.state)));
        }
        recipient.settled = now();
        rows.put(deliveryKey, position, recipient);
        ++changed;
    }
    return changed;
}

void Ledger::Store::becomeRunning(LedgerRows& rows, const std::string& taskId) const
{
    change(rows, taskId, [](TaskRow& row, bool&) { row.state = TaskState::running; });
    event(rows, taskId, "RUNNING: this ledger answers for it");
}

void Ledger::Store::end(LedgerRows& rows, const std::string& taskId, const Ending& ending) const
{
    change(rows, taskId, [&](TaskRow& row, bool& open) {
        row.state = ending.state;
        row.reason = ending.reason;
        open = false;
    });
    event(rows, taskId,
          std::string(ending.state == TaskState::done ? "DONE" : "FAILED") +
              (ending.reason.empty() ? "" : ": " + ending.reason));
}

WallTime Ledger::Store::timeAt(const PipelineRow& row, const ClaimTime& moment)
{
    if (row.isBootOf(moment)) {
        return row.time +
               std::chrono::duration_cast<WallTime::duration>(moment.sinceBoot - row.sinceBoot);
    }
    return std::max(moment.wall, row.time);
}

void Ledger::Store::event(LedgerRows& rows, const std::string& taskId,
                          const std::string& what) const
{
    rows.addEvent(taskId, now(), _who, what);
}

} // namespace notifyhost::ledger
