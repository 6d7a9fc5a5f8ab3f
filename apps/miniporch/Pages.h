#pragma once

#include "Call.h"

namespace notifyhost::miniporch {

/// The pages for people, and for health probes: HTML, read-only, without scripts.

/// How many tasks are in which state.
Answer startPage(Call& call);
Answer aboutPage(Call& call);
/// Tasks that are CLAIMED or RUNNING, the longest first.
Answer longRunningPage(Call& call);
/// Tasks that are FAILED, the latest last.
Answer recentlyFailedPage(Call& call);

} // namespace notifyhost::miniporch
