#include "queue/QueueSchema.h"

namespace notifyhost::queue {

namespace {

constexpr const char* kSchemaOne = R"sql(
CREATE TABLE pipeline (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, uri TEXT NOT NULL);
CREATE TABLE version (
    id INTEGER PRIMARY KEY, pipeline_id INTEGER NOT NULL REFERENCES pipeline (id),
    version TEXT NOT NULL, UNIQUE (pipeline_id, version));
CREATE TABLE token (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
    pipeline_id INTEGER NOT NULL REFERENCES pipeline (id),
    description TEXT NOT NULL, issued TEXT NOT NULL);
CREATE TABLE task (
    id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL REFERENCES version (id),
    digest TEXT NOT NULL, input TEXT NOT NULL, status TEXT NOT NULL,
    UNIQUE (version_id, digest));
CREATE INDEX task_status ON task (version_id, status, id);
CREATE TABLE event (
    id INTEGER PRIMARY KEY, task_id INTEGER NOT NULL REFERENCES task (id),
    time TEXT NOT NULL, what TEXT NOT NULL);
CREATE INDEX event_task ON event (task_id);
)sql";

/// Tokens of no pipeline are an administrator's; what a token did is noted with the event. The
/// generation is the one that the file is served as over porch's REST API.
constexpr const char* kSchemaTwo = R"sql(
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE new_token (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
    pipeline_id INTEGER REFERENCES pipeline (id),
    description TEXT NOT NULL, issued TEXT NOT NULL, revoked TEXT);
INSERT INTO new_token (id, hash, pipeline_id, description, issued)
    SELECT id, hash, pipeline_id, description, issued FROM token;
DROP TABLE token;
ALTER TABLE new_token RENAME TO token;
ALTER TABLE event ADD COLUMN token_id INTEGER REFERENCES token (id);
)sql";

} // namespace

const storage::Schema& queueSchema()
{
    static const storage::Schema schema{"notifyhost queue", 0x6e687175, {kSchemaOne, kSchemaTwo}};
    return schema;
}

} // namespace notifyhost::queue
