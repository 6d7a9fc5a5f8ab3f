#pragma once

#include "storage/Database.h"

namespace notifyhost::queue {

/// The queue file's tables. A version row is what porch 3.x calls a pipeline version.
const storage::Schema& queueSchema();

} // namespace notifyhost::queue
