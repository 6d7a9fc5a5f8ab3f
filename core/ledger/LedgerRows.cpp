#include "ledger/LedgerRows.h"

#include "storage/Digest.h"

namespace notifyhost::ledger {

namespace {

constexpr const char* kSchemaOne = R"sql(
CREATE TABLE task (
    pipeline TEXT NOT NULL, id TEXT NOT NULL, porch_uri TEXT NOT NULL, porch_version TEXT NOT NULL,
    input TEXT NOT NULL, state TEXT NOT NULL, claimed INTEGER NOT NULL,
    since_boot INTEGER NOT NULL, boot_id TEXT NOT NULL, budget_start INTEGER NOT NULL,
    begun INTEGER NOT NULL, attempt_open INTEGER NOT NULL, deaths INTEGER NOT NULL,
    compose_failures INTEGER NOT NULL, next_attempt INTEGER, reason TEXT NOT NULL,
    changed INTEGER NOT NULL, checksum TEXT NOT NULL,
    PRIMARY KEY (pipeline, id)) WITHOUT ROWID;
CREATE INDEX task_state ON task (pipeline, state);
CREATE TABLE delivery (
    key TEXT PRIMARY KEY, pipeline TEXT NOT NULL, task_id TEXT NOT NULL, position INTEGER NOT NULL,
    notification_key TEXT NOT NULL, address TEXT NOT NULL, message_id TEXT NOT NULL,
    date INTEGER NOT NULL, bytes BLOB, bytes_hash TEXT NOT NULL, checksum TEXT NOT NULL);
CREATE INDEX delivery_task ON delivery (pipeline, task_id, position);
CREATE TABLE recipient (
    delivery_key TEXT NOT NULL REFERENCES delivery (key) ON DELETE CASCADE,
    position INTEGER NOT NULL, address TEXT NOT NULL, state TEXT NOT NULL, code INTEGER NOT NULL,
    reason TEXT NOT NULL, attempts INTEGER NOT NULL, next_attempt INTEGER, settled INTEGER,
    checksum TEXT NOT NULL, PRIMARY KEY (delivery_key, position)) WITHOUT ROWID;
CREATE INDEX recipient_address ON recipient (address, settled);
CREATE TABLE event (
    number INTEGER PRIMARY KEY, pipeline TEXT NOT NULL, task_id TEXT NOT NULL,
    time INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL);
CREATE INDEX event_task ON event (pipeline, task_id);
CREATE TABLE watch (
    pipeline TEXT NOT NULL, task_id TEXT NOT NULL, status TEXT NOT NULL, last_look INTEGER NOT NULL,
    watched INTEGER NOT NULL, quiet_until INTEGER, before_first_look INTEGER NOT NULL,
    PRIMARY KEY (pipeline, task_id)) WITHOUT ROWID;
CREATE TABLE pipeline (
    name TEXT PRIMARY KEY, looked INTEGER NOT NULL, high_water INTEGER NOT NULL) WITHOUT ROWID;
)sql";

/// Joins fields so that no two different rows give one text.
class Fields {
public:
    Fields& add(std::string_view text)
    {
        _text += std::to_string(text.size());
        _text += ':';
        _text += text;
        return *this;
    }
    Fields& add(std::int64_t number) { return add(std::string_view(std::to_string(number))); }
    Fields& add(const std::optional<WallTime>& time)
    {
        return time ? add(toNumber(*time)) : add(std::string_view("-"));
    }
    std::string digest() const { return storage::sha256Hex(_text); }

private:
    std::string _text;
};

std::string checksum(const std::string& deliveryKey, std::size_t position,
                     const DeliveryRow::Recipient& recipient)
{
    return Fields()
        .add(deliveryKey)
        .add(static_cast<std::int64_t>(position))
        .add(recipient.address)
        .add(toText(recipient.state))
        .add(recipient.code)
        .add(recipient.reason)
        .add(recipient.attempts)
        .add(recipient.nextAttempt)
        .add(recipient.settled)
        .digest();
}

std::string checksum(const DeliveryRow& row, const std::string& bytesHash)
{
    return Fields()
        .add(row.key)
        .add(row.taskId)
        .add(row.notificationKey)
        .add(row.address)
        .add(row.messageId)
        .add(toNumber(row.date))
        .add(bytesHash)
        .digest();
}

void bindTime(storage::Statement& statement, int index, const std::optional<WallTime>& time)
{
    if (time) {
        statement.bind(index, toNumber(*time));
    } else {
        statement.bindNull(index);
    }
}

std::optional<WallTime> timeAt(const storage::Statement& statement, int column)
{
    return statement.isNull(column) ? std::nullopt
                                    : std::optional(toTime(statement.integer(column)));
}

} // namespace

