#pragma once

#include "queue/PorchClient.h"
#include "support/MiniporchServer.h"
#include "json/Json.h"

#include <notifyhost/Services.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// Which porch is tested: "miniporch2" and "miniporch3" are miniporch as that generation, "given"
/// is PORCH_URL.
std::vector<std::string> porchesToTest();

/// One test's porch with a pipeline of its own.
class PorchContract : public testing::TestWithParam<std::string> {
protected:
    PorchContract();

    /// One request; token is sent where it is not empty.
    HttpResponse call(const std::string& method, const std::string& path,
                      const std::string& token = "", const std::string& body = "");

    /// A Task of this test's pipeline.
    std::string task(const std::string& input, const std::string& status = "PENDING") const;

    /// Adds an input and returns the answer's status.
    int add(const std::string& input);

    /// The inputs that a claim hands out, without blanks.
    std::vector<std::string> claim(int count);

    /// A pipeline that nobody has used yet, registered.
    queue::Pipeline newPipeline();
    std::string newToken(const queue::Pipeline& pipeline);
    queue::PorchSettings settings(const std::string& pipelineToken) const;
    bool hasVersions();

    queue::Pipeline pipeline;
    std::string adminToken;
    std::string token; ///< of the pipeline
    std::string url;

private:
    std::unique_ptr<MiniporchServer> _miniporch; ///< where none is given
    std::filesystem::path _caFile;
    std::unique_ptr<Http> _http;
};

/// A pipeline as a request's JSON.
std::string pipelineText(const queue::Pipeline& pipeline);

/// The text or number at a member of a JSON object; "-" where there is none.
std::string memberText(const std::string& object, const std::string& key);

} // namespace notifyhost::test
