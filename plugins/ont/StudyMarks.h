#pragma once

#include "RunRows.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::ont {

/// A study of a run and how the plate maps show it.
struct Study {
    std::string number;
    std::optional<std::string> name;
    std::string mark;   ///< "A", "B", …, "Z", "AA", …: tells studies apart without colours
    std::string colour; ///< "1" to "8", then again "1"
};

/// The studies of a run, each once, sorted by number as text.
std::vector<Study> studiesOf(const std::vector<FlowcellRow>& rows);

/// The study of this number. Shape: it is among them.
const Study& studyNumbered(const std::vector<Study>& studies, const std::string& number);

} // namespace notifyhost::ont
