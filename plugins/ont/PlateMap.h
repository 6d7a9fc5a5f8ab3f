#pragma once

#include "RunRows.h"
#include "StudyMarks.h"

#include <Poco/JSON/Array.h>

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::ont {

/// A well of a plate, from 0.
struct Well {
    std::size_t row{};
    std::size_t column{};
    auto operator<=>(const Well&) const = default;
};

/// Reads a coordinate such as A1 or P24: letters and a number. Nothing for another form and for
/// wells that no plate has.
std::optional<Well> readWell(const std::string& coordinate);

/// The fact plate_maps: each plate with at least one known well as a table of 8 rows and 12
/// columns, or of 16 and 24 where a well needs it; no map where a well lies outside that too.
/// Shape: [{barcode, columns: [{label}], rows: [{label, cells: [{used, well, mark, colour, study,
///        sample, text}]}]}], by barcode in the order of code points. In an unused cell the texts
///        are empty; in a shared one they name all, and the colour is the first study's.
Poco::JSON::Array::Ptr plateMaps(const std::vector<FlowcellRow>& rows,
                                 const std::vector<Study>& studies);

} // namespace notifyhost::ont
