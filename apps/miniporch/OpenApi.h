#pragma once

#include "Call.h"

namespace notifyhost::miniporch {

/// The OpenAPI document of the generation: clients read the status words from it, and whether there
/// is a path /versions/.
Answer openApi(Call& call);

} // namespace notifyhost::miniporch
