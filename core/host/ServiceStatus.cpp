#include "host/ServiceStatus.h"

namespace notifyhost::host {

ExitStatus statusFor(queue::QueueError::Kind kind)
{
    switch (kind) {
    case queue::QueueError::Kind::credentials:
        return ExitStatus::credentials;
    case queue::QueueError::Kind::storage:
        return ExitStatus::disk;
    case queue::QueueError::Kind::configuration:
        return ExitStatus::configuration;
    case queue::QueueError::Kind::unknown:
    case queue::QueueError::Kind::refused:
        return ExitStatus::someFailed;
    case queue::QueueError::Kind::unavailable:
    case queue::QueueError::Kind::lost:
        break;
    }
    return ExitStatus::unavailable;
}

ExitStatus pipelineStatusFor(queue::QueueError::Kind kind)
{
    const ExitStatus status = statusFor(kind);
    return status == ExitStatus::someFailed ? ExitStatus::configuration : status;
}

ExitStatus statusFor(storage::StorageError::Kind kind)
{
    return kind == storage::StorageError::Kind::configuration ? ExitStatus::configuration
                                                              : ExitStatus::disk;
}

ExitStatus statusFor(ServiceError::Kind kind)
{
    switch (kind) {
    case ServiceError::Kind::credentials:
        return ExitStatus::credentials;
    case ServiceError::Kind::configuration:
        return ExitStatus::configuration;
    case ServiceError::Kind::unavailable:
    case ServiceError::Kind::request:
        break;
    }
    return ExitStatus::unavailable;
}

} // namespace notifyhost::host
