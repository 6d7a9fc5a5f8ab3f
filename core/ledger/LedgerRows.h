#pragma once

#include "ledger/Ledger.h"
#include "storage/Database.h"

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::ledger {

/// The ledger's schema, with its migrations.
const storage::Schema& ledgerSchema();

/// Reads and writes rows of one pipeline, with a checksum in each that is tested at every reading.
/// Errors: storage::StorageError (damaged) naming file, table and row. Threads: as the database.
class LedgerRows {
public:
    LedgerRows(storage::Database& database, const std::string& pipeline);

    std::optional<TaskRow> task(const std::string& id) const;
    std::vector<TaskRow> tasks(TaskState state) const;
    void put(const TaskRow& row, bool attemptOpen) const;
    bool attemptOpen(const std::string& id) const;

    std::vector<DeliveryRow> deliveries(const std::string& taskId) const;
    bool hasDelivery(const std::string& key) const;
    void insert(const DeliveryRow& row) const;
    void remove(const std::string& deliveryKey) const;
    /// Whether a delivery was ever frozen, and whether its bytes are still there.
    enum class Bytes { never, kept, dropped };
    Bytes bytes(const std::string& deliveryKey) const;

    std::vector<DeliveryRow::Recipient> recipients(const std::string& deliveryKey) const;
    void put(const std::string& deliveryKey, std::size_t position,
             const DeliveryRow::Recipient& recipient) const;

    void addEvent(const std::string& taskId, WallTime time, const std::string& who,
                  const std::string& what) const;

private:
    [[noreturn]] void damaged(const std::string& what) const;
    TaskRow readTask(storage::Statement& statement) const;
    std::string checksum(const TaskRow& row, bool attemptOpen) const;

    storage::Database& _database;
    const std::string& _pipeline;
};

/// Whole milliseconds since the epoch, and back.
std::int64_t toNumber(WallTime time);
WallTime toTime(std::int64_t number);

} // namespace notifyhost::ledger
