#include "host/ExitStatus.h"

#include <algorithm>
#include <array>

namespace notifyhost::host {

ExitStatus worse(ExitStatus one, ExitStatus other)
{
    static constexpr std::array kWorstFirst{ExitStatus::fault,         ExitStatus::disk,
                                            ExitStatus::configuration, ExitStatus::credentials,
                                            ExitStatus::unavailable,   ExitStatus::nothingReadable,
                                            ExitStatus::usage,         ExitStatus::someFailed,
                                            ExitStatus::later,         ExitStatus::ok};
    return *std::find_if(kWorstFirst.begin(), kWorstFirst.end(),
                         [&](ExitStatus status) { return status == one || status == other; });
}

} // namespace notifyhost::host
