#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace notifyhost::queue {

/// A token and where it comes from.
struct PorchToken {
    std::string text;    ///< empty: there is none. A secret
    std::string setting; ///< for messages: "porch_token in [pipeline.ont]"
};

/// How to reach one porch.
struct PorchSettings {
    std::string url; ///< http or https; paths take the place of what follows its last slash
    PorchToken adminToken;
    PorchToken pipelineToken;
    std::filesystem::path caFile; ///< certificates to trust beside the system's; empty: none
    int connections{2};
    std::chrono::seconds connectTimeout{10};
    std::chrono::milliseconds answerTimeout{std::chrono::seconds{60}}; ///< for one whole exchange
    /// For what a healthy porch does at once, as long as it has not answered anything yet: so that
    /// a dead one is reported within half a minute.
    std::chrono::milliseconds firstAnswerTimeout{std::chrono::seconds{25}};
    /// Where the lock lies that keeps claims of this host apart; empty: the caller does.
    std::filesystem::path lockFolder;
    /// Hears of what is strange in an answer but loses nothing else.
    std::function<void(const std::string&)> warn{[](const std::string&) {}};
    std::chrono::milliseconds firstPause{500}; ///< before the first repeat; then twice as long
};

} // namespace notifyhost::queue
