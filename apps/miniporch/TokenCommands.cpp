#include "Commands.h"

#include "log/Logger.h"

#include <iostream>

namespace notifyhost::miniporch {

void issueToken(const std::filesystem::path& file, std::optional<queue::Generation> generation,
                const std::optional<std::string>& pipeline, const std::string& description)
{
    queue::QueueStore store(file);
    if (generation) {
        settleGeneration(store, generation);
    }
    std::string token;
    store.database().transaction([&] {
        std::optional<std::int64_t> id;
        if (pipeline) {
            id = store.pipelineId(*pipeline);
            if (!id) {
                throw queue::QueueError(queue::QueueError::Kind::unknown,
                                        file.string() + ": has no pipeline " + *pipeline);
            }
        }
        token = store.issueToken(id, description);
    });
    std::cout << token << std::endl;
}

void listTokens(const std::filesystem::path& file)
{
    queue::QueueStore store(file);
    for (const auto& token : store.tokens()) {
        std::cout << token.id << "\t"
                  << (token.pipeline ? "pipeline " + log::escapeControls(*token.pipeline) : "admin")
                  << "\t" << log::escapeControls(token.description) << "\tissued " << token.issued
                  << (token.revoked ? "\trevoked " + *token.revoked : "") << "\n";
    }
}

void revokeToken(const std::filesystem::path& file, std::int64_t number)
{
    queue::QueueStore store(file);
    bool done = false;
    store.database().transaction([&] { done = store.revokeToken(number); });
    if (!done) {
        throw queue::QueueError(queue::QueueError::Kind::unknown,
                                file.string() + ": has no token " + std::to_string(number) +
                                    " that is still good; list-tokens shows them");
    }
}

} // namespace notifyhost::miniporch
