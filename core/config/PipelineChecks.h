#pragma once

#include "config/HostSections.h"

#include <map>
#include <string>
#include <utility>

namespace notifyhost::config {

/// Checks what pipelines say of queues and of each other, and gives them their tokens.
/// Owner: holds references only.
class PipelineChecks {
public:
    PipelineChecks(SectionReader& reader, const IniFile& ini, const PorchKeys& porch,
                   const std::map<std::string, QueueSettings>& queues);

    /// Each pipeline once.
    void check(PipelineSettings& pipeline);

private:
    void checkPorch(const PipelineSettings& pipeline);
    void complainQueue(const PipelineSettings& pipeline);
    void finish(PipelineSettings& pipeline, const QueueSettings& queue);

    SectionReader& _reader;
    const IniFile& _ini;
    const PorchKeys& _porch;
    const std::map<std::string, QueueSettings>& _queues;
    /// The section that named a porch pipeline first, by queue and porch name.
    std::map<std::pair<std::string, std::string>, std::string> _seen;
};

} // namespace notifyhost::config
