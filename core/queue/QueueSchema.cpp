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

} // namespace

const storage::Schema& queueSchema()
{
    static const storage::Schema schema{"notifyhost queue", 0x6e687175, {kSchemaOne}};
    return schema;
}

} // namespace notifyhost::queue
