#pragma once

#include "PipelineSession.h"

#include <string>
#include <vector>

namespace notifyhost::app {

/// What, if anything, is wrong with a task, the likely cause, and the command to run: one or a few
/// sentences for the operator.
std::string advice(const config::PipelineSettings& pipeline, const KnownTask& task,
                   const std::vector<ledger::DeliveryRow>& deliveries, ledger::WallTime now);

} // namespace notifyhost::app
