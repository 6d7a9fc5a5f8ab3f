#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::message {

struct CheckedAddresses {
    std::vector<std::string> usable;  ///< bare addresses in the order given, each once
    std::vector<std::string> skipped; ///< one sentence for each that was not: which, and why
};

/// Checks recipients as the warehouse stores them: trims blanks, takes the address out of
/// `Name <local@domain>`, drops repeats (exact; differing case is two people). Empty, without @,
/// two in one, or with control characters: skipped with a reason. Threads: any.
CheckedAddresses checkAddresses(const std::vector<std::string>& stored);

} // namespace notifyhost::message
