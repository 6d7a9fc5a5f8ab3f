#include "contract/Porch.h"

#include "net/HttpExchange.h"
#include "net/Url.h"
#include "queue/PorchObjects.h"

#include <cstdlib>
#include <iomanip>
#include <random>

namespace notifyhost::test {

namespace {

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string newName()
{
    std::random_device source;
    std::ostringstream name;
    name << "notifyhost-contract-" << std::hex << std::setfill('0') << std::setw(8) << source()
         << std::setw(8) << source();
    return name.str();
}

std::string withoutBlanks(std::string text)
{
    std::erase(text, ' ');
    return text;
}

} // namespace

std::vector<std::string> porchesToTest()
{
    return environment("PORCH_URL").empty() ? std::vector<std::string>{"miniporch2", "miniporch3"}
                                            : std::vector<std::string>{"given"};
}

PorchContract::PorchContract() : url(environment("PORCH_URL"))
{
    if (GetParam() == "given") {
        adminToken = environment("PORCH_ADMIN_TOKEN");
        _caFile = environment("PORCH_CA_FILE");
    } else {
        _miniporch = std::make_unique<MiniporchServer>(
            std::vector<std::string>{"--generation", GetParam().substr(GetParam().size() - 1)});
        adminToken = _miniporch->administratorToken();
        url = "http://127.0.0.1:" + std::to_string(_miniporch->port()) + "/";
    }
    _http = net::makeHttp({_caFile});
    pipeline = newPipeline();
    token = newToken(pipeline);
}

queue::PorchSettings PorchContract::settings(const std::string& pipelineToken) const
{
    queue::PorchSettings result;
    result.url = url;
    result.adminToken = {adminToken, "PORCH_ADMIN_TOKEN"};
    result.pipelineToken = {pipelineToken, "the pipeline's token"};
    result.caFile = _caFile;
    return result;
}

HttpResponse PorchContract::call(const std::string& method, const std::string& path,
                                 const std::string& tokenToSend, const std::string& body)
{
    const net::Url target = net::join(net::parseUrl(url), path);
    HttpRequest request{method,
                        target.scheme + "://" + target.authority() + target.target,
                        {{"Accept", "application/json"}},
                        body};
    if (!body.empty()) {
        request.headers.emplace_back("Content-Type", "application/json");
    }
    if (!tokenToSend.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + tokenToSend);
    }
    return _http->exchange(request, std::chrono::steady_clock::now() + std::chrono::minutes{1});
}

std::string PorchContract::task(const std::string& input, const std::string& status) const
{
    return R"({"pipeline": )" + pipelineText(pipeline) + R"(, "task_input": )" + input +
           R"(, "status": ")" + status + "\"}";
}

int PorchContract::add(const std::string& input)
{
    return call("POST", "tasks/", token, task(input)).status;
}

std::vector<std::string> PorchContract::claim(int count)
{
    std::vector<std::string> inputs;
    for (const auto& claimed : queue::PorchClient(settings(token)).claim(pipeline, count)) {
        inputs.push_back(withoutBlanks(claimed.inputText));
    }
    return inputs;
}

queue::Pipeline PorchContract::newPipeline()
{
    const queue::Pipeline result{newName(), "https://git.example.org/contract.git", "1"};
    queue::PorchClient(settings("")).registerPipeline(result);
    return result;
}

std::string PorchContract::newToken(const queue::Pipeline& owner)
{
    return queue::PorchClient(settings("")).makeToken(owner, "contract test");
}

bool PorchContract::hasVersions()
{
    return call("GET", "versions/" + pipeline.name).status == 200;
}

std::string pipelineText(const queue::Pipeline& pipeline)
{
    return queue::pipelineJson(pipeline);
}

std::string memberText(const std::string& object, const std::string& key)
{
    const json::Value value = json::parse(object);
    const json::Value* member = value.find(key);
    return member == nullptr ? "-" : member->text;
}

} // namespace notifyhost::test
