#include "ledger/LedgerStore.h"

#include "ledger/LedgerFields.h"
#include "ledger/LedgerSchema.h"
#include "ledger/Transitions.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace notifyhost::ledger {

namespace {

/// Whether an operator who has seen a task will want to hear of this too.
bool isForTheOperator(DeliveryState state)
{
    return state == DeliveryState::refused || state == DeliveryState::expired ||
           state == DeliveryState::unknown || state == DeliveryState::held;
}

/// Pages that a task's row, its event and their indexes touch at most in the trees that are there.
constexpr std::int64_t kPagesTouched = 8;
/// Octets of a task's row and event beside its input.
constexpr std::int64_t kRow = 1500;
/// For a batch of which nothing is known, octets of input per task.
constexpr std::int64_t kUsualInput = 1000;
/// Pages that the answers of some deliveries need between their commit point and their record.
constexpr std::int64_t kAnswerPages = 128;

/// A wall clock that goes ahead of the boot's by more than this is not believed.
constexpr std::chrono::hours kBelievedStep{24 * 14};

/// Where in the ledger's file a pipeline's lock lies: behind all that SQLite reads, writes or
/// locks.
off_t lockOffset(const std::string& pipeline)
{
    constexpr std::size_t kDigits = 15;
    constexpr off_t kBehindTheFile = off_t{1} << 61;
    return kBehindTheFile + static_cast<off_t>(std::stoull(
                                storage::sha256Hex(pipeline).substr(0, kDigits), nullptr, 16));
}

} // namespace

Ledger::Store::Descriptor::~Descriptor()
{
    if (number >= 0) {
        ::close(number);
    }
}

Ledger::Store::Store(const std::filesystem::path& file, std::string pipeline, std::string who,
                     std::function<ClaimTime()> clock)
    : _file(file),
      _database(file, ledgerSchema(), storage::kBusyLimit, storage::Durability::withSync),
      _writer(_database),
      _pipeline(std::move(pipeline)),
      _who(std::move(who)),
      _clock(std::move(clock)),
      _mark(file.parent_path(), _pipeline),
      _identity(identity()),
      _origin(judge())
{
}

/// The ledger's own random name, given to it once: the event of no pipeline and no task.
std::string Ledger::Store::identity()
{
    const auto ask = [this](storage::Database& database) {
        const auto events = LedgerRows(database, "").events("");
        return events.empty() ? "" : events.front().what;
    };
    auto known = _writer.read(ask);
    if (known.empty()) {
        _writer.write([&](storage::Database& database) {
            // Asked again inside: another process may have been faster.
            known = ask(database);
            if (known.empty()) {
                Reading chance(database.statement("SELECT 'ledger ' || hex(randomblob(16))"));
                known = chance.step() ? chance.text(0) : "";
                LedgerRows(database, "").addEvent("", now(), _who, known);
            }
        });
    }
    return known;
}

bool Ledger::Store::knowsPipeline()
{
    return _writer.read([&](storage::Database& database) {
        auto& statement = database.statement(
            "SELECT EXISTS (SELECT 1 FROM pipeline WHERE name = ?1) OR EXISTS (SELECT 1 FROM task "
            "WHERE pipeline = ?1)");
        statement.bind(1, _pipeline);
        Reading reading(statement);
        return reading.step() && reading.integer(0) == 1;
    });
}

Origin Ledger::Store::judge()
{
    if (const auto& marked = _mark.identity(); !marked.empty()) {
        return marked == _identity ? Origin::known : Origin::other;
    }
    return knowsPipeline() ? Origin::known : Origin::fresh;
}

void Ledger::Store::keepOrigin()
{
    if (_mark.identity() != _identity) {
        _mark.write(_identity);
    }
    _origin = Origin::known;
}

