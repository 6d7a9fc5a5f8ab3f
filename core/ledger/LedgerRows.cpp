#include "ledger/LedgerRows.h"

#include "ledger/LedgerFields.h"

#include <stdexcept>

namespace notifyhost::ledger {

namespace {

constexpr const char* kTaskColumns =
    "SELECT id, porch_uri, porch_version, input, state, claimed, since_boot, boot_id, "
    "budget_start, begun, attempt_open, deaths, compose_failures, next_attempt, reason, "
    "deliveries, changed, checksum, stopped_run, acknowledged, put_back, porch_name FROM task ";

/// The queue's name of the task's pipeline, where the ledger has the task under another one.
std::string porchName(const std::string& pipeline, const TaskRow& row)
{
    const auto& name = row.task.pipeline.name;
    return name == pipeline ? "" : name;
}

std::string checksum(const std::string& pipeline, const StoredTask& task, WallTime changed)
{
    const auto& row = task.row;
    Fields fields;
    fields.add(pipeline)
        .add(row.task.id)
        .add(row.task.pipeline.uri)
        .add(row.task.pipeline.version)
        .add(row.task.inputText)
        .add(toText(row.state))
        .add(row.claimed.wall)
        .add(row.claimed.sinceBoot.count())
        .add(row.claimed.bootId)
        .add(row.budgetStart)
        .add(row.begun)
        .add(task.attemptOpen ? 1 : 0)
        .add(row.deaths)
        .add(row.composeFailures)
        .add(row.nextAttempt)
        .add(row.reason)
        .add(task.deliveries)
        .add(changed);
    if (row.stoppedRun) {
        fields.add("stopped run");
    }
    if (row.acknowledged || row.putBack) {
        fields.add(row.acknowledged).add(row.putBack);
    }
    if (const auto name = porchName(pipeline, row); !name.empty()) {
        fields.add("porch name").add(name);
    }
    return fields.digest();
}

/// The task at which the reading stands; nullopt where it does not fit its checksum.
std::optional<StoredTask> taskAt(Reading& reading, const std::string& pipeline)
{
    StoredTask task;
    auto& row = task.row;
    const std::string porchName = reading.text(21);
    row.task.pipeline = {porchName.empty() ? pipeline : porchName, reading.text(1),
                         reading.text(2)};
    row.task.id = reading.text(0);
    row.task.inputText = reading.text(3);
    const auto state = taskStateFromText(reading.text(4));
    if (!state) {
        return std::nullopt;
    }
    row.state = *state;
    row.claimed = {reading.time(5), std::chrono::nanoseconds(reading.integer(6)), reading.text(7)};
    row.budgetStart = reading.time(8);
    row.begun = reading.number(9);
    task.attemptOpen = reading.flag(10);
    row.deaths = reading.number(11);
    row.composeFailures = reading.number(12);
    row.nextAttempt = reading.optionalTime(13);
    row.reason = reading.text(14);
    task.deliveries = reading.number(15);
    row.stoppedRun = reading.flag(18);
    row.acknowledged = reading.optionalTime(19);
    row.putBack = reading.optionalTime(20);
    row.task.status =
        row.state == TaskState::running ? queue::TaskStatus::running : queue::TaskStatus::claimed;
    if (reading.isStrange() || checksum(pipeline, task, reading.time(16)) != reading.text(17)) {
        return std::nullopt;
    }
    return task;
}

std::string checksum(const std::string& pipeline, std::int64_t number, const std::string& taskId,
                     const LedgerEvent& event)
{
    return Fields()
        .add(pipeline)
        .add(number)
        .add(taskId)
        .add(event.time)
        .add(event.who)
        .add(event.what)
        .digest();
}

std::string checksum(const std::string& pipeline, const WatchRow& row)
{
    return Fields()
        .add(pipeline)
        .add(row.taskId)
        .add(queue::toText(row.status))
        .add(row.lastLook)
        .add(std::int64_t{row.watched.count()})
        .add(row.quietUntil)
        .add(row.beforeFirstLook ? 1 : 0)
        .digest();
}

std::string checksum(const std::string& pipeline, const Suspicion& suspicion)
{
    return Fields()
        .add(pipeline)
        .add(suspicion.reply)
        .add(suspicion.said)
        .add(suspicion.tasks)
        .add(suspicion.addresses)
        .add(suspicion.since)
        .digest();
}

std::string checksum(const std::string& pipeline, const PipelineRow& row)
{
    Fields fields;
    fields.add(pipeline).add(row.looked ? 1 : 0).add(row.time);
    if (!row.bootId.empty() || row.sinceBoot.count() != 0 || row.ahead.count() != 0) {
        fields.add(row.sinceBoot.count()).add(row.bootId).add(row.ahead.count());
    }
    return fields.digest();
}

} // namespace

LedgerRows::LedgerRows(storage::Database& database, const std::string& pipeline)
    : _database(database), _pipeline(pipeline)
{
}

void LedgerRows::damaged(const std::string& row) const
{
    throw storage::StorageError(
        storage::StorageError::Kind::damaged,
        _database.file().string() + ": " + row +
            " does not fit its checksum: the file was damaged or changed by hand. Nothing is sent "
            "from it. Restore a backup; docs/delivery.md says what that means.");
}

std::optional<StoredTask> LedgerRows::stored(const std::string& id) const
{
    auto& statement =
        _database.statement(std::string(kTaskColumns) + "WHERE pipeline = ? AND id = ?");
    statement.bind(1, _pipeline).bind(2, id);
    Reading reading(statement);
    if (!reading.step()) {
        return std::nullopt;
    }
    auto task = taskAt(reading, _pipeline);
    if (!task) {
        damaged("task " + id);
    }
    return task;
}

std::optional<TaskRow> LedgerRows::task(const std::string& id) const
{
    auto task = stored(id);
    return task ? std::optional(std::move(task->row)) : std::nullopt;
}

std::vector<StoredTask> LedgerRows::stored(TaskState state) const
{
    auto& statement = _database.statement(
        std::string(kTaskColumns) +
        "INDEXED BY task_state WHERE pipeline = ? AND state = ? ORDER BY claimed, id");
    statement.bind(1, _pipeline).bind(2, toText(state));
    Reading reading(statement);
    std::vector<StoredTask> tasks;
    while (reading.step()) {
        auto task = taskAt(reading, _pipeline);
        if (!task) {
            damaged("task " + reading.text(0));
        }
        tasks.push_back(std::move(*task));
    }
    return tasks;
}

void LedgerRows::put(const StoredTask& task, WallTime now) const
{
    auto& statement = _database.statement(
        "INSERT INTO task (pipeline, id, porch_uri, porch_version, input, state, claimed, "
        "since_boot, boot_id, budget_start, begun, attempt_open, deaths, compose_failures, "
        "next_attempt, reason, deliveries, changed, checksum, stopped_run, acknowledged, put_back, "
        "porch_name) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (pipeline, "
        "id) DO UPDATE "
        "SET "
        "porch_uri = excluded.porch_uri, porch_version = excluded.porch_version, "
        "input = excluded.input, state = excluded.state, claimed = excluded.claimed, "
        "since_boot = excluded.since_boot, boot_id = excluded.boot_id, "
        "budget_start = excluded.budget_start, begun = excluded.begun, "
        "attempt_open = excluded.attempt_open, deaths = excluded.deaths, "
        "compose_failures = excluded.compose_failures, next_attempt = excluded.next_attempt, "
        "reason = excluded.reason, deliveries = excluded.deliveries, changed = excluded.changed, "
        "checksum = excluded.checksum, stopped_run = excluded.stopped_run, acknowledged = "
        "excluded.acknowledged, "
        "put_back = excluded.put_back, porch_name = excluded.porch_name");
    const auto& row = task.row;
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
        .bind(12, std::int64_t{task.attemptOpen ? 1 : 0})
        .bind(13, std::int64_t{row.deaths})
        .bind(14, std::int64_t{row.composeFailures});
    bindTime(statement, 15, row.nextAttempt);
    statement.bind(16, row.reason)
        .bind(17, std::int64_t{task.deliveries})
        .bind(18, toNumber(now))
        .bind(19, checksum(_pipeline, task, now))
        .bind(20, std::int64_t{row.stoppedRun ? 1 : 0});
    bindTime(statement, 21, row.acknowledged);
    bindTime(statement, 22, row.putBack);
    statement.bind(23, porchName(_pipeline, row));
    statement.step();
}

void LedgerRows::takeFrom(const LedgerRows& other, const std::string& id, WallTime now) const
{
    const auto task = other.stored(id);
    const auto events = other.events(id);
    // Also looks at the checksums of all that is about to get new ones.
    const auto deliveries = other.deliveries(id);
    if (!task || stored(id)) {
        throw std::logic_error("task " + id + " cannot be taken from pipeline " + other._pipeline);
    }
    put(*task, now);
    takeDeliveries(other, id, deliveries);
    std::vector<std::int64_t> numbers;
    {
        auto& statement = _database.statement(
            "SELECT number FROM event WHERE pipeline = ? AND task_id = ? ORDER BY number");
        statement.bind(1, other._pipeline).bind(2, id);
        Reading reading(statement);
        while (reading.step()) {
            numbers.push_back(reading.integer(0));
        }
    }
    for (std::size_t index = 0; index < events.size(); ++index) {
        auto& statement =
            _database.statement("UPDATE event SET pipeline = ?, checksum = ? WHERE number = ?");
        statement.bind(1, _pipeline)
            .bind(2, checksum(_pipeline, numbers.at(index), id, events[index]))
            .bind(3, numbers.at(index));
        statement.step();
    }
    auto& remove = _database.statement("DELETE FROM task WHERE pipeline = ? AND id = ?");
    remove.bind(1, other._pipeline).bind(2, id);
    remove.step();
}

std::vector<LedgerEvent> LedgerRows::events(const std::string& taskId) const
{
    auto& statement = _database.statement("SELECT time, who, what, number, checksum FROM event "
                                          "WHERE pipeline = ? AND task_id = ? ORDER BY number");
    statement.bind(1, _pipeline).bind(2, taskId);
    Reading reading(statement);
    std::vector<LedgerEvent> events;
    while (reading.step()) {
        LedgerEvent event{reading.time(0), reading.text(1), reading.text(2)};
        if (checksum(_pipeline, reading.integer(3), taskId, event) != reading.text(4)) {
            damaged("event " + reading.text(3) + " of task " + taskId);
        }
        events.push_back(std::move(event));
    }
    return events;
}

void LedgerRows::addEvent(const std::string& taskId, WallTime time, const std::string& who,
                          const std::string& what) const
{
    std::int64_t number = 1;
    {
        Reading last(_database.statement("SELECT max(number) FROM event"));
        number += last.step() ? last.integer(0) : 0;
    }
    auto& statement =
        _database.statement("INSERT INTO event (number, pipeline, task_id, time, who, what, "
                            "checksum) VALUES (?, ?, ?, ?, ?, ?, ?)");
    statement.bind(1, number)
        .bind(2, _pipeline)
        .bind(3, taskId)
        .bind(4, toNumber(time))
        .bind(5, who)
        .bind(6, what)
        .bind(7, checksum(_pipeline, number, taskId, {time, who, what}));
    statement.step();
}

std::vector<WatchRow> LedgerRows::watches() const
{
    auto& statement = _database.statement(
        "SELECT task_id, status, last_look, watched, quiet_until, before_first_look, checksum "
        "FROM watch WHERE pipeline = ? ORDER BY task_id");
    statement.bind(1, _pipeline);
    Reading reading(statement);
    std::vector<WatchRow> rows;
    while (reading.step()) {
        WatchRow row;
        row.taskId = reading.text(0);
        const auto status = queue::statusFromText(reading.text(1));
        row.status = status.value_or(queue::TaskStatus::claimed);
        row.lastLook = reading.time(2);
        row.watched = std::chrono::seconds(reading.integer(3));
        row.quietUntil = reading.optionalTime(4);
        row.beforeFirstLook = reading.flag(5);
        if (!status || reading.isStrange() || checksum(_pipeline, row) != reading.text(6)) {
            damaged("the watch of task " + row.taskId);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void LedgerRows::put(const std::vector<WatchRow>& rows) const
{
    auto& remove = _database.statement("DELETE FROM watch WHERE pipeline = ?");
    remove.bind(1, _pipeline);
    remove.step();
    for (const auto& row : rows) {
        auto& insert = _database.statement(
            "INSERT INTO watch (pipeline, task_id, status, last_look, watched, quiet_until, "
            "before_first_look, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, _pipeline)
            .bind(2, row.taskId)
            .bind(3, queue::toText(row.status))
            .bind(4, toNumber(row.lastLook))
            .bind(5, std::int64_t{row.watched.count()});
        bindTime(insert, 6, row.quietUntil);
        insert.bind(7, std::int64_t{row.beforeFirstLook ? 1 : 0}).bind(8, checksum(_pipeline, row));
        insert.step();
    }
}

PipelineRow LedgerRows::pipeline() const
{
    auto& statement = _database.statement("SELECT looked, high_water, checksum, since_boot, "
                                          "boot_id, ahead FROM pipeline WHERE name = ?");
    statement.bind(1, _pipeline);
    Reading reading(statement);
    PipelineRow row;
    if (reading.step()) {
        row = {reading.flag(0), reading.time(1), std::chrono::nanoseconds(reading.integer(3)),
               reading.text(4), std::chrono::seconds(reading.integer(5))};
        if (reading.isStrange() || checksum(_pipeline, row) != reading.text(2)) {
            damaged("pipeline " + _pipeline);
        }
    }
    return row;
}

void LedgerRows::put(const PipelineRow& row) const
{
    auto& statement = _database.statement(
        "INSERT INTO pipeline (name, looked, high_water, checksum, since_boot, boot_id, ahead) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET looked = excluded.looked, "
        "high_water = excluded.high_water, checksum = excluded.checksum, "
        "since_boot = excluded.since_boot, boot_id = excluded.boot_id, ahead = excluded.ahead");
    statement.bind(1, _pipeline)
        .bind(2, std::int64_t{row.looked ? 1 : 0})
        .bind(3, toNumber(row.time))
        .bind(4, checksum(_pipeline, row))
        .bind(5, std::int64_t{row.sinceBoot.count()})
        .bind(6, row.bootId)
        .bind(7, std::int64_t{row.ahead.count()});
    statement.step();
}

std::optional<Suspicion> LedgerRows::suspicion() const
{
    auto& statement = _database.statement(
        "SELECT reply, said, tasks, addresses, since, checksum FROM suspicion WHERE pipeline = ?");
    statement.bind(1, _pipeline);
    Reading reading(statement);
    if (!reading.step()) {
        return std::nullopt;
    }
    Suspicion row{reading.text(0), reading.text(1), reading.number(2), reading.text(3),
                  reading.time(4)};
    if (reading.isStrange() || checksum(_pipeline, row) != reading.text(5)) {
        damaged("what is suspected of the refusals of pipeline " + _pipeline);
    }
    return row;
}

void LedgerRows::put(const std::optional<Suspicion>& suspicion) const
{
    auto& remove = _database.statement("DELETE FROM suspicion WHERE pipeline = ?");
    remove.bind(1, _pipeline);
    remove.step();
    if (!suspicion) {
        return;
    }
    auto& insert = _database.statement(
        "INSERT INTO suspicion (pipeline, reply, said, tasks, addresses, since, checksum) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, _pipeline)
        .bind(2, suspicion->reply)
        .bind(3, suspicion->said)
        .bind(4, std::int64_t{suspicion->tasks})
        .bind(5, suspicion->addresses)
        .bind(6, toNumber(suspicion->since))
        .bind(7, checksum(_pipeline, *suspicion));
    insert.step();
}

} // namespace notifyhost::ledger
