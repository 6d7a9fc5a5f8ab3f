#include "support/Process.h"

#include "support/TemporaryFolder.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace notifyhost::test {

namespace {

int decode(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void redirect(const std::filesystem::path& file, int flags, int target)
{
    const int descriptor = ::open(file.c_str(), flags, 0600);
    if (descriptor < 0 || ::dup2(descriptor, target) < 0) {
        ::_exit(126);
    }
    ::close(descriptor);
}

pid_t start(const std::vector<std::string>& command, const ProcessOptions& options,
            const std::filesystem::path& input, const std::filesystem::path& output,
            const std::filesystem::path& error)
{
    std::map<std::string, std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        environment[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
    }
    for (const auto& [name, value] : options.environment) {
        environment[name] = value;
    }
    std::vector<std::string> assignments;
    for (const auto& [name, value] : environment) {
        assignments.push_back(name + "=" + value);
    }
    std::vector<char*> environmentPointers;
    for (auto& assignment : assignments) {
        environmentPointers.push_back(assignment.data());
    }
    environmentPointers.push_back(nullptr);
    std::vector<std::string> words = command;
    std::vector<char*> wordPointers;
    for (auto& word : words) {
        wordPointers.push_back(word.data());
    }
    wordPointers.push_back(nullptr);
    const pid_t id = ::fork();
    if (id < 0) {
        throw std::runtime_error(std::string("cannot fork: ") + std::strerror(errno));
    }
    if (id == 0) {
        redirect(input, O_RDONLY, STDIN_FILENO);
        redirect(output, O_WRONLY | O_CREAT | O_APPEND, STDOUT_FILENO);
        redirect(error, O_WRONLY | O_CREAT | O_APPEND, STDERR_FILENO);
        if (!options.folder.empty() && ::chdir(options.folder.c_str()) != 0) {
            ::_exit(126);
        }
        ::execvpe(wordPointers[0], wordPointers.data(), environmentPointers.data());
        ::_exit(127);
    }
    return id;
}

std::optional<int> waitUntil(pid_t id, std::chrono::steady_clock::time_point deadline)
{
    auto pause = std::chrono::milliseconds{1};
    for (;;) {
        int status = 0;
        if (::waitpid(id, &status, WNOHANG) == id) {
            return decode(status);
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return std::nullopt;
        }
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds{20});
    }
}

} // namespace

ProcessResult run(const std::vector<std::string>& command, const ProcessOptions& options)
{
    TemporaryFolder folder;
    const auto input = folder.write("input", options.input);
    const auto output = folder.write("output", "");
    const auto error = folder.write("error", "");
    const pid_t id = start(command, options, input, output, error);
    const auto status = waitUntil(id, std::chrono::steady_clock::now() + options.limit);
    if (!status) {
        ::kill(id, SIGKILL);
        ::waitpid(id, nullptr, 0);
        throw std::runtime_error(command.front() + " did not end in time; it said: " +
                                 readFile(output) + readFile(error));
    }
    return {*status, readFile(output), readFile(error)};
}

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& command,
                                     const std::filesystem::path& log,
                                     const ProcessOptions& options)
{
    _id = start(command, options, "/dev/null", log, log);
}

BackgroundProcess::~BackgroundProcess()
{
    if (running()) {
        ::kill(_id, SIGKILL);
        ::waitpid(_id, nullptr, 0);
    }
}

void BackgroundProcess::signal(int number)
{
    if (running()) {
        ::kill(_id, number);
    }
}

bool BackgroundProcess::running()
{
    if (!_status) {
        int status = 0;
        if (::waitpid(_id, &status, WNOHANG) == _id) {
            _status = decode(status);
        }
    }
    return !_status;
}

int BackgroundProcess::wait(std::chrono::seconds limit)
{
    if (!_status) {
        _status = waitUntil(_id, std::chrono::steady_clock::now() + limit);
    }
    if (!_status) {
        throw std::runtime_error("process " + std::to_string(_id) + " did not end in time");
    }
    return *_status;
}

int freePort()
{
    // Below the ports that the kernel gives to clients, and at random: tests run side by side.
    constexpr int kLowest = 20'000;
    constexpr int kHighest = 32'000;
    std::random_device random;
    std::uniform_int_distribution<int> ports(kLowest, kHighest);
    for (int attempt = 0; attempt < 100; ++attempt) {
        const int port = ports(random);
        const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool free =
            descriptor >= 0 &&
            ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(descriptor);
        if (free) {
            return port;
        }
    }
    throw std::runtime_error("no free port on 127.0.0.1");
}

void waitForPort(int port, std::chrono::seconds limit)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool connected =
            ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(descriptor);
        if (connected) {
            return;
        }
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("nothing listens on 127.0.0.1:" + std::to_string(port));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

} // namespace notifyhost::test
