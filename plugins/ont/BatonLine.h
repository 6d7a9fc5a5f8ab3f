#pragma once

#include "BatonHandler.h"
#include "RunTask.h"

#include <rapidjson/reader.h>

#include <string>
#include <string_view>
#include <variant>

namespace notifyhost::ont {

/// Turns lines of baton JSON into runs. A line is one collection with the three attributes of an
/// ONT run; every object in it must be one that baton writes; what else it holds does not matter.
/// Threads: one call at a time per instance; it keeps its memory from line to line.
/// Source: baton's JSON, https://github.com/wtsi-npg/baton, and the reading of the Python tool.
class BatonLine {
public:
    /// The run, or why there is none.
    std::variant<Run, std::string> read(std::string_view line);

private:
    std::string parse(std::string_view line);
    std::string collectionFault() const;
    std::variant<Run, std::string> makeRun() const;

    rapidjson::Reader _reader;
    BatonHandler _handler;
};

} // namespace notifyhost::ont