std::int64_t toNumber(WallTime time)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

WallTime toTime(std::int64_t number)
{
    return WallTime(std::chrono::milliseconds(number));
}

const storage::Schema& ledgerSchema()
{
    static const storage::Schema schema{"notifyhost ledger", 0x6e686c67, {kSchemaOne}};
    return schema;
}

LedgerRows::LedgerRows(storage::Database& database, const std::string& pipeline)
    : _database(database), _pipeline(pipeline)
{
}

void LedgerRows::damaged(const std::string& what) const
{
    throw storage::StorageError(
        storage::StorageError::Kind::damaged,
        _database.file().string() + ": " + what +
            " does not fit its checksum: the file was damaged or changed by hand. Nothing is sent "
            "from it. Restore a backup; docs/delivery.md says what that means.");
}

std::string LedgerRows::checksum(const TaskRow& row, bool attemptOpen) const
{
    return Fields()
        .add(_pipeline)
        .add(row.task.id)
        .add(row.task.pipeline.uri)
        .add(row.task.pipeline.version)
        .add(row.task.inputText)
        .add(toText(row.state))
        .add(toNumber(row.claimed.wall))
        .add(row.claimed.sinceBoot.count())
        .add(row.claimed.bootId)
        .add(toNumber(row.budgetStart))
        .add(row.begun)
        .add(attemptOpen ? 1 : 0)
        .add(row.deaths)
        .add(row.composeFailures)
        .add(row.nextAttempt)
        .add(row.reason)
        .digest();
}

constexpr const char* kTaskColumns =
    "SELECT id, porch_uri, porch_version, input, state, claimed, since_boot, boot_id, "
    "budget_start, begun, attempt_open, deaths, compose_failures, next_attempt, reason, checksum "
    "FROM task WHERE pipeline = ? AND ";

TaskRow LedgerRows::readTask(storage::Statement& statement) const
{
    TaskRow row;
    row.task.pipeline = {_pipeline, statement.text(1), statement.text(2)};
    row.task.id = statement.text(0);
    row.task.inputText = statement.text(3);
    const auto state = taskStateFromText(statement.text(4));
    if (!state) {
        damaged("task " + row.task.id);
    }
    row.state = *state;
    row.claimed = {toTime(statement.integer(5)), std::chrono::nanoseconds(statement.integer(6)),
                   statement.text(7)};
    row.budgetStart = toTime(statement.integer(8));
    row.begun = static_cast<int>(statement.integer(9));
    row.deaths = static_cast<int>(statement.integer(11));
    row.composeFailures = static_cast<int>(statement.integer(12));
    row.nextAttempt = timeAt(statement, 13);
    row.reason = statement.text(14);
    row.task.status =
        row.state == TaskState::running ? queue::TaskStatus::running : queue::TaskStatus::claimed;
    if (checksum(row, statement.integer(10) != 0) != statement.text(15)) {
        damaged("task " + row.task.id);
    }
    return row;
}

std::optional<TaskRow> LedgerRows::task(const std::string& id) const
{
    auto& statement = _database.statement(std::string(kTaskColumns) + "id = ?");
    statement.bind(1, _pipeline).bind(2, id);
    if (!statement.step()) {
        return std::nullopt;
    }
    auto row = readTask(statement);
    statement.reset();
    return row;
}

std::vector<TaskRow> LedgerRows::tasks(TaskState state) const
{
    auto& statement =
        _database.statement(std::string(kTaskColumns) + "state = ? ORDER BY claimed, id");
    statement.bind(1, _pipeline).bind(2, toText(state));
    std::vector<TaskRow> rows;
    while (statement.step()) {
        rows.push_back(readTask(statement));
    }
    return rows;
}

