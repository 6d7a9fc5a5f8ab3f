#pragma once

#include "queue/PorchClient.h"
#include "support/ScriptedHttpServer.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace notifyhost::test {

inline const queue::Pipeline kMails{"well mails", "https://git.example.org/mails.git", "1"};
inline const std::string kMailsJson =
    R"({"name": "well mails", "uri": "https://git.example.org/mails.git", "version": "1"})";
inline const std::string kAdminToken = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
inline const std::string kPipelineToken = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A task as porch answers with it; its id is left to the client where it is empty.
inline std::string taskAnswer(const std::string& input, const std::string& status = "PENDING",
                              const std::string& pipeline = kMailsJson, const std::string& id = "")
{
    return R"({"pipeline": )" + pipeline + R"(, "task_input_id": )" +
           (id.empty() ? "null" : "\"" + id + "\"") + R"(, "task_input": )" + input +
           R"(, "status": ")" + status + "\"}";
}

/// What a scripted porch gets as settings: short pauses, both tokens.
inline queue::PorchSettings settingsFor(const std::string& url)
{
    queue::PorchSettings settings;
    settings.url = url;
    settings.adminToken = {kAdminToken, "admin_token in [PORCH]"};
    settings.pipelineToken = {kPipelineToken, "porch_token in [pipeline.wells]"};
    settings.connections = 1;
    settings.firstPause = std::chrono::milliseconds{1};
    return settings;
}

/// The error that an action ends with.
inline queue::QueueError failureOf(const std::function<void()>& action)
{
    try {
        action();
    } catch (const queue::QueueError& error) {
        const std::string text = error.what();
        // Not even a part of one.
        for (const auto* token : {&kAdminToken, &kPipelineToken}) {
            EXPECT_EQ(text.find(token->substr(0, 8)), std::string::npos) << text;
        }
        return error;
    }
    throw std::runtime_error("it did not fail");
}

inline std::vector<std::string> linesOf(const ScriptedHttpServer& peer)
{
    std::vector<std::string> lines;
    for (const auto& request : peer.requests()) {
        const std::string line = request.line();
        lines.push_back(line.substr(0, line.rfind(' ')));
    }
    return lines;
}

} // namespace notifyhost::test
