#pragma once

#include "HttpServer.h"
#include "queue/QueueStore.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace notifyhost::miniporch {

/// What the program is told to do. What is to be printed is returned.
/// Errors: storage::StorageError, queue::QueueError, ServerError.

struct ServeOptions {
    std::filesystem::path file;
    std::optional<queue::Generation> generation;
    ServerSettings server;
    bool verbose{};
};

/// Serves the file until it is told to stop.
void serve(const ServeOptions& options);

/// The generation the file has, which the first command that names one gives it, or else the first
/// start, which gives it 3.x.
/// Errors: QueueError of kind refused where another one than the file's is wanted.
queue::Generation settleGeneration(queue::QueueStore& store,
                                   std::optional<queue::Generation> wanted);

/// A token that was made: its text, to be printed alone, and its number in the list.
struct IssuedToken {
    std::string text;
    std::int64_t number{};
};

/// Makes a token for a pipeline, or an administrator's for none. A generation that is named is the
/// file's from now on.
IssuedToken issueToken(const std::filesystem::path& file,
                       std::optional<queue::Generation> generation,
                       const std::optional<std::string>& pipeline, const std::string& description);

/// All tokens, a line each: number, kind, description, dates. Never the token.
std::string listTokens(const std::filesystem::path& file);

/// Makes a token useless, by its number in the list.
void revokeToken(const std::filesystem::path& file, std::int64_t number);

} // namespace notifyhost::miniporch
