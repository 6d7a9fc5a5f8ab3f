#pragma once

#include "ledger/Ledger.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace notifyhost::ledger {

/// What a ledger's file holds of one pipeline, by the pipeline's name there.
struct PipelineCensus {
    std::string name;
    std::map<TaskState, int> tasks;
    int unsettled{};                 ///< of the failed: the operator has neither seen nor cancelled
    std::optional<WallTime> lastRun; ///< on the ledger's own time

    int count(TaskState state) const
    {
        const auto found = tasks.find(state);
        return found == tasks.end() ? 0 : found->second;
    }
    /// Whether somebody has to go on with something of it.
    bool isOpen() const
    {
        return count(TaskState::taken) + count(TaskState::running) + unsettled > 0;
    }
};

/// Counts the tasks of all pipelines in a ledger's file, also one of an older version, without
/// looking at checksums: for a look that neither changes nor makes anything, while a run is at work
/// too. Empty where there is no file.
/// Errors: storage::StorageError naming the file. Threads: any.
std::vector<PipelineCensus> census(const std::filesystem::path& file);

/// "2 taken, 1 running, 14 done".
std::string inWords(const std::map<TaskState, int>& tasks);

} // namespace notifyhost::ledger
