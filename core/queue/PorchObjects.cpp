#include "queue/PorchObjects.h"

#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <algorithm>

namespace notifyhost::queue {

namespace {

/// porch's own reader goes about as deep.
constexpr json::Limits kAnswerLimits{1000, std::size_t{64} << 20};
constexpr std::size_t kDigestSize = 64;
constexpr std::string_view kBlanks = " \t\r\n";

std::string quoteOrNull(const std::string& text)
{
    return text.empty() ? "null" : json::quote(text);
}

[[noreturn]] void refuse(std::size_t offset, const std::string& what)
{
    throw json::JsonError("at octet " + std::to_string(offset + 1) + ": " + what);
}

json::Value parseObject(std::string_view text, const char* what)
{
    json::Value value = json::parse(text, kAnswerLimits);
    if (value.kind != json::ValueKind::object) {
        refuse(value.begin, std::string(what) + " is not an object");
    }
    return value;
}

const json::Value& member(const json::Value& object, std::string_view key, json::ValueKind kind)
{
    const json::Value* found = object.find(key);
    if (found == nullptr || found->kind != kind) {
        refuse(object.begin, "\"" + std::string(key) + "\" is missing or not what it should be");
    }
    return *found;
}

/// A text that may be null or absent, which is empty then.
std::string optionalText(const json::Value& object, std::string_view key)
{
    const json::Value* found = object.find(key);
    if (found == nullptr || found->kind == json::ValueKind::null) {
        return "";
    }
    return member(object, key, json::ValueKind::text).text;
}

Pipeline toPipeline(const json::Value& object)
{
    return {member(object, "name", json::ValueKind::text).text, optionalText(object, "uri"),
            optionalText(object, "version")};
}

bool isDigest(std::string_view text)
{
    return text.size() == kDigestSize &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Where the element that begins at `position` ends: at the next comma or bracket of its array.
std::size_t elementEnd(std::string_view array, std::size_t position)
{
    int depth = 0;
    bool inText = false;
    for (; position < array.size(); ++position) {
        const char octet = array[position];
        if (inText) {
            inText = octet != '"';
            position += octet == '\\' ? 1 : 0;
        } else if (octet == '"') {
            inText = true;
        } else if (octet == '{' || octet == '[') {
            ++depth;
        } else if (depth == 0 && (octet == ',' || octet == ']')) {
            return position;
        } else if (octet == '}' || octet == ']') {
            --depth;
        }
    }
    refuse(array.size(), "cut off: the array does not end");
}

} // namespace

std::string pipelineJson(const Pipeline& pipeline)
{
    return R"({"name": )" + json::quote(pipeline.name) + R"(, "uri": )" +
           quoteOrNull(pipeline.uri) + R"(, "version": )" + quoteOrNull(pipeline.version) + "}";
}

std::string taskJson(const Pipeline& pipeline, std::string_view inputText, TaskStatus status)
{
    std::string result = R"({"pipeline": )" + pipelineJson(pipeline) + R"(, "task_input": )";
    result.append(inputText);
    result.append(R"(, "status": ")").append(toText(status)).append("\"}");
    return result;
}

QueuedTask readTask(std::string_view text)
{
    const json::Value value = parseObject(text, "a task");
    QueuedTask task;
    task.pipeline = toPipeline(member(value, "pipeline", json::ValueKind::object));
    const json::Value& input = member(value, "task_input", json::ValueKind::object);
    task.inputText = text.substr(input.begin, input.end - input.begin);
    const json::Value& word = member(value, "status", json::ValueKind::text);
    const auto status = statusFromText(word.text);
    if (!status) {
        refuse(word.begin, "\"" + word.text.substr(0, 32) + "\" is not a task's status");
    }
    task.status = *status;
    task.id = optionalText(value, "task_input_id");
    if (!isDigest(task.id)) {
        task.id = taskInputId(task.inputText);
    }
    return task;
}

Pipeline readPipeline(std::string_view text)
{
    return toPipeline(parseObject(text, "a pipeline"));
}

std::vector<std::string_view> elementTexts(std::string_view array)
{
    const std::size_t begin = array.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || array[begin] != '[') {
        refuse(std::min(begin, array.size()), "not an array");
    }
    std::vector<std::string_view> result;
    std::size_t position = begin + 1;
    for (;;) {
        const std::size_t end = elementEnd(array, position);
        const std::string_view element = array.substr(position, end - position);
        const bool last = array[end] == ']';
        const bool blank = element.find_first_not_of(kBlanks) == std::string_view::npos;
        if (blank && !(last && result.empty())) {
            refuse(position, "an element of the array is missing");
        }
        if (!blank) {
            result.push_back(element);
        }
        position = end + 1;
        if (last) {
            break;
        }
    }
    if (array.find_first_not_of(kBlanks, position) != std::string_view::npos) {
        refuse(position, "there is more after the array");
    }
    return result;
}

} // namespace notifyhost::queue
