#pragma once

#include <cstdio>
#include <cstdlib>

namespace notifyhost::fuzz {

/// Ends the process, which libFuzzer takes for a find, where what must always hold does not.
inline void require(bool holds, const char* what)
{
    if (!holds) {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

} // namespace notifyhost::fuzz
