#pragma once

#include "ledger/Ledger.h"

#include <optional>

namespace notifyhost::ledger {

/// Whether a task may go from one state to another. from nullopt: there is no row yet.
/// Source: docs/delivery.md, the state diagram.
bool mayFollow(std::optional<TaskState> from, TaskState to);

/// The same for one recipient of a delivery.
bool mayFollow(DeliveryState from, DeliveryState to);

} // namespace notifyhost::ledger
