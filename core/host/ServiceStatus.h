#pragma once

#include "host/ExitStatus.h"
#include "queue/TaskQueue.h"
#include "storage/Database.h"

#include <notifyhost/Services.h>

namespace notifyhost::host {

/// What a queue's failure with one task means.
ExitStatus statusFor(queue::QueueError::Kind kind);

/// What a queue's failure with a pipeline as a whole means: here, what is not known or refused is a
/// matter of the configuration.
ExitStatus pipelineStatusFor(queue::QueueError::Kind kind);

/// What a file that cannot be used means.
ExitStatus statusFor(storage::StorageError::Kind kind);

/// What the failure of a service that a plugin asked means.
ExitStatus statusFor(ServiceError::Kind kind);

} // namespace notifyhost::host
