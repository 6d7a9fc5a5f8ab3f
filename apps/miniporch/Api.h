#pragma once

#include "Exchange.h"
#include "queue/QueueStore.h"

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::miniporch {

/// porch's REST contract, request by request: which path and method means what, who may, and what
/// is answered.
/// Errors: an answer for everything the contract speaks of; storage::StorageError passes through.
/// Threads: any, each with a store of its own.
/// Source: porch's REST contract, sections 1 to 9.
class Api {
public:
    explicit Api(queue::Generation generation) : _generation(generation) {}

    /// Whether a request can change the queue, and so belongs into a transaction.
    static bool mayWrite(const Request& request);

    /// Nothing was written where the answer is an error.
    Answer answer(const Request& request, queue::QueueStore& store) const;

private:
    queue::Generation _generation;
};

} // namespace notifyhost::miniporch
