#pragma once

#include "Call.h"

namespace notifyhost::miniporch {

/// The page a health probe and a curious human see: how many tasks are in which state.
Answer startPage(Call& call);

} // namespace notifyhost::miniporch
