#include "support/MiniporchServer.h"

#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

namespace notifyhost::test {

namespace {

const std::string kProgram = std::string(BUILD_ROOT) + "/bin/miniporch";
constexpr std::chrono::seconds kLimit{30};

/// The port in the program's first line, "listening on http://127.0.0.1:40123", once it is there.
int portIn(const std::filesystem::path& log, BackgroundProcess& process)
{
    const auto deadline = std::chrono::steady_clock::now() + kLimit;
    for (;;) {
        const std::string said = std::filesystem::exists(log) ? readFile(log) : "";
        // Warnings may stand before it.
        const auto begin = said.find("listening on http");
        const auto end = said.find('\n', begin);
        if (begin != std::string::npos && end != std::string::npos) {
            return std::stoi(said.substr(said.rfind(':', end) + 1));
        }
        if (!process.running() || std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("miniporch does not listen; it said: " + said);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

} // namespace

ProcessResult miniporch(std::vector<std::string> words)
{
    words.insert(words.begin(), kProgram);
    return run(words);
}

MiniporchServer::MiniporchServer(std::vector<std::string> options,
                                 const std::filesystem::path& file)
    : _file(file.empty() ? _folder / "queue.sqlite" : file), _options(std::move(options))
{
    start();
}

void MiniporchServer::start()
{
    _log = _folder / ("log-" + std::to_string(++_starts));
    std::vector<std::string> words{kProgram, "--db", _file, "--listen", "127.0.0.1:0"};
    words.insert(words.end(), _options.begin(), _options.end());
    _process = std::make_unique<BackgroundProcess>(words, _log);
    _port = portIn(_log, *_process);
}

int MiniporchServer::stop()
{
    _process->signal(SIGTERM);
    return _process->wait(kLimit);
}

void MiniporchServer::kill()
{
    _process->signal(SIGKILL);
    _process->wait(kLimit);
}

ProcessResult MiniporchServer::command(const std::vector<std::string>& words) const
{
    std::vector<std::string> all{"--db", _file};
    all.insert(all.end(), words.begin(), words.end());
    return miniporch(std::move(all));
}

std::string MiniporchServer::administratorToken() const
{
    const auto result = command({"issue-token", "--admin"});
    if (result.status != 0) {
        throw std::runtime_error("miniporch makes no token: " + result.error);
    }
    return result.output.substr(0, result.output.find('\n'));
}

} // namespace notifyhost::test
