#pragma once

#include "ledger/Ledger.h"
#include "storage/Database.h"

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::ledger {

/// A task's row with what only the ledger itself needs of it.
struct StoredTask {
    TaskRow row;
    bool attemptOpen{}; ///< an attempt was begun and did not end
    int deliveries{};   ///< how many belong to it
};

/// What is kept of a pipeline as a whole.
struct PipelineRow {
    bool looked{};                        ///< the stale watch has looked at its queue
    WallTime time{};                      ///< the least it could be when it was last on record
    std::chrono::nanoseconds sinceBoot{}; ///< that moment; unknown in a row of an older version
    std::string bootId{};
    std::chrono::seconds ahead{}; ///< of that time, the wall clock's, then

    /// Whether a moment lies behind that of the record, in the same boot.
    bool isBootOf(const ClaimTime& moment) const;

    /// The least that the time can be at a moment, whatever the wall clock is set to.
    WallTime timeAt(const ClaimTime& moment) const;
};

class Reading;

/// Reads and writes rows of one pipeline, with a checksum in each that is tested at every reading.
/// Errors: storage::StorageError (damaged) naming file and row. Threads: as the database.
class LedgerRows {
public:
    LedgerRows(storage::Database& database, const std::string& pipeline);

    std::optional<StoredTask> stored(const std::string& id) const;
    std::optional<TaskRow> task(const std::string& id) const;
    std::vector<StoredTask> stored(TaskState state) const;
    void put(const StoredTask& task, WallTime now) const;
    /// Makes a task of another pipeline one of this, with its deliveries and events, under
    /// checksums made anew. The queue's name of it stays, and so do the deliveries' keys.
    void takeFrom(const LedgerRows& other, const std::string& id, WallTime now) const;

    /// In the order in which they were frozen. Errors: also for one that is gone.
    std::vector<DeliveryRow> deliveries(const std::string& taskId) const;
    /// One of them, without its bytes. Errors: std::logic_error where there is no such one.
    DeliveryRow delivery(const std::string& key) const;
    /// All of other tasks about the same thing and to the same addressee, without bytes, in the
    /// order in which they were frozen. None where it stands alone.
    std::vector<DeliveryRow> others(const DeliveryRow& row) const;
    /// Freezes those that are not there yet; returns how many. The task's row must exist.
    int insert(const std::string& taskId, const std::vector<DeliveryRow>& deliveries,
               WallTime now) const;
    /// The task that a delivery belongs to. Errors: std::logic_error where there is no such one.
    std::string taskOf(const std::string& deliveryKey) const;
    /// Removes deliveries of a task.
    void remove(const std::string& taskId, const std::vector<std::string>& keys,
                WallTime now) const;
    /// Whether a delivery was ever frozen, and whether its bytes are still there.
    enum class Bytes { never, kept, dropped };
    Bytes bytes(const std::string& deliveryKey) const;

    std::vector<DeliveryRow::Recipient> recipients(const std::string& deliveryKey) const;
    void put(const std::string& deliveryKey, std::size_t position,
             const DeliveryRow::Recipient& recipient) const;

    std::vector<LedgerEvent> events(const std::string& taskId) const;
    void addEvent(const std::string& taskId, WallTime time, const std::string& who,
                  const std::string& what) const;

    std::vector<WatchRow> watches() const;
    /// Replaces them all.
    void put(const std::vector<WatchRow>& rows) const;

    PipelineRow pipeline() const;
    void put(const PipelineRow& row) const;

    std::optional<Suspicion> suspicion() const;
    void put(const std::optional<Suspicion>& suspicion) const;

private:
    [[noreturn]] void damaged(const std::string& row) const;
    DeliveryRow read(Reading& reading) const;
    void insert(const DeliveryRow& row, int position) const;
    void takeDeliveries(const LedgerRows& other, const std::string& taskId,
                        const std::vector<DeliveryRow>& deliveries) const;
    int changeCount(const std::string& taskId, int by, WallTime now) const;

    storage::Database& _database;
    const std::string& _pipeline;
};

} // namespace notifyhost::ledger
