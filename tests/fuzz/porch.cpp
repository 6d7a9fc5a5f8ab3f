#include "Require.h"

#include "queue/PorchObjects.h"
#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace notifyhost;
using fuzz::require;

namespace {

/// What a reader makes of a text; nothing where it refuses it. Only the reading itself may throw.
template<typename Read> auto unlessRefused(const Read& read) -> std::optional<decltype(read())>
{
    try {
        return read();
    } catch (const json::JsonError& error) {
        require(error.what()[0] != '\0', "what is refused has a reason");
        return std::nullopt;
    }
}

/// A task goes back as it came.
void tryTask(std::string_view text)
{
    const auto task = unlessRefused([&] { return queue::readTask(text); });
    if (!task) {
        return;
    }
    require(task->id.size() == 64, "a task has an identity");
    // porch keeps no such input, but what it sends with an id of its own is taken all the same.
    if (!unlessRefused([&] { return queue::taskInputId(task->inputText); })) {
        return;
    }
    const std::string sent = queue::taskJson(task->pipeline, task->inputText, task->status);
    const queue::QueuedTask again = queue::readTask(sent);
    require(again.pipeline == task->pipeline, "the pipeline stays");
    require(again.inputText == task->inputText, "the input stays, octet by octet");
    require(again.status == task->status, "the status stays");
}

} // namespace

/// Answers of porch: tasks one by one and in arrays, pipelines, and inputs to be told apart.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto elements = unlessRefused([&] { return queue::elementTexts(text); })) {
        for (const std::string_view element : *elements) {
            tryTask(element);
        }
    }
    tryTask(text);
    unlessRefused([&] { return queue::readPipeline(text); });
    if (const auto canonical = unlessRefused([&] { return queue::canonicalInput(text); })) {
        require(queue::canonicalInput(*canonical) == *canonical, "the canonical text stays so");
    }
    return 0;
}
