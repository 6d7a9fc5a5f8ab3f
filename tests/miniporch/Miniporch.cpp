#include "miniporch/Miniporch.h"

#include <csignal>
#include <thread>

namespace notifyhost::test {

namespace {

const std::string kProgram = std::string(BUILD_ROOT) + "/bin/miniporch";
constexpr std::chrono::seconds kLimit{30};

/// The port in the program's first line, once it is there.
int portIn(const std::filesystem::path& log, BackgroundProcess& process)
{
    const auto deadline = std::chrono::steady_clock::now() + kLimit;
    const std::string words = "listening on http";
    for (;;) {
        const std::string text = std::filesystem::exists(log) ? readFile(log) : "";
        const auto end = text.find('\n');
        if (text.starts_with(words) && end != std::string::npos) {
            return std::stoi(text.substr(text.rfind(':', end) + 1));
        }
        if (!process.running() || std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("miniporch does not listen; it said: " + text);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

} // namespace

Miniporch::Miniporch(std::vector<std::string> options) : _options(std::move(options))
{
    start();
}

ProcessResult Miniporch::command(const std::vector<std::string>& words) const
{
    std::vector<std::string> command{kProgram, "--db", file()};
    command.insert(command.end(), words.begin(), words.end());
    return run(command);
}

void Miniporch::start()
{
    _log = _folder / ("log-" + std::to_string(++_starts));
    std::vector<std::string> words{kProgram, "--db", file(), "--listen", "127.0.0.1:0"};
    words.insert(words.end(), _options.begin(), _options.end());
    _process = std::make_unique<BackgroundProcess>(words, _log);
    _port = portIn(_log, *_process);
}

int Miniporch::stop()
{
    _process->signal(SIGTERM);
    return _process->wait(kLimit);
}

void Miniporch::kill()
{
    _process->signal(SIGKILL);
    _process->wait(kLimit);
}

const std::string& Miniporch::administrator()
{
    if (_administrator.empty()) {
        const auto result = command({"issue-token", "--admin"});
        if (result.status != 0) {
            throw std::runtime_error("no administrator's token: " + result.error);
        }
        _administrator = result.output.substr(0, result.output.find('\n'));
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
    return HttpClient(_port).exchange(method, target, headersWith(token), body);
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
