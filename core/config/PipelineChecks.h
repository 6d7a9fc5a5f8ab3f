#pragma once

#include "config/HostSections.h"

#include <map>
#include <set>
#include <string>

namespace notifyhost::config {

/// Checks what pipelines say of queues and of each other, and gives them their tokens.
/// Owner: holds references only.
class PipelineChecks {
public:
    /// Checks the queues at once.
    PipelineChecks(SectionReader& reader, const IniFile& ini, const PorchKeys& porch,
                   const std::map<std::string, QueueSettings>& queues);

    /// Each pipeline once.
    void check(PipelineSettings& pipeline);

private:
    void checkPorch(const PipelineSettings& pipeline);
    void complainTwin(const std::string& section, const std::string& other);
    void complainQueue(const PipelineSettings& pipeline);
    void checkCover(const std::string& section, const QueueSettings& queue);
    void finish(PipelineSettings& pipeline, const QueueSettings& queue);

    SectionReader& _reader;
    const IniFile& _ini;
    const PorchKeys& _porch;
    const std::map<std::string, QueueSettings>& _queues;
    std::set<std::string> _covered; ///< sections of queues with tokens that have been looked at
    std::map<std::string, std::string> _seen; ///< the section that was first with a porch name
};

} // namespace notifyhost::config