bool LedgerRows::attemptOpen(const std::string& id) const
{
    auto& statement =
        _database.statement("SELECT attempt_open FROM task WHERE pipeline = ? AND id = ?");
    statement.bind(1, _pipeline).bind(2, id);
    const bool open = statement.step() && statement.integer(0) != 0;
    statement.reset();
    return open;
}

void LedgerRows::put(const TaskRow& row, bool attemptOpen) const
{
    auto& statement = _database.statement(
        "INSERT INTO task (pipeline, id, porch_uri, porch_version, input, state, claimed, "
        "since_boot, boot_id, budget_start, begun, attempt_open, deaths, compose_failures, "
        "next_attempt, reason, changed, checksum) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (pipeline, id) DO UPDATE SET "
        "porch_uri = excluded.porch_uri, porch_version = excluded.porch_version, "
        "input = excluded.input, state = excluded.state, claimed = excluded.claimed, "
        "since_boot = excluded.since_boot, boot_id = excluded.boot_id, "
        "budget_start = excluded.budget_start, begun = excluded.begun, "
        "attempt_open = excluded.attempt_open, deaths = excluded.deaths, "
        "compose_failures = excluded.compose_failures, next_attempt = excluded.next_attempt, "
        "reason = excluded.reason, changed = excluded.changed, checksum = excluded.checksum");
    statement.bind(1, _pipeline)
        .bind(2, row.task.id)
        .bind(3, row.task.pipeline.uri)
        .bind(4, row.task.pipeline.version)
        .bind(5, row.task.inputText)
        .bind(6, toText(row.state))
        .bind(7, toNumber(row.claimed.wall))
        .bind(8, std::int64_t{row.claimed.sinceBoot.count()})
        .bind(9, row.claimed.bootId)
        .bind(10, toNumber(row.budgetStart))
        .bind(11, std::int64_t{row.begun})
        .bind(12, std::int64_t{attemptOpen ? 1 : 0})
        .bind(13, std::int64_t{row.deaths})
        .bind(14, std::int64_t{row.composeFailures});
    bindTime(statement, 15, row.nextAttempt);
    statement.bind(16, row.reason)
        .bind(17, toNumber(std::chrono::system_clock::now()))
        .bind(18, checksum(row, attemptOpen));
    statement.step();
}

std::vector<DeliveryRow> LedgerRows::deliveries(const std::string& taskId) const
{
    auto& statement = _database.statement(
        "SELECT key, notification_key, address, message_id, date, bytes, bytes_hash, checksum "
        "FROM delivery WHERE pipeline = ? AND task_id = ? ORDER BY position");
    statement.bind(1, _pipeline).bind(2, taskId);
    std::vector<DeliveryRow> rows;
    while (statement.step()) {
        DeliveryRow row;
        row.key = statement.text(0);
        row.taskId = taskId;
        row.notificationKey = statement.text(1);
        row.address = statement.text(2);
        row.messageId = statement.text(3);
        row.date = toTime(statement.integer(4));
        const bool hasBytes = !statement.isNull(5);
        row.bytes = hasBytes ? statement.text(5) : "";
        const std::string hash = statement.text(6);
        if (ledger::checksum(row, hash) != statement.text(7) ||
            (hasBytes && storage::sha256Hex(row.bytes) != hash))
        {
            damaged("delivery " + row.key);
        }
        rows.push_back(std::move(row));
    }
    for (auto& row : rows) {
        row.recipients = recipients(row.key);
        if (row.recipients.empty()) {
            damaged("delivery " + row.key + ", whose recipients are gone,");
        }
    }
    return rows;
}

bool LedgerRows::hasDelivery(const std::string& key) const
{
    auto& statement = _database.statement("SELECT 1 FROM delivery WHERE key = ?");
    statement.bind(1, key);
    const bool found = statement.step();
    statement.reset();
    return found;
}

