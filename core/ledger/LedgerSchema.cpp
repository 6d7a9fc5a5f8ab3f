#include "ledger/LedgerSchema.h"

namespace notifyhost::ledger {

namespace {

// task.deliveries says how many rows of delivery belong to it, and a delivery's checksum how many
// recipients it has: rows that are gone are missed as surely as rows that were changed.
constexpr const char* kSchemaOne = R"sql(
CREATE TABLE task (
    pipeline TEXT NOT NULL, id TEXT NOT NULL, porch_uri TEXT NOT NULL, porch_version TEXT NOT NULL,
    input TEXT NOT NULL, state TEXT NOT NULL, claimed INTEGER NOT NULL,
    since_boot INTEGER NOT NULL, boot_id TEXT NOT NULL, budget_start INTEGER NOT NULL,
    begun INTEGER NOT NULL, attempt_open INTEGER NOT NULL, deaths INTEGER NOT NULL,
    compose_failures INTEGER NOT NULL, next_attempt INTEGER, reason TEXT NOT NULL,
    deliveries INTEGER NOT NULL, changed INTEGER NOT NULL, checksum TEXT NOT NULL,
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
    time INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, checksum TEXT NOT NULL);
CREATE INDEX event_task ON event (pipeline, task_id);
CREATE TABLE watch (
    pipeline TEXT NOT NULL, task_id TEXT NOT NULL, status TEXT NOT NULL, last_look INTEGER NOT NULL,
    watched INTEGER NOT NULL, quiet_until INTEGER, before_first_look INTEGER NOT NULL,
    checksum TEXT NOT NULL, PRIMARY KEY (pipeline, task_id)) WITHOUT ROWID;
CREATE TABLE pipeline (
    name TEXT PRIMARY KEY, looked INTEGER NOT NULL, high_water INTEGER NOT NULL,
    checksum TEXT NOT NULL) WITHOUT ROWID;
)sql";

// Only what may have arrived is looked for by address; to list the rest cost pages in every commit.
constexpr const char* kSchemaTwo = R"sql(
DROP INDEX recipient_address;
CREATE INDEX recipient_told ON recipient (address, settled) WHERE state IN ('accepted', 'unknown');
)sql";

// What the columns hold goes into a row's checksum only where it is there, so rows of older
// versions fit theirs as they are.
//
// The last four indexes hold what is looked for among everything that was ever told; a delivery
// that goes well has an entry as it is frozen and one as its task ends. Where indexes of task are
// used they are named: without statistics SQLite takes a pipeline for a few rows, and reads them
// all.
constexpr const char* kSchemaThree = R"sql(
ALTER TABLE recipient ADD COLUMN doubts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recipient ADD COLUMN copies INTEGER NOT NULL DEFAULT 0;
CREATE INDEX recipient_copies ON recipient (delivery_key) WHERE copies > 0;
ALTER TABLE task ADD COLUMN stopped_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pipeline ADD COLUMN since_boot INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pipeline ADD COLUMN boot_id TEXT NOT NULL DEFAULT '';
ALTER TABLE pipeline ADD COLUMN ahead INTEGER NOT NULL DEFAULT 0;
CREATE TABLE suspicion (
    pipeline TEXT PRIMARY KEY, reply TEXT NOT NULL, said TEXT NOT NULL, tasks INTEGER NOT NULL,
    addresses TEXT NOT NULL, since INTEGER NOT NULL, checksum TEXT NOT NULL) WITHOUT ROWID;
ALTER TABLE task ADD COLUMN acknowledged INTEGER;
ALTER TABLE task ADD COLUMN put_back INTEGER;
ALTER TABLE task ADD COLUMN porch_name TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN as_of INTEGER;
ALTER TABLE delivery ADD COLUMN facts TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN retold INTEGER NOT NULL DEFAULT 0;
CREATE INDEX delivery_about ON delivery (pipeline, about) WHERE about <> '';
CREATE INDEX recipient_marked ON recipient (state, delivery_key)
    WHERE state IN ('unknown', 'held', 'refused', 'expired', 'cancelled', 'nobody');
CREATE INDEX delivery_bytes ON delivery (pipeline, date) WHERE bytes IS NOT NULL;
CREATE INDEX task_put_back ON task (pipeline, id) WHERE put_back IS NOT NULL;
CREATE INDEX task_ended ON task (pipeline, changed, state, porch_name, porch_uri, porch_version)
    WHERE state IN ('done', 'failed');
)sql";

} // namespace

const storage::Schema& ledgerSchema()
{
    static const storage::Schema schema{
        "notifyhost ledger", 0x6e686c67, {kSchemaOne, kSchemaTwo, kSchemaThree}};
    return schema;
}

} // namespace notifyhost::ledger