bool Ledger::Store::lock()
{
    if (_lock.number < 0) {
        _lock.number = ::open(_file.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    }
    if (_lock.number >= 0 && setLock(F_WRLCK)) {
        _database.requireInPlace();
        return true;
    }
    if (_lock.number >= 0 && (errno == EAGAIN || errno == EACCES)) {
        return false;
    }
    throw storage::StorageError(storage::StorageError::Kind::disk,
                                _file.string() + ": cannot be locked: " + std::strerror(errno));
}

void Ledger::Store::unlock()
{
    setLock(F_UNLCK);
}

bool Ledger::Store::setLock(short kind) const
{
    struct flock range {};
    range.l_type = kind;
    range.l_whence = SEEK_SET;
    range.l_start = lockOffset(_pipeline);
    range.l_len = 1;
    return ::fcntl(_lock.number, F_OFD_SETLK, &range) == 0;
}

void Ledger::Store::secureRoom(int tasks)
{
    // A commit of its own tells how long the log is, whoever wrote to it.
    record([](storage::Database&, LedgerRows& rows) { rows.put(rows.pipeline()); });
    _writer.read([&](storage::Database& database) {
        const std::int64_t count = tasks;
        const auto input = std::max<std::int64_t>(
            count * kUsualInput, static_cast<std::int64_t>(std::max(_largestBatch, _mark.batch())));
        // New pages are filled half at worst.
        const std::int64_t added = count + 2 * (input + count * kRow) / database.pageSize();
        const std::int64_t touched = std::min(count * kPagesTouched, database.pageCount());
        database.requireInPlace();
        database.secureRoom(touched + added);
    });
}

void Ledger::Store::secureAnswer()
{
    _writer.read([](storage::Database& database) { database.secureRoom(kAnswerPages); });
}

void Ledger::Store::noteBatch(std::uint64_t octets)
{
    if (octets > _largestBatch) {
        _largestBatch = octets;
        _mark.keepBatch(octets);
    }
}

void Ledger::Store::settle()
{
    _writer.read([](storage::Database& database) { database.checkpoint(); });
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

std::vector<TaskRow> Ledger::Store::tasksWhere(const std::string& from,
                                               const std::string& condition,
                                               std::string_view parameter)
{
    return read([&](storage::Database& database, LedgerRows& rows) {
        auto& statement = database.statement("SELECT DISTINCT task_id FROM " + from + " WHERE " +
                                             condition + " AND pipeline = ?2 ORDER BY task_id");
        statement.bind(1, parameter).bind(2, _pipeline);
        Reading reading(statement);
        std::vector<TaskRow> result;
        while (reading.step()) {
            if (auto row = rows.task(reading.text(0))) {
                result.push_back(std::move(*row));
            }
        }
        return result;
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
    if (task->row.state != before) {
        task->row.acknowledged.reset();
    }
    rows.put(*task, time(rows));
}

int Ledger::Store::changeRecipients(
    LedgerRows& rows, const std::string& deliveryKey,
    const std::function<bool(DeliveryRow::Recipient&)>& change) const
{
    int changed = 0;
    bool isNews = false;
    auto recipients = rows.recipients(deliveryKey);
    if (recipients.empty()) {
        throw std::logic_error("the ledger has no delivery " + deliveryKey);
    }
    for (std::size_t position = 0; position < recipients.size(); ++position) {
        auto& recipient = recipients[position];
        const auto before = recipient.state;
        const int copiesBefore = recipient.copies;
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
        isNews = isNews || isForTheOperator(recipient.state) || recipient.copies != copiesBefore;
        ++changed;
    }
    if (isNews) {
        isNoLongerAcknowledged(rows, rows.taskOf(deliveryKey));
    }
    return changed;
}

void Ledger::Store::isNoLongerAcknowledged(LedgerRows& rows, const std::string& taskId) const
{
    auto task = rows.stored(taskId);
    if (task && task->row.acknowledged) {
        task->row.acknowledged.reset();
        rows.put(*task, time(rows));
    }
}

void Ledger::Store::becomeRunning(LedgerRows& rows, const std::string& taskId) const
{
    change(rows, taskId, [&](TaskRow& row, bool&) {
        if (row.state == TaskState::done) {
            throw std::logic_error("task " + taskId + " is done: only retell opens it");
        }
        row.state = TaskState::running;
    });
    event(rows, taskId, "RUNNING: this ledger answers for it");
}

void Ledger::Store::end(LedgerRows& rows, const std::string& taskId, const Ending& ending) const
{
    change(rows, taskId, [&](TaskRow& row, bool& open) {
        if (row.state != TaskState::running ||
            (ending.state != TaskState::done && ending.state != TaskState::failed))
        {
            throw std::logic_error("task " + taskId + " is " + std::string(toText(row.state)) +
                                   " and cannot end " + std::string(toText(ending.state)));
        }
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
    const auto least = row.timeAt(moment);
    return moment.wall > least && moment.wall - least <= kBelievedStep ? moment.wall : least;
}

void Ledger::Store::event(LedgerRows& rows, const std::string& taskId,
                          const std::string& what) const
{
    rows.addEvent(taskId, now(), _who, what);
}

void Ledger::Store::event(LedgerRows& rows, const std::string& taskId,
                          const std::string& deliveryKey,
                          const DeliveryRow::Recipient& recipient) const
{
    constexpr std::size_t kShort = 12;
    std::string text = "delivery " + deliveryKey.substr(0, kShort);
    text += recipient.address.empty() ? "" : " to " + recipient.address;
    text += ": " + std::string(toText(recipient.state));
    text += recipient.attempts > 0 ? ", attempt " + std::to_string(recipient.attempts) : "";
    text += recipient.code != 0 ? ", code " + std::to_string(recipient.code) : "";
    event(rows, taskId, text + (recipient.reason.empty() ? "" : ": " + recipient.reason));
}

} // namespace notifyhost::ledger
