#pragma once

#include "RunTask.h"

#include <notifyhost/Services.h>

#include <optional>
#include <string>
#include <vector>

namespace notifyhost::ont {

/// Where a sample was kept: the well of a plate, or a tube.
struct StockResource {
    std::string barcode;                   ///< of the plate or tube, for people
    std::optional<std::string> coordinate; ///< of the well; none for tubes
};

/// One row of the flowcell table, with its sample, its study and the sample's resources.
struct FlowcellRow {
    std::optional<std::string> instrument;
    std::optional<std::string> tag;
    std::optional<std::string> tagSequence;
    std::optional<std::string> tag2;
    std::optional<std::string> tag2Sequence;
    std::string sampleId; ///< as people know it
    std::optional<std::string> sampleName;
    std::string studyId; ///< the study number, a text
    std::optional<std::string> studyName;
    std::vector<StockResource> resources; ///< in the order of the database's own key
};

/// Reads a run from the warehouse with one query; empty where it knows no such run. Rows marked as
/// deleted count like any other, and a resource is found by its sample alone, whatever its LIMS.
/// Shape: rows in the order of the flowcell table's key.
/// Errors: ServiceError. Source: the multi-LIMS warehouse's tables oseq_flowcell, sample, study and
/// stock_resource.
std::vector<FlowcellRow> readRun(Warehouse& warehouse, const Run& run);

} // namespace notifyhost::ont
