#pragma once

#include "support/HttpClient.h"
#include "support/MiniporchServer.h"
#include "json/Json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace notifyhost::test {

/// A server with somebody who asks it.
class Miniporch : public MiniporchServer {
public:
    using MiniporchServer::MiniporchServer;

    /// An administrator's token, made at the first call.
    const std::string& administrator();
    /// Creates the pipeline if need be and makes a token for it.
    std::string tokenFor(const std::string& pipeline);

    /// One request on a connection of its own, its body said to be JSON.
    HttpReply call(const std::string& method, const std::string& target,
                   const std::string& token = {}, const std::string& body = {}) const;

private:
    std::string _administrator;
};

HttpClient::Headers headersWith(const std::string& token);

/// The object {"name": …, "uri": "https://git.example.org/" + name, "version": …}.
std::string pipelineText(const std::string& name, const std::string& version = "1");

/// A Task object.
std::string taskText(const std::string& pipeline, const std::string& input,
                     const std::string& status = "PENDING");

/// The text at a place in a JSON answer, such as textAt(reply, {"pipeline", "name"}).
std::string textAt(const std::string& text, const std::vector<std::string>& place);

/// How many elements a JSON array has.
std::size_t sizeOf(const std::string& array);

/// A test that holds for both generations.
class BothGenerations : public testing::TestWithParam<int> {
protected:
    bool hasVersions() const { return GetParam() == 3; }
    Miniporch porch{{"--generation", std::to_string(GetParam())}};
};

#define FOR_BOTH_GENERATIONS(suite)                                                                \
    INSTANTIATE_TEST_SUITE_P(Generation, suite, testing::Values(2, 3),                             \
                             testing::PrintToStringParamName())

} // namespace notifyhost::test
