#include "config/PipelineChecks.h"

namespace notifyhost::config {

namespace {

std::string sectionOf(const PipelineSettings& pipeline)
{
    return "pipeline." + pipeline.name;
}

/// What makes two queues one: their URL, where there is one.
std::string identity(const QueueSettings& queue, const std::string& name)
{
    std::string result = queue.url.empty() ? "[" + name + "]" : queue.url;
    while (result.ends_with('/')) {
        result.pop_back();
    }
    return result;
}

} // namespace

PipelineChecks::PipelineChecks(SectionReader& reader, const IniFile& ini, const PorchKeys& porch,
                               const std::map<std::string, QueueSettings>& queues)
    : _reader(reader), _ini(ini), _porch(porch), _queues(queues)
{
}

void PipelineChecks::check(PipelineSettings& pipeline)
{
    if (pipeline.queue.empty()) {
        checkPorch(pipeline);
        finish(pipeline, _porch.settings);
        return;
    }
    const auto queue = _queues.find(pipeline.queue);
    if (queue == _queues.end()) {
        complainQueue(pipeline);
    } else {
        finish(pipeline, queue->second);
    }
}

void PipelineChecks::checkPorch(const PipelineSettings& pipeline)
{
    if (_ini.find("PORCH") == nullptr) {
        _reader.complain(sectionOf(pipeline), "queue",
                         "there is no queue: add a section [PORCH] with url = https://… or url = "
                         "sqlite:PATH");
    } else if (pipeline.porchToken.empty() && !_porch.tokenClash.empty()) {
        _reader.complain(sectionOf(pipeline), "porch_token",
                         _porch.tokenClash + "; say here which token is this pipeline's");
    }
}

void PipelineChecks::complainQueue(const PipelineSettings& pipeline)
{
    std::vector<std::string> names;
    for (const auto& [name, settings] : _queues) {
        names.push_back(name);
    }
    const std::string similar = suggest(pipeline.queue, names);
    _reader.complain(sectionOf(pipeline), "queue",
                     "there is no section [queue." + pipeline.queue + "]" +
                         (similar.empty() ? "" : "; did you mean " + similar + "?"));
}

void PipelineChecks::finish(PipelineSettings& pipeline, const QueueSettings& queue)
{
    if (pipeline.porchToken.empty()) {
        pipeline.porchToken = queue.pipelineToken;
    }
    if (pipeline.porchName.empty()) {
        return;
    }
    const auto [first, isNew] = _seen.try_emplace(
        {identity(queue, pipeline.queue), pipeline.porchName}, sectionOf(pipeline));
    if (!isNew) {
        _reader.complain(sectionOf(pipeline), "porch_name",
                         "[" + first->second + "] at " +
                             _reader.placeOf(first->second, "porch_name") +
                             " names the same pipeline of the same queue; each needs a porch_name "
                             "of its own");
    }
}

} // namespace notifyhost::config
