#include "RunTask.h"

namespace notifyhost::ont {

namespace {

constexpr std::string_view kKeys = "event, experiment_name, flowcell_id, instrument_slot and path";

void appendQuoted(std::string& json, std::string_view text)
{
    static constexpr char kHex[] = "0123456789abcdef";
    json += '"';
    for (const char character : text) {
        const auto octet = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            json += '\\';
            json += character;
        } else if (octet < 0x20) {
            json.append("\\u00").append({kHex[octet >> 4], kHex[octet & 0xF]});
        } else {
            json += character;
        }
    }
    json += '"';
}

/// The text under a key; notes what is wrong where there is none.
std::string textOf(const Poco::JSON::Object& input, const std::string& key, std::string& fault)
{
    const Poco::Dynamic::Var value = input.get(key);
    if (value.isString()) {
        return value.extract<std::string>();
    }
    if (fault.empty()) {
        fault = input.has(key) ? key + " is not a text" : "it has no " + key;
    }
    return {};
}

int slotOf(const Poco::JSON::Object& input, std::string& fault)
{
    const Poco::Dynamic::Var value = input.get("instrument_slot");
    const bool whole = !value.isEmpty() && value.isInteger() && !value.isBoolean();
    if (whole) {
        const auto slot = value.convert<Poco::Int64>();
        if (slot >= kFirstSlot && slot <= kLastSlot) {
            return static_cast<int>(slot);
        }
    }
    if (fault.empty()) {
        fault = !input.has("instrument_slot") ? "it has no instrument_slot"
                : whole ? "instrument_slot " + value.convert<std::string>() + " is not within " +
                              std::to_string(kFirstSlot) + " to " + std::to_string(kLastSlot)
                        : std::string("instrument_slot is not a whole number");
    }
    return 0;
}

} // namespace

std::string taskInput(std::string_view event, const Run& run)
{
    std::string json;
    json.reserve(96 + event.size() + run.experiment.size() + run.flowcell.size() + run.path.size());
    json += "{\"event\":";
    appendQuoted(json, event);
    json += ",\"experiment_name\":";
    appendQuoted(json, run.experiment);
    json += ",\"flowcell_id\":";
    appendQuoted(json, run.flowcell);
    json += ",\"instrument_slot\":";
    json += std::to_string(run.slot);
    json += ",\"path\":";
    appendQuoted(json, run.path);
    json += '}';
    return json;
}

std::variant<RunTask, std::string> readTask(const Task& task)
{
    std::string fault;
    RunTask result;
    result.event = textOf(task.input, "event", fault);
    result.run.experiment = textOf(task.input, "experiment_name", fault);
    result.run.flowcell = textOf(task.input, "flowcell_id", fault);
    result.run.slot = slotOf(task.input, fault);
    result.run.path = textOf(task.input, "path", fault);
    if (fault.empty() && task.input.size() != 5) {
        fault = "it has other keys than " + std::string(kKeys);
    }
    if (!fault.empty()) {
        return "this task is not one of an ONT run: " + fault;
    }
    return result;
}

} // namespace notifyhost::ont
