#include "Bodies.h"

#include "queue/TaskIdentity.h"

#include <array>

namespace notifyhost::miniporch {

namespace {

using Where = std::vector<std::string>;

Where below(Where where, const std::string& step)
{
    where.push_back(step);
    return where;
}

void addMissing(Problems& problems, const Where& where)
{
    problems.add(where, "field required", "value_error.missing");
}

bool isObject(Problems& problems, const Where& where, const json::Value& value)
{
    if (value.kind != json::ValueKind::object) {
        problems.add(where, "value is not a valid dict", "type_error.dict");
    }
    return value.kind == json::ValueKind::object;
}

/// A member that is a text, or null where that is allowed.
std::optional<std::string> readText(Problems& problems, const Where& where,
                                    const json::Value& object, const std::string& key,
                                    bool mayBeNull)
{
    const json::Value* value = object.find(key);
    if (value == nullptr || (mayBeNull && value->kind == json::ValueKind::null)) {
        return std::nullopt;
    }
    if (value->kind == json::ValueKind::null) {
        problems.add(below(where, key), "none is not an allowed value",
                     "type_error.none.not_allowed");
    } else if (value->kind != json::ValueKind::text) {
        problems.add(below(where, key), "str type expected", "type_error.str");
    } else if (value->text.find('\0') != std::string::npos) {
        problems.add(below(where, key), "a text with U+0000 cannot be kept", "value_error");
    } else {
        return value->text;
    }
    return std::nullopt;
}

PipelineBody readPipeline(Problems& problems, const Where& where, const json::Value& value)
{
    static constexpr std::array<std::string_view, 3> kKeys{"name", "uri", "version"};
    PipelineBody pipeline;
    if (!isObject(problems, where, value)) {
        return pipeline;
    }
    pipeline.name = readText(problems, where, value, "name", false);
    pipeline.uri = readText(problems, where, value, "uri", true);
    pipeline.version = readText(problems, where, value, "version", true);
    for (const auto& [key, member] : value.members) {
        if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
            problems.add(below(where, key), "extra fields not permitted", "value_error.extra");
        }
    }
    return pipeline;
}

void readInput(Problems& problems, const json::Value& body, std::string_view source, TaskBody& task)
{
    const Where where{"body", "task_input"};
    const json::Value* input = body.find("task_input");
    if (input == nullptr) {
        addMissing(problems, where);
    } else if (isObject(problems, where, *input)) {
        try {
            task.digest = queue::taskInputId(*input);
            task.text = source.substr(input->begin, input->end - input->begin);
        } catch (const json::JsonError& error) {
            problems.add(where, error.what(), "value_error");
        }
    }
}

void readStatus(Problems& problems, const json::Value& body, TaskBody& task)
{
    const Where where{"body", "status"};
    const json::Value* value = body.find("status");
    if (value == nullptr) {
        addMissing(problems, where);
        return;
    }
    const auto status =
        value->kind == json::ValueKind::text ? queue::statusFromText(value->text) : std::nullopt;
    if (status) {
        task.status = *status;
    } else {
        problems.add(where,
                     "value is not a valid enumeration member; permitted: 'PENDING', 'CLAIMED', "
                     "'RUNNING', 'DONE', 'FAILED', 'CANCELLED'",
                     "type_error.enum");
    }
}

std::string member(std::string_view key, std::string_view value)
{
    return "\"" + std::string(key) + "\":" + std::string(value);
}

} // namespace

queue::Pipeline PipelineBody::pipeline() const
{
    return {name.value_or(""), uri.value_or(""), version.value_or("")};
}

PipelineBody readPipelineBody(const json::Value& body)
{
    Problems problems;
    PipelineBody pipeline = readPipeline(problems, {"body"}, body);
    problems.check();
    return pipeline;
}

TaskBody readTaskBody(const json::Value& body, std::string_view source)
{
    Problems problems;
    TaskBody task;
    if (isObject(problems, {"body"}, body)) {
        if (const json::Value* pipeline = body.find("pipeline")) {
            task.pipeline = readPipeline(problems, {"body", "pipeline"}, *pipeline);
        } else {
            addMissing(problems, {"body", "pipeline"});
        }
        readText(problems, {"body"}, body, "task_input_id", true);
        readInput(problems, body, source, task);
        readStatus(problems, body, task);
    }
    problems.check();
    return task;
}

std::string toJson(const queue::Pipeline& pipeline)
{
    return "{" + member("name", json::quote(pipeline.name)) + "," +
           member("uri", json::quote(pipeline.uri)) + "," +
           member("version", json::quote(pipeline.version)) + "}";
}

std::string toJson(const queue::QueuedTask& task)
{
    return "{" + member("pipeline", toJson(task.pipeline)) + "," +
           member("task_input_id", json::quote(task.id)) + "," +
           member("task_input", task.inputText) + "," +
           member("status", json::quote(queue::toText(task.status))) + "}";
}

} // namespace notifyhost::miniporch
