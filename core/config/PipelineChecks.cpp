#include "config/PipelineChecks.h"

namespace notifyhost::config {

namespace {

std::string sectionOf(const PipelineSettings& pipeline)
{
    return "pipeline." + pipeline.name;
}

} // namespace

PipelineChecks::PipelineChecks(SectionReader& reader, const IniFile& ini, const PorchKeys& porch,
                               const std::map<std::string, QueueSettings>& queues)
    : _reader(reader), _ini(ini), _porch(porch), _queues(queues)
{
    const auto hasToken = [](const QueueSettings& queue) {
        return !queue.adminToken.empty() || !queue.pipelineToken.empty();
    };
    if (hasToken(porch.settings)) {
        checkCover("PORCH", porch.settings);
    }
    for (const auto& [name, queue] : queues) {
        if (hasToken(queue)) {
            checkCover("queue." + name, queue);
        }
    }
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
    if (!pipeline.porchToken.empty()) {
        checkCover(pipeline.queue.empty() ? "PORCH" : "queue." + pipeline.queue, queue);
    }
    if (pipeline.porchName.empty()) {
        return;
    }
    const auto [known, isNew] = _seen.try_emplace(pipeline.porchName, sectionOf(pipeline));
    if (!isNew) {
        complainTwin(sectionOf(pipeline), known->second);
        complainTwin(known->second, sectionOf(pipeline));
    }
}

void PipelineChecks::checkCover(const std::string& section, const QueueSettings& queue)
{
    if (_covered.insert(section).second) {
        requireCover(_reader, section, queue);
    }
}

void PipelineChecks::complainTwin(const std::string& section, const std::string& other)
{
    _reader.complain(section, "porch_name",
                     "[" + other + "] at " + _reader.placeOf(other, "porch_name") +
                         " has the same; the ledger, the lock and the keys of messages know a "
                         "pipeline by this name, so each section needs one of its own, on another "
                         "queue too");
}

} // namespace notifyhost::config
