#include "ledger/LedgerRows.h"

#include "ledger/LedgerFields.h"

#include <stdexcept>

namespace notifyhost::ledger {

namespace {

std::string checksum(const std::string& deliveryKey, std::size_t position,
                     const DeliveryRow::Recipient& recipient)
{
    Fields fields;
    fields.add(deliveryKey)
        .add(static_cast<std::int64_t>(position))
        .add(recipient.address)
        .add(toText(recipient.state))
        .add(recipient.code)
        .add(recipient.reason)
        .add(recipient.attempts)
        .add(recipient.nextAttempt)
        .add(recipient.settled);
    if (recipient.doubts != 0 || recipient.copies != 0) {
        fields.add(recipient.doubts).add(recipient.copies);
    }
    return fields.digest();
}

std::string checksum(const std::string& pipeline, const DeliveryRow& row, std::int64_t position,
                     const std::string& bytesHash)
{
    Fields fields;
    fields.add(pipeline)
        .add(row.key)
        .add(row.taskId)
        .add(position)
        .add(row.notificationKey)
        .add(row.address)
        .add(row.messageId)
        .add(row.date)
        .add(bytesHash)
        .add(static_cast<std::int64_t>(row.recipients.size()));
    if (const auto& subject = row.subject; subject != Subject{}) {
        fields.add(subject.about)
            .add(subject.asOf)
            .add(subject.facts)
            .add(std::int64_t{subject.replaces})
            .add(std::int64_t{subject.retold});
    }
    return fields.digest();
}

/// The columns that read() takes, with the bytes or without.
std::string columns(bool withBytes)
{
    return "SELECT key, task_id, notification_key, address, message_id, date, " +
           std::string(withBytes ? "bytes" : "NULL") +
           ", bytes_hash, position, checksum, about, as_of, facts, replaces, retold FROM delivery ";
}

} // namespace

std::vector<DeliveryRow> LedgerRows::deliveries(const std::string& taskId) const
{
    static const std::string kSql =
        columns(true) + "WHERE pipeline = ? AND task_id = ? ORDER BY position";
    auto& statement = _database.statement(kSql);
    statement.bind(1, _pipeline).bind(2, taskId);
    Reading reading(statement);
    std::vector<DeliveryRow> rows;
    while (reading.step()) {
        rows.push_back(read(reading));
    }
    const auto task = stored(taskId);
    if (rows.size() != static_cast<std::size_t>(task ? task->deliveries : 0)) {
        damaged("task " + taskId + ", of which deliveries are gone,");
    }
    return rows;
}

DeliveryRow LedgerRows::read(Reading& reading) const
{
    DeliveryRow row;
    row.key = reading.text(0);
    row.taskId = reading.text(1);
    row.notificationKey = reading.text(2);
    row.address = reading.text(3);
    row.messageId = reading.text(4);
    row.date = reading.time(5);
    row.bytes = reading.text(6);
    const std::string hash = reading.text(7);
    row.subject.about = reading.text(10);
    row.subject.asOf = reading.optionalTime(11);
    row.subject.facts = reading.text(12);
    row.subject.replaces = reading.flag(13);
    row.subject.retold = reading.flag(14);
    row.recipients = recipients(row.key);
    if (reading.isStrange() ||
        checksum(_pipeline, row, reading.integer(8), hash) != reading.text(9) ||
        (!reading.isNull(6) && storage::sha256Hex(row.bytes) != hash))
    {
        damaged("delivery " + row.key + " of task " + row.taskId);
    }
    return row;
}

DeliveryRow LedgerRows::delivery(const std::string& key) const
{
    static const std::string kSql = columns(false) + "WHERE pipeline = ? AND key = ?";
    auto& statement = _database.statement(kSql);
    statement.bind(1, _pipeline).bind(2, key);
    Reading reading(statement);
    if (!reading.step()) {
        throw std::logic_error("the ledger has no delivery " + key);
    }
    return read(reading);
}

std::vector<DeliveryRow> LedgerRows::others(const DeliveryRow& row) const
{
    if (row.subject.about.empty()) {
        return {};
    }
    // That about is not empty is said once more for the index, which holds no other rows.
    static const std::string kSql =
        columns(false) + "WHERE pipeline = ? AND about = ? AND about <> '' AND address = ? AND "
                         "task_id <> ? ORDER BY rowid";
    auto& statement = _database.statement(kSql);
    statement.bind(1, _pipeline)
        .bind(2, row.subject.about)
        .bind(3, row.address)
        .bind(4, row.taskId);
    Reading reading(statement);
    std::vector<DeliveryRow> rows;
    while (reading.step()) {
        rows.push_back(read(reading));
    }
    return rows;
}

int LedgerRows::changeCount(const std::string& taskId, int by, WallTime now) const
{
    auto task = stored(taskId);
    if (!task) {
        throw std::logic_error("the ledger has no task " + taskId);
    }
    task->deliveries += by;
    put(*task, now);
    return task->deliveries;
}

int LedgerRows::insert(const std::string& taskId, const std::vector<DeliveryRow>& deliveries,
                       WallTime now) const
{
    int position = 0;
    {
        auto& last = _database.statement("SELECT coalesce(max(position) + 1, 0) FROM delivery "
                                         "WHERE pipeline = ? AND task_id = ?");
        last.bind(1, _pipeline).bind(2, taskId);
        Reading reading(last);
        position = reading.step() ? reading.number(0) : 0;
    }
    int frozen = 0;
    for (const auto& delivery : deliveries) {
        if (delivery.taskId != taskId || delivery.recipients.empty()) {
            throw std::logic_error("delivery " + delivery.key + " is not one of task " + taskId +
                                   ", or has no recipient");
        }
        auto& known = _database.statement("SELECT 1 FROM delivery WHERE key = ?");
        known.bind(1, delivery.key);
        if (!Reading(known).step()) {
            insert(delivery, position + frozen);
            ++frozen;
        }
    }
    if (frozen > 0) {
        changeCount(taskId, frozen, now);
    }
    return frozen;
}

void LedgerRows::takeDeliveries(const LedgerRows& other, const std::string& taskId,
                                const std::vector<DeliveryRow>& deliveries) const
{
    for (const auto& delivery : deliveries) {
        std::string sum;
        {
            auto& statement =
                _database.statement("SELECT position, bytes_hash FROM delivery WHERE key = ? AND "
                                    "pipeline = ? AND task_id = ?");
            statement.bind(1, delivery.key).bind(2, other._pipeline).bind(3, taskId);
            Reading reading(statement);
            reading.step();
            sum = checksum(_pipeline, delivery, reading.integer(0), reading.text(1));
        }
        auto& statement =
            _database.statement("UPDATE delivery SET pipeline = ?, checksum = ? WHERE key = ?");
        statement.bind(1, _pipeline).bind(2, sum).bind(3, delivery.key);
        statement.step();
    }
}

void LedgerRows::insert(const DeliveryRow& row, int position) const
{
    const std::string hash = storage::sha256Hex(row.bytes);
    auto& statement = _database.statement(
        "INSERT INTO delivery (key, pipeline, task_id, position, notification_key, address, "
        "message_id, date, bytes, bytes_hash, checksum, about, as_of, facts, replaces, retold) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, row.key)
        .bind(2, _pipeline)
        .bind(3, row.taskId)
        .bind(4, std::int64_t{position})
        .bind(5, row.notificationKey)
        .bind(6, row.address)
        .bind(7, row.messageId)
        .bind(8, toNumber(row.date))
        .bindBlob(9, row.bytes)
        .bind(10, hash)
        .bind(11, checksum(_pipeline, row, position, hash))
        .bind(12, row.subject.about)
        .bind(14, row.subject.facts)
        .bind(15, std::int64_t{row.subject.replaces})
        .bind(16, std::int64_t{row.subject.retold});
    bindTime(statement, 13, row.subject.asOf);
    statement.step();
    for (std::size_t number = 0; number < row.recipients.size(); ++number) {
        put(row.key, number, row.recipients[number]);
    }
}

void LedgerRows::remove(const std::string& taskId, const std::vector<std::string>& keys,
                        WallTime now) const
{
    for (const auto& key : keys) {
        auto& statement = _database.statement(
            "DELETE FROM delivery WHERE key = ? AND pipeline = ? AND task_id = ?");
        statement.bind(1, key).bind(2, _pipeline).bind(3, taskId);
        statement.step();
        changeCount(taskId, -static_cast<int>(_database.changes()), now);
    }
}

std::string LedgerRows::taskOf(const std::string& deliveryKey) const
{
    auto& statement = _database.statement("SELECT task_id FROM delivery WHERE key = ?");
    statement.bind(1, deliveryKey);
    Reading reading(statement);
    if (!reading.step()) {
        throw std::logic_error("the ledger has no delivery " + deliveryKey);
    }
    return reading.text(0);
}

LedgerRows::Bytes LedgerRows::bytes(const std::string& deliveryKey) const
{
    static const std::string kNothing = storage::sha256Hex("");
    auto& statement =
        _database.statement("SELECT bytes IS NULL, bytes_hash FROM delivery WHERE key = ?");
    statement.bind(1, deliveryKey);
    Reading reading(statement);
    if (!reading.step() || reading.text(1) == kNothing) {
        return Bytes::never;
    }
    return reading.integer(0) != 0 ? Bytes::dropped : Bytes::kept;
}

std::vector<DeliveryRow::Recipient> LedgerRows::recipients(const std::string& deliveryKey) const
{
    auto& statement = _database.statement(
        "SELECT position, address, state, code, reason, attempts, next_attempt, settled, checksum, "
        "doubts, copies FROM recipient WHERE delivery_key = ? ORDER BY position");
    statement.bind(1, deliveryKey);
    Reading reading(statement);
    std::vector<DeliveryRow::Recipient> result;
    while (reading.step()) {
        DeliveryRow::Recipient recipient;
        recipient.address = reading.text(1);
        const auto state = deliveryStateFromText(reading.text(2));
        recipient.state = state.value_or(DeliveryState::composed);
        recipient.code = reading.number(3);
        recipient.reason = reading.text(4);
        recipient.attempts = reading.number(5);
        recipient.nextAttempt = reading.optionalTime(6);
        recipient.settled = reading.optionalTime(7);
        recipient.doubts = reading.number(9);
        recipient.copies = reading.number(10);
        if (!state || reading.isStrange() ||
            reading.integer(0) != static_cast<std::int64_t>(result.size()) ||
            checksum(deliveryKey, result.size(), recipient) != reading.text(8))
        {
            damaged("recipient " + reading.text(0) + " of delivery " + deliveryKey);
        }
        result.push_back(std::move(recipient));
    }
    return result;
}

void LedgerRows::put(const std::string& deliveryKey, std::size_t position,
                     const DeliveryRow::Recipient& recipient) const
{
    auto& statement = _database.statement(
        "INSERT INTO recipient (delivery_key, position, address, state, code, reason, attempts, "
        "next_attempt, settled, checksum, doubts, copies) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (delivery_key, position) DO UPDATE SET state = excluded.state, "
        "code = excluded.code, reason = excluded.reason, attempts = excluded.attempts, "
        "next_attempt = excluded.next_attempt, settled = excluded.settled, "
        "checksum = excluded.checksum, doubts = excluded.doubts, copies = excluded.copies");
    statement.bind(1, deliveryKey)
        .bind(2, static_cast<std::int64_t>(position))
        .bind(3, recipient.address)
        .bind(4, toText(recipient.state))
        .bind(5, std::int64_t{recipient.code})
        .bind(6, recipient.reason)
        .bind(7, std::int64_t{recipient.attempts});
    bindTime(statement, 8, recipient.nextAttempt);
    bindTime(statement, 9, recipient.settled);
    statement.bind(10, checksum(deliveryKey, position, recipient))
        .bind(11, std::int64_t{recipient.doubts})
        .bind(12, std::int64_t{recipient.copies});
    statement.step();
}

} // namespace notifyhost::ledger
