#include "support/MiniporchServer.h"

#include <stdexcept>
#include <thread>

namespace notifyhost::test {

namespace {

const std::string kProgram = std::string(BUILD_ROOT) + "/bin/miniporch";
constexpr std::chrono::seconds kLimit{30};

} // namespace

MiniporchServer::MiniporchServer(const std::vector<std::string>& options)
{
    std::vector<std::string> words{kProgram, "--db", (_folder / "queue.sqlite").string(),
                                   "--listen", "127.0.0.1:0"};
    words.insert(words.end(), options.begin(), options.end());
    const auto log = _folder.write("log", "");
    _process = std::make_unique<BackgroundProcess>(words, log);
    // Its first line names the port: "listening on http://127.0.0.1:40123".
    const auto deadline = std::chrono::steady_clock::now() + kLimit;
    std::string said;
    while (said.find('\n') == std::string::npos) {
        if (!_process->running() || std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("miniporch does not listen; it said: " + said);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        said = readFile(log);
    }
    said.resize(said.find('\n'));
    const auto colon = said.rfind(':');
    if (!said.starts_with("listening on http") || colon == std::string::npos) {
        throw std::runtime_error("miniporch does not name its port; it said: " + said);
    }
    _port = std::stoi(said.substr(colon + 1));
}

std::string MiniporchServer::administratorToken() const
{
    const auto result =
        run({kProgram, "--db", (_folder / "queue.sqlite").string(), "issue-token", "--admin"});
    if (result.status != 0) {
        throw std::runtime_error("miniporch makes no token: " + result.error);
    }
    return result.output.substr(0, result.output.find('\n'));
}

} // namespace notifyhost::test
