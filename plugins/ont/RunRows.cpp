#include "RunRows.h"

#include <algorithm>
#include <utility>

namespace notifyhost::ont {

namespace {

constexpr std::string_view kSql =
    "SELECT f.id_oseq_flowcell_tmp, f.instrument_name, f.tag_identifier, f.tag_sequence,"
    " f.tag2_identifier, f.tag2_sequence, s.id_sample_lims, s.name, st.id_study_lims, st.name,"
    " r.labware_human_barcode, r.labware_coordinate"
    " FROM oseq_flowcell f"
    " JOIN sample s ON s.id_sample_tmp = f.id_sample_tmp"
    " JOIN study st ON st.id_study_tmp = f.id_study_tmp"
    " LEFT JOIN stock_resource r ON r.id_sample_tmp = f.id_sample_tmp"
    " WHERE f.experiment_name = ? AND f.instrument_slot = ? AND f.flowcell_id = ?"
    " ORDER BY f.id_oseq_flowcell_tmp, r.id_stock_resource_tmp";

enum Column : std::size_t {
    flowcellKey,
    instrument,
    tag,
    tagSequence,
    tag2,
    tag2Sequence,
    sampleId,
    sampleName,
    studyId,
    studyName,
    barcode,
    coordinate
};

/// The warehouse's columns hold three-octet characters at most, so a text with a longer one cannot
/// be in them; comparing them would be a database error on some servers.
bool canBeInWarehouse(const std::string& text)
{
    return std::none_of(text.begin(), text.end(), [](char character) {
        return character == '\0' || static_cast<unsigned char>(character) >= 0xF0;
    });
}

FlowcellRow flowcellRow(Warehouse::Row& row)
{
    FlowcellRow result;
    result.instrument = std::move(row[instrument]);
    result.tag = std::move(row[tag]);
    result.tagSequence = std::move(row[tagSequence]);
    result.tag2 = std::move(row[tag2]);
    result.tag2Sequence = std::move(row[tag2Sequence]);
    result.sampleId = row[sampleId].value_or("");
    result.sampleName = std::move(row[sampleName]);
    result.studyId = row[studyId].value_or("");
    result.studyName = std::move(row[studyName]);
    return result;
}

} // namespace

std::vector<FlowcellRow> readRun(Warehouse& warehouse, const Run& run)
{
    if (!canBeInWarehouse(run.experiment) || !canBeInWarehouse(run.flowcell)) {
        return {};
    }
    std::vector<FlowcellRow> result;
    std::optional<std::string> last;
    for (Warehouse::Row& row :
         warehouse.query(kSql, {run.experiment, std::to_string(run.slot), run.flowcell}))
    {
        if (row[flowcellKey] != last) {
            last = row[flowcellKey];
            result.push_back(flowcellRow(row));
        }
        if (row[barcode].has_value()) {
            result.back().resources.push_back({std::move(*row[barcode]), row[coordinate]});
        }
    }
    return result;
}

} // namespace notifyhost::ont
