#pragma once

#include <notifyhost/Setting.h>

#include <string>
#include <vector>

namespace notifyhost::config {

/// The settings of the host's own sections, each a table as a plugin has one.
std::vector<Setting> hostTable();      ///< [host]
std::vector<Setting> porchTable();     ///< [PORCH], with the names of both Python tools
std::vector<Setting> queueTable();     ///< [queue.NAME]
std::vector<Setting> warehouseTable(); ///< [MySQL MLWH]
std::vector<Setting> sslTable();       ///< [SSL]
std::vector<Setting> pipelineTable();  ///< [pipeline.NAME]
std::vector<Setting> pluginTable();    ///< what is the host's in [source.NAME], [transport.NAME]

/// Sections of the Python tools that only plugins read, through aliases: [LANGQC], [IRODS], [MAIL].
/// Empty for any other name.
std::vector<Setting> aliasTable(const std::string& section);

/// The key that a misspelt key of [LANGQC] stands for in the Python tools' sample file, which their
/// code never read; empty: it is not one of those.
std::string misspeltLangqcKey(const std::string& key);

} // namespace notifyhost::config
