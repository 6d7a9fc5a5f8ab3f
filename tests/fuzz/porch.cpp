#include "Require.h"

#include "queue/PorchObjects.h"
#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <cstddef>
#include <cstdint>
#include <string>

using namespace notifyhost;
using fuzz::require;

namespace {

template<typename Action> void unlessRefused(const Action& action)
{
    try {
        action();
    } catch (const json::JsonError& error) {
        require(error.what()[0] != '\0', "what is refused has a reason");
    }
}

/// A task goes back as it came.
void tryTask(std::string_view text)
{
    const queue::QueuedTask task = queue::readTask(text);
    require(task.id.size() == 64, "a task has an identity");
    const std::string sent = queue::taskJson(task.pipeline, task.inputText, task.status);
    const queue::QueuedTask again = queue::readTask(sent);
    require(again.pipeline == task.pipeline, "the pipeline stays");
    require(again.inputText == task.inputText, "the input stays, octet by octet");
    require(again.status == task.status, "the status stays");
}

} // namespace

/// Answers of porch: tasks one by one and in arrays, pipelines, and inputs to be told apart.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    unlessRefused([&] {
        for (const std::string_view element : queue::elementTexts(text)) {
            unlessRefused([&] { tryTask(element); });
        }
    });
    unlessRefused([&] { tryTask(text); });
    unlessRefused([&] { queue::readPipeline(text); });
    unlessRefused([&] {
        const std::string canonical = queue::canonicalInput(text);
        require(queue::canonicalInput(canonical) == canonical, "the canonical text stays so");
    });
    return 0;
}
