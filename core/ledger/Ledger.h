#pragma once

#include "queue/TaskQueue.h"

#include <notifyhost/Outcome.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::ledger {

using WallTime = std::chrono::system_clock::time_point;

enum class TaskState { taken, running, done, failed, released };
enum class DeliveryState {
    composed,
    sending,
    accepted,
    deferred,
    refused,
    unknown,
    held,
    cancelled,
    expired,
    nobody
};

std::string_view toText(TaskState state);
std::string_view toText(DeliveryState state);

/// Whether nothing more will happen to it by itself or by the next run.
bool isFinal(DeliveryState state);

/// One task as the ledger knows it.
struct TaskRow {
    queue::QueuedTask task;
    TaskState state{};
    WallTime claimed;
    int attempts{};
    std::optional<WallTime> nextAttempt; ///< of composing; nullopt: due
    std::string reason;                  ///< why composing failed last
};

/// One delivery: the frozen bytes, and how it stands with each address they are for.
struct DeliveryRow {
    std::string key; ///< deliveryKey()
    std::string taskId;
    std::string notificationKey;
    std::string address; ///< empty for a channel, and for `together`
    std::string messageId;
    WallTime date;
    std::string bytes;
    struct Recipient {
        std::string address;
        DeliveryState state{DeliveryState::composed};
        int code{};
        std::string reason; ///< the peer's last words
        int attempts{};
        std::optional<WallTime> nextAttempt;
    };
    std::vector<Recipient> recipients; ///< one, or all of a `together` message; one without address
                                       ///< for a channel and for nobody
};

/// The record that answers for a task. Each function is one durable step where the implementation
/// is durable: when it returns, the step is on record.
/// Errors: storage::StorageError. Threads: any.
class Ledger {
public:
    virtual ~Ledger() = default;

    /// The first write after a claim's answer: one row per task of the batch.
    virtual void taken(const std::vector<queue::QueuedTask>& tasks, WallTime claimed) = 0;

    /// The task was given back or let go: its rows are not touched until it is claimed again.
    virtual void released(const std::string& taskId) = 0;

    /// RUNNING was PUT and acknowledged.
    virtual void running(const std::string& taskId) = 0;

    /// Counts an attempt to compose, before it is made. Returns the new count.
    virtual int attempt(const std::string& taskId) = 0;

    /// Composing failed, in whole or for some keys; to be tried again at a time.
    virtual void composeDeferred(const std::string& taskId, const std::string& reason,
                                 WallTime nextAttempt) = 0;

    /// Freezes deliveries, all in one transaction. One that is frozen already is left as it is.
    virtual void composed(const std::string& taskId,
                          const std::vector<DeliveryRow>& deliveries) = 0;

    /// The point of no return lies directly ahead for these addresses of a delivery.
    virtual void sending(const std::string& deliveryKey,
                         const std::vector<std::string>& addresses) = 0;

    /// How it stands with one address of a delivery after an attempt.
    virtual void outcome(const std::string& deliveryKey,
                         const DeliveryRow::Recipient& recipient) = 0;

    /// The task is final here: done or failed. The queue is told afterwards.
    virtual void finished(const std::string& taskId, TaskState state,
                          const std::string& reason) = 0;

    virtual std::optional<TaskRow> task(const std::string& taskId) const = 0;
    virtual std::vector<TaskRow> tasks() const = 0;
    virtual std::vector<DeliveryRow> deliveries(const std::string& taskId) const = 0;
};

} // namespace notifyhost::ledger
