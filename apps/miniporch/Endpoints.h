#pragma once

#include "Call.h"

namespace notifyhost::miniporch {

/// The endpoints of porch's contract, one function each.
/// Errors: Refusal; storage::StorageError.
Answer listPipelines(Call& call);
Answer getPipeline(Call& call);
Answer createPipeline(Call& call);
Answer createToken(Call& call);
Answer listTasks(Call& call);
Answer addTask(Call& call);
Answer updateTask(Call& call);
Answer claimTasks(Call& call);
Answer listVersions(Call& call);
Answer createVersion(Call& call);

} // namespace notifyhost::miniporch
