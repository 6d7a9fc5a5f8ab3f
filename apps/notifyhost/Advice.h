#pragma once

#include "PipelineSession.h"

#include <string>
#include <vector>

namespace notifyhost::app {

/// What, if anything, is wrong with a task, the likely cause, and the commands to run, of which the
/// operator's table refuses none: one or a few sentences for the operator.
std::string advice(const config::PipelineSettings& pipeline, const KnownTask& task,
                   const host::Situation& situation,
                   const std::vector<ledger::DeliveryRow>& deliveries, ledger::WallTime now);

} // namespace notifyhost::app
