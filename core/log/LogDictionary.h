#pragma once

#include <notifyhost/Services.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::log {

/// One place where log lines go.
struct LogTarget {
    std::filesystem::path file; ///< empty: standard error
    Level threshold{Level::warning};

    bool operator==(const LogTarget&) const = default;
};

/// What a Python logging dictionary means here.
struct LogDictionary {
    std::vector<LogTarget> targets;   ///< each file once; never empty
    std::vector<std::string> ignored; ///< what else it says, as `handlers.file.maxBytes`, sorted
};

/// Reads the dictionary that Python's logging.config.dictConfig() takes, as JSON. Handlers that
/// have a file name write there, stream handlers to standard error, both from the higher of their
/// own level and their logger's. Loggers are the root, and those named notifyhost or
/// npg_notifications with or without a dotted rest; others belong to libraries that are not here.
/// What is more than an error in Python is an error here, so errors are never kept back.
/// Errors: std::runtime_error that says what is wrong and where in the dictionary.
/// Source: Python's library reference, logging.config, "Configuration dictionary schema".
LogDictionary readLogDictionary(std::string_view json);

} // namespace notifyhost::log
