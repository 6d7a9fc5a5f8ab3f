#include "NobodysRows.h"

#include "config/StateFolder.h"
#include "ledger/LedgerCensus.h"
#include "log/Counted.h"
#include "storage/Database.h"

#include <algorithm>

namespace notifyhost::app {

namespace {

/// The section that was given another name: the only one, or the only one that the ledger does not
/// know yet; nullptr where that cannot be told.
const config::PipelineSettings* likelySection(const config::Configuration& configuration,
                                              const std::vector<ledger::PipelineCensus>& known)
{
    const config::PipelineSettings* found = nullptr;
    const auto& pipelines = configuration.pipelines();
    if (pipelines.size() == 1) {
        return &pipelines.front();
    }
    for (const auto& pipeline : pipelines) {
        const bool isKnown = std::any_of(known.begin(), known.end(), [&](const auto& row) {
            return row.name == pipeline.porchName;
        });
        if (!isKnown && found != nullptr) {
            return nullptr;
        }
        found = isKnown ? found : &pipeline;
    }
    return found;
}

config::Finding warning(const config::Configuration& configuration, const std::string& section,
                        const std::string& key, const std::string& text)
{
    const auto* at = configuration.ini().find(section);
    const auto* entry = at != nullptr ? at->find(key) : nullptr;
    return {config::Finding::Severity::warning,
            entry != nullptr ? entry->file : configuration.file().string(),
            entry != nullptr ? entry->line : 0,
            section,
            key,
            text};
}

std::string openOnes(const ledger::PipelineCensus& pipeline)
{
    std::map<ledger::TaskState, int> open = pipeline.tasks;
    open[ledger::TaskState::failed] = pipeline.unsettled;
    std::erase_if(open, [](const auto& entry) {
        return entry.second == 0 || entry.first == ledger::TaskState::done ||
               entry.first == ledger::TaskState::released;
    });
    int count = 0;
    for (const auto& [state, number] : open) {
        count += number;
    }
    return log::counted(static_cast<std::size_t>(count), "task") + " (" + ledger::inWords(open) +
           ")";
}

} // namespace

std::vector<config::Finding> nobodysRows(const config::Configuration& configuration)
{
    std::vector<config::Finding> findings;
    // Reading a ledger makes files beside it.
    if (!config::objectionToState(configuration.stateFolder()).empty()) {
        return findings;
    }
    const auto file = configuration.stateFolder() / "ledger.sqlite";
    std::vector<ledger::PipelineCensus> known;
    try {
        known = ledger::census(file);
    } catch (const storage::StorageError& error) {
        findings.push_back(
            warning(configuration, "host", "state",
                    "what the ledger holds could not be looked at: " + std::string(error.what())));
        return findings;
    }
    const auto& pipelines = configuration.pipelines();
    const auto* likely = likelySection(configuration, known);
    for (const auto& row : known) {
        const bool isRead =
            std::any_of(pipelines.begin(), pipelines.end(),
                        [&](const auto& pipeline) { return pipeline.porchName == row.name; });
        if (isRead || !row.isOpen()) {
            continue;
        }
        const std::string section = likely != nullptr ? likely->name : "PIPELINE";
        findings.push_back(warning(
            configuration, likely != nullptr ? "pipeline." + section : "host",
            likely != nullptr ? "porch_name" : "state",
            "the ledger " + file.string() + " holds " + openOnes(row) + " of pipeline " + row.name +
                ", which no section of this configuration reads" +
                (row.lastRun ? " (its last run was at " + log::toIsoTime(*row.lastRun) + ")" : "") +
                ": nobody goes on with them. Where porch_name was changed, `notifyhost adopt " +
                section + " " + row.name + "` takes them into " +
                (likely != nullptr ? "[pipeline." + section + "]" : "the section that you name") +
                ", or set porch_name back to " + row.name +
                " until they have ended. Where another configuration file with this state folder "
                "runs it, all is well"));
    }
    return findings;
}

} // namespace notifyhost::app
