#pragma once

#include "ledger/GroupWriter.h"
#include "ledger/Ledger.h"
#include "ledger/LedgerMark.h"
#include "ledger/LedgerRows.h"

#include <functional>
#include <string>

namespace notifyhost::ledger {

/// What the ledger's functions share: the database, who asks, and the rule that only known
/// transitions are written. Threads: any.
class Ledger::Store {
public:
    Store(const std::filesystem::path& file, std::string pipeline, std::string who,
          std::function<ClaimTime()> clock);

    using Step = std::function<void(storage::Database&, LedgerRows&)>;

    /// One durable step.
    void write(const Step& step);

    /// One step that outlives the process; the next durable one takes it to the disk.
    void record(const Step& step);

    template<typename Reading> auto read(Reading reading)
    {
        return _writer.read([&](storage::Database& database) {
            LedgerRows rows(database, _pipeline);
            return reading(database, rows);
        });
    }

    /// As the ledger's functions of these names. Source: Ledger.h.
    bool lock();
    void unlock();
    Origin origin() const { return _origin; }
    void keepOrigin();
    const std::filesystem::path& markFile() const { return _mark.file(); }
    void secureRoom(int tasks);
    void settle();

    /// Before a batch is written: remembers how large it is, for secureRoom() here and in the next
    /// run, whether or not it can be written.
    void noteBatch(std::uint64_t octets);

    /// There is room for what an answer adds to the log.
    void secureAnswer();

    /// Tasks with a recipient of whom an SQL condition with one parameter holds, by their ids.
    /// from: recipient and delivery, joined in the order in which they are to be looked at.
    std::vector<TaskRow> tasksWhere(const std::string& from, const std::string& condition,
                                    std::string_view parameter);

    /// Inside a step: changes a task's row, which must exist. The change says what the state
    /// becomes by setting it; a transition that is not allowed is a std::logic_error.
    void change(LedgerRows& rows, const std::string& taskId,
                const std::function<void(TaskRow& row, bool& attemptOpen)>& change) const;

    /// Inside a step: changes recipients of one delivery, which must exist. Returns how many were
    /// changed; the change returns false to leave one alone.
    int changeRecipients(LedgerRows& rows, const std::string& deliveryKey,
                         const std::function<bool(DeliveryRow::Recipient&)>& change) const;

    /// Inside a step: something new happened to what the operator may have seen.
    void isNoLongerAcknowledged(LedgerRows& rows, const std::string& taskId) const;

    /// Inside a step: this ledger alone answers for the task, or it is final here; each is an
    /// event.
    void becomeRunning(LedgerRows& rows, const std::string& taskId) const;
    void end(LedgerRows& rows, const std::string& taskId, const Ending& ending) const;

    /// The ledger's time at a moment.
    static WallTime timeAt(const PipelineRow& row, const ClaimTime& moment);
    /// The same now.
    WallTime time(const LedgerRows& rows) const { return timeAt(rows.pipeline(), _clock()); }
    ClaimTime moment() const { return _clock(); }

    /// Inside a step: one line of the task's life.
    void event(LedgerRows& rows, const std::string& taskId, const std::string& what) const;

    /// The same about a recipient: "delivery 0123456789ab to ada@example.org: deferred, attempt 2,
    /// code 451: try later".
    void event(LedgerRows& rows, const std::string& taskId, const std::string& deliveryKey,
               const DeliveryRow::Recipient& recipient) const;

    /// Inside a step: gives a delivery that is to be frozen its place among those about the same
    /// thing. What it makes superseded, or is itself, is an event.
    void place(LedgerRows& rows, DeliveryRow& delivery, Repeated repeated) const;

    /// Inside a step: makes recipients of a delivery due by an operator's word. Where something
    /// newer about the same thing is on record they are superseded instead.
    void reopen(LedgerRows& rows, const DeliveryRow& delivery,
                const std::function<bool(DeliveryRow::Recipient&)>& makeDue,
                Reopened& result) const;

    const std::string& pipeline() const { return _pipeline; }
    const std::string& who() const { return _who; }
    WallTime now() const { return _clock().wall; }

private:
    /// An open file, closed at the end.
    struct Descriptor {
        int number{-1};
        ~Descriptor();
    };

    std::string identity();
    bool knowsPipeline();
    Origin judge();
    bool setLock(short kind) const;

    std::filesystem::path _file;
    // Closing it drops this process's other locks on the file: it goes after the database.
    Descriptor _lock;
    storage::Database _database;
    GroupWriter _writer;
    std::string _pipeline;
    std::string _who;
    std::function<ClaimTime()> _clock;
    LedgerMark _mark;
    std::string _identity;
    Origin _origin{};
    std::uint64_t _largestBatch{}; ///< of this run, in octets of input
};

} // namespace notifyhost::ledger
