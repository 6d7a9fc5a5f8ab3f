#include "BatonLine.h"
#include "LineReader.h"
#include "Require.h"
#include "RunTask.h"
#include "Unicode.h"

#include "queue/TaskIdentity.h"
#include "json/Json.h"

#include <cstddef>
#include <cstdint>
#include <sstream>

using namespace notifyhost;
using fuzz::require;

/// Input of `add` for ONT runs: lines, each a run that becomes a task or a reason why not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::stringbuf input(std::string(reinterpret_cast<const char*>(data), size));
    ont::LineReader lines(input, 4096);
    ont::BatonLine batonLine;
    while (lines.next()) {
        require(lines.line().size() <= 4096, "a line is within its limit");
        const auto read = batonLine.read(lines.line());
        if (const auto* fault = std::get_if<std::string>(&read)) {
            require(!fault->empty(), "what is refused has a reason");
            continue;
        }
        const auto& run = std::get<ont::Run>(read);
        require(run.slot >= ont::kFirstSlot && run.slot <= ont::kLastSlot, "the slot exists");
        require(run.path.starts_with('/'), "the path is absolute");
        const std::string task = ont::taskInput("uploaded", run);
        require(json::parse(task).find("path")->text == run.path, "the task says what was read");
        require(queue::taskInputId(task).size() == 64, "a task has an identity");
    }
    return 0;
}
