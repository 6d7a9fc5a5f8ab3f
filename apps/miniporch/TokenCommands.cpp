#include "Commands.h"

#include "log/Logger.h"

#include <algorithm>
#include <sstream>

namespace notifyhost::miniporch {

IssuedToken issueToken(const std::filesystem::path& file,
                       std::optional<queue::Generation> generation,
                       const std::optional<std::string>& pipeline, const std::string& description)
{
    queue::QueueStore store(file);
    if (generation) {
        settleGeneration(store, generation);
    }
    IssuedToken token;
    store.database().transaction([&] {
        std::optional<std::int64_t> id;
        if (pipeline) {
            id = store.pipelineId(*pipeline);
            if (!id) {
                throw queue::QueueError(queue::QueueError::Kind::unknown,
                                        file.string() + ": has no pipeline " + *pipeline);
            }
        }
        token.text = store.issueToken(id, description);
        for (const auto& known : store.tokens()) {
            token.number = std::max(token.number, known.id);
        }
    });
    return token;
}

std::string listTokens(const std::filesystem::path& file)
{
    queue::QueueStore store(file);
    std::ostringstream text;
    for (const auto& token : store.tokens()) {
        text << token.id << "\t"
             << (token.pipeline ? "pipeline " + log::escapeControls(*token.pipeline) : "admin")
             << "\t" << log::escapeControls(token.description) << "\tissued " << token.issued
             << (token.revoked ? "\trevoked " + *token.revoked : "") << "\n";
    }
    return text.str();
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
