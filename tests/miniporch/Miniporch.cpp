#include "miniporch/Miniporch.h"

#include <stdexcept>

namespace notifyhost::test {

const std::string& Miniporch::administrator()
{
    if (_administrator.empty()) {
        _administrator = administratorToken();
    }
    return _administrator;
}

std::string Miniporch::tokenFor(const std::string& pipeline)
{
    call("POST", "/pipelines/", administrator(), pipelineText(pipeline));
    const auto reply = call("POST", "/pipelines/" + pipeline + "/token/test", administrator());
    if (reply.status != 201) {
        throw std::runtime_error("no token for " + pipeline + ": " + reply.body);
    }
    return textAt(reply.body, {"token"});
}

HttpReply Miniporch::call(const std::string& method, const std::string& target,
                          const std::string& token, const std::string& body) const
{
    return HttpClient(port()).exchange(method, target, headersWith(token), body);
}

HttpClient::Headers headersWith(const std::string& token)
{
    HttpClient::Headers headers{{"Content-Type", "application/json"}};
    if (!token.empty()) {
        headers.emplace_back("Authorization", "Bearer " + token);
    }
    return headers;
}

std::string pipelineText(const std::string& name, const std::string& version)
{
    return R"({"name":")" + name + R"(","uri":"https://git.example.org/)" + name +
           R"(","version":")" + version + R"("})";
}

std::string taskText(const std::string& pipeline, const std::string& input,
                     const std::string& status)
{
    return R"({"pipeline":)" + pipeline + R"(,"task_input":)" + input + R"(,"status":")" + status +
           R"("})";
}

std::string textAt(const std::string& text, const std::vector<std::string>& place)
{
    const json::Value root = json::parse(text);
    const json::Value* value = &root;
    for (const auto& step : place) {
        value = value->find(step);
        if (value == nullptr) {
            throw std::runtime_error("no " + step + " in " + text);
        }
    }
    return value->text;
}

std::size_t sizeOf(const std::string& array)
{
    return json::parse(array).elements.size();
}

} // namespace notifyhost::test
