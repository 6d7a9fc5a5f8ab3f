#pragma once

#include "RunRows.h"

#include <notifyhost/EventSource.h>

#include <vector>

namespace notifyhost::ont {

/// The facts of a notification about a run. All single values are texts but for one_sample,
/// one_study, has_plates, more_resources and used, which are booleans; what the warehouse does not
/// know is null.
/// Shape: experiment, flowcell, slot, path, event, event_given, instrument, sample_count,
///        one_sample, study_count, one_study, plate_count, has_plates,
///        studies: [{id, name, mark, colour}], plate_list: [{barcode}], plate_maps: see
///        plateMaps(), samples: [{plate, well, tag, tag_sequence, tag2, tag2_sequence, sample_id,
///        sample_name, study_id, study_name, resources: [{plate, well}], more_resources}], one for
///        each row; plate and well are those of the first resource.
///        rows is not empty.
Poco::JSON::Object runFacts(const RunTask& task, const std::vector<FlowcellRow>& rows);

/// Invented runs: one with everything, one where all that may be unknown is.
std::vector<Example> exampleFacts();

} // namespace notifyhost::ont
