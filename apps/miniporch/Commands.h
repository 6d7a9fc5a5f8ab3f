#pragma once

#include "HttpServer.h"
#include "queue/QueueStore.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace notifyhost::miniporch {

/// What the program is told to do. Each command prints its result to standard output.
/// Errors: storage::StorageError, queue::QueueError, ServerError.

struct ServeOptions {
    std::filesystem::path file;
    std::optional<queue::Generation> generation;
    ServerSettings server;
    bool verbose{};
};

/// Serves the file until it is told to stop.
void serve(const ServeOptions& options);

/// Makes a token for a pipeline, or an administrator's for none, and prints it alone.
void issueToken(const std::filesystem::path& file, const std::optional<std::string>& pipeline,
                const std::string& description);

/// Prints all tokens: number, kind, description, dates. Never the token.
void listTokens(const std::filesystem::path& file);

/// Makes a token useless, by its number in the list.
void revokeToken(const std::filesystem::path& file, std::int64_t number);

} // namespace notifyhost::miniporch
