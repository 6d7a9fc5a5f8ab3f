#include "Endpoints.h"

#include "sdk/Utf8.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace notifyhost::miniporch {

namespace {

constexpr std::size_t kLongestVersion = 32;

/// What one part of a listing costs at most: rows that are looked at, and octets of inputs before
/// the last.
constexpr std::int64_t kPartRows = 1'000;
constexpr std::size_t kPartOctets = 128u << 10;

template<typename Items, typename Write> std::string jsonArray(const Items& items, Write write)
{
    std::string text = "[";
    for (const auto& item : items) {
        text += text.size() > 1 ? "," : "";
        text += write(item);
    }
    return text + "]";
}

Answer taskList(const std::vector<queue::StoredTask>& tasks)
{
    return {200, jsonArray(tasks, [](const auto& stored) { return toJson(stored.task); })};
}

/// The part of a listing at the request's position. A task that changes meanwhile is listed as it
/// is when its part is read.
Answer listPart(Call& call, const queue::TaskFilter& filter)
{
    Position position = call.position();
    Answer answer{200, position.first && position.task == 0 ? "[" : ""};
    const auto window = call.store().window(filter, position.task, kPartRows, kPartOctets);
    for (const auto& stored : window.tasks) {
        answer.body += position.first ? "" : ",";
        answer.body += toJson(stored.task);
        position.first = false;
    }
    position.task = window.last;
    if (window.more) {
        answer.next = position;
    } else {
        answer.body += "]";
    }
    return answer;
}

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char octet) { return (octet & 0xC0) != 0x80; }));
}

void checkVersionLength(const Call& call, const PipelineBody& pipeline)
{
    if (call.hasVersions() && characters(pipeline.version.value_or("")) > kLongestVersion) {
        Problems problems;
        problems.add({"body", "version"}, "ensure this value has at most 32 characters",
                     "value_error.any_str.max_length");
        problems.check();
    }
}

void requireComplete(const PipelineBody& pipeline)
{
    if (!pipeline.name || !pipeline.uri || !pipeline.version) {
        throw Refusal(400, "Pipeline must have a name, a uri and a version");
    }
}

/// The version's row; a version that is not registered is 404, which only 3.x can have.
std::int64_t requireVersion(Call& call, const PipelineBody& pipeline)
{
    const auto version = call.store().versionId(pipeline.pipeline());
    if (!version) {
        throw Refusal(404, "Version '" + pipeline.version.value_or("None") + "' of pipeline '" +
                               pipeline.name.value_or("None") + "' is not registered");
    }
    return *version;
}

/// A whole number above 0 of any length; what is beyond 64 bits is as good as no limit.
std::int64_t taskCount(const Call& call)
{
    const std::string text = call.query().find("num_tasks").value_or("1");
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    std::int64_t count = 0;
    const auto end = text.data() + text.size();
    if (digits && std::from_chars(text.data(), end, count).ec == std::errc::result_out_of_range) {
        return std::numeric_limits<std::int64_t>::max();
    }
    if (!digits || count == 0) {
        Problems problems;
        problems.add({"query", "num_tasks"}, "a whole number above 0 is expected",
                     digits ? "value_error.number.not_gt" : "type_error.integer");
        problems.check();
    }
    return count;
}

Answer unknownPipeline(std::string_view name)
{
    return detail(404, "Pipeline '" + std::string(name) + "' not found");
}

} // namespace

Answer listPipelines(Call& call)
{
    return {200, jsonArray(call.store().pipelines(call.text("uri"), call.text("version")),
                           [](const auto& pipeline) { return toJson(pipeline); })};
}

Answer getPipeline(Call& call)
{
    const auto pipeline = call.store().pipeline(call.part(0));
    return pipeline ? Answer{200, toJson(*pipeline)} : unknownPipeline(call.part(0));
}

Answer createPipeline(Call& call)
{
    call.admit();
    const PipelineBody body = call.pipelineBody();
    checkVersionLength(call, body);
    call.requireAdministrator();
    requireComplete(body);
    const queue::Pipeline pipeline = body.pipeline();
    if (call.store().pipelineId(pipeline.name)) {
        return detail(409, "Pipeline '" + pipeline.name + "' already exists");
    }
    call.store().insertVersion(call.store().insertPipeline(pipeline.name, pipeline.uri),
                               pipeline.version);
    return {201, toJson(pipeline)};
}

Answer createToken(Call& call)
{
    call.admit();
    call.requireAdministrator();
    const auto pipeline = call.store().pipelineId(call.part(0));
    if (!pipeline) {
        return unknownPipeline(call.part(0));
    }
    const std::string token = call.store().issueToken(*pipeline, call.part(1));
    return {201, "{\"name\":" + json::quote(call.part(0)) + ",\"description\":" +
                     json::quote(call.part(1)) + ",\"token\":\"" + token + "\"}"};
}

Answer listTasks(Call& call)
{
    queue::TaskFilter filter{call.text("pipeline_name"), std::nullopt, call.status()};
    if (call.hasVersions()) {
        filter.version = call.text("pipeline_version");
        if (filter.version && !filter.pipeline) {
            return detail(400, "pipeline_version needs pipeline_name beside it");
        }
    }
    return listPart(call, filter);
}

Answer addTask(Call& call)
{
    call.admit();
    const TaskBody task = call.taskBody();
    call.requirePipeline(task.pipeline);
    const auto version = requireVersion(call, task.pipeline);
    const auto [stored, isNew] = call.store().add(version, task.digest, task.text, call.tokenId());
    return {isNew ? 201 : 200, toJson(stored.task)};
}

Answer updateTask(Call& call)
{
    call.admit();
    const TaskBody body = call.taskBody();
    call.requirePipeline(body.pipeline);
    const auto version = call.store().versionId(body.pipeline.pipeline());
    auto stored = version ? call.store().task(*version, body.digest) : std::nullopt;
    if (!stored) {
        return detail(404, "Pipeline '" + body.pipeline.name.value_or("None") +
                               "' has no task with this input" +
                               (version || !call.hasVersions() ? "" : " under this version"));
    }
    call.store().setStatus(stored->id, body.status, call.tokenId());
    stored->task.status = body.status;
    return {200, toJson(stored->task)};
}

Answer claimTasks(Call& call)
{
    call.admit();
    const std::int64_t count = taskCount(call);
    const PipelineBody pipeline = call.pipelineBody();
    call.requirePipeline(pipeline);
    return taskList(call.store().claim(requireVersion(call, pipeline), count, call.tokenId()));
}

Answer listVersions(Call& call)
{
    return {200, jsonArray(call.store().versions(call.part(0)),
                           [](const auto& version) { return json::quote(version); })};
}

Answer createVersion(Call& call)
{
    call.admit();
    const PipelineBody body = call.pipelineBody();
    checkVersionLength(call, body);
    call.requirePipeline(body);
    requireComplete(body);
    queue::Pipeline pipeline = body.pipeline();
    if (call.store().versionId(pipeline)) {
        return detail(409, "Version '" + pipeline.version + "' of pipeline '" + pipeline.name +
                               "' already exists");
    }
    const auto version = call.store().insertVersion(call.store().pipelineId(pipeline.name).value(),
                                                    pipeline.version);
    return {201, toJson(call.store().pipelineOfVersion(version))};
}

} // namespace notifyhost::miniporch
