#pragma once

#include "config/Configuration.h"
#include "config/SectionReader.h"

#include <string>
#include <vector>

namespace notifyhost::config {

/// Read the host's own sections into their types; what is wrong is reported to the reader, and
/// some value stands in its place.
HostSettings readHost(SectionReader& reader);
WarehouseKeys readWarehouse(SectionReader& reader, const IniFile& ini);
std::filesystem::path readCaFile(SectionReader& reader);

struct PorchKeys {
    QueueSettings settings;
    std::string tokenClash; ///< not empty: the Python tools' two keys give different tokens, where
};
PorchKeys readPorch(SectionReader& reader, const IniFile& ini);
QueueSettings readQueue(SectionReader& reader, const std::string& section);

/// Reports tokens that would go over plain http to another host, unless that is written.
void requireCover(SectionReader& reader, const std::string& section, const QueueSettings& queue);

/// The token is the pipeline's own one only.
PipelineSettings readPipeline(SectionReader& reader, const IniSection& section);

} // namespace notifyhost::config