void LedgerRows::insert(const DeliveryRow& row) const
{
    const std::string hash = storage::sha256Hex(row.bytes);
    auto& statement = _database.statement(
        "INSERT INTO delivery (key, pipeline, task_id, position, notification_key, address, "
        "message_id, date, bytes, bytes_hash, checksum) VALUES (?, ?, ?, (SELECT count(*) FROM "
        "delivery WHERE pipeline = ? AND task_id = ?), ?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, row.key)
        .bind(2, _pipeline)
        .bind(3, row.taskId)
        .bind(4, _pipeline)
        .bind(5, row.taskId)
        .bind(6, row.notificationKey)
        .bind(7, row.address)
        .bind(8, row.messageId)
        .bind(9, toNumber(row.date))
        .bindBlob(10, row.bytes)
        .bind(11, hash)
        .bind(12, ledger::checksum(row, hash));
    statement.step();
    for (std::size_t position = 0; position < row.recipients.size(); ++position) {
        put(row.key, position, row.recipients[position]);
    }
}

void LedgerRows::remove(const std::string& deliveryKey) const
{
    auto& statement = _database.statement("DELETE FROM delivery WHERE key = ?");
    statement.bind(1, deliveryKey);
    statement.step();
}

LedgerRows::Bytes LedgerRows::bytes(const std::string& deliveryKey) const
{
    static const std::string kNothing = storage::sha256Hex("");
    auto& statement =
        _database.statement("SELECT bytes IS NULL, bytes_hash FROM delivery WHERE key = ?");
    statement.bind(1, deliveryKey);
    auto result = Bytes::never;
    if (statement.step() && statement.text(1) != kNothing) {
        result = statement.integer(0) != 0 ? Bytes::dropped : Bytes::kept;
    }
    statement.reset();
    return result;
}

std::vector<DeliveryRow::Recipient> LedgerRows::recipients(const std::string& deliveryKey) const
{
    auto& statement = _database.statement(
        "SELECT position, address, state, code, reason, attempts, next_attempt, settled, checksum "
        "FROM recipient WHERE delivery_key = ? ORDER BY position");
    statement.bind(1, deliveryKey);
    std::vector<DeliveryRow::Recipient> result;
    while (statement.step()) {
        DeliveryRow::Recipient recipient;
        recipient.address = statement.text(1);
        const auto state = deliveryStateFromText(statement.text(2));
        recipient.state = state.value_or(DeliveryState::composed);
        recipient.code = static_cast<int>(statement.integer(3));
        recipient.reason = statement.text(4);
        recipient.attempts = static_cast<int>(statement.integer(5));
        recipient.nextAttempt = timeAt(statement, 6);
        recipient.settled = timeAt(statement, 7);
        if (!state || statement.integer(0) != static_cast<std::int64_t>(result.size()) ||
            ledger::checksum(deliveryKey, result.size(), recipient) != statement.text(8))
        {
            damaged("a recipient of delivery " + deliveryKey);
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
        "next_attempt, settled, checksum) VALUES (?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (delivery_key, position) DO UPDATE SET state = excluded.state, "
        "code = excluded.code, reason = excluded.reason, attempts = excluded.attempts, "
        "next_attempt = excluded.next_attempt, settled = excluded.settled, "
        "checksum = excluded.checksum");
    statement.bind(1, deliveryKey)
        .bind(2, static_cast<std::int64_t>(position))
        .bind(3, recipient.address)
        .bind(4, toText(recipient.state))
        .bind(5, std::int64_t{recipient.code})
        .bind(6, recipient.reason)
        .bind(7, std::int64_t{recipient.attempts});
    bindTime(statement, 8, recipient.nextAttempt);
    bindTime(statement, 9, recipient.settled);
    statement.bind(10, ledger::checksum(deliveryKey, position, recipient));
    statement.step();
}

void LedgerRows::addEvent(const std::string& taskId, WallTime time, const std::string& who,
                          const std::string& what) const
{
    auto& statement = _database.statement(
        "INSERT INTO event (pipeline, task_id, time, who, what) VALUES (?, ?, ?, ?, ?)");
    statement.bind(1, _pipeline).bind(2, taskId).bind(3, toNumber(time)).bind(4, who).bind(5, what);
    statement.step();
}

} // namespace notifyhost::ledger
