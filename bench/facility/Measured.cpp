#include "Measured.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::bench {

namespace {

[[noreturn]] void become(const std::vector<std::string>& command, const char* input)
{
    ::dup2(::open(input, O_RDONLY), STDIN_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    std::vector<char*> words;
    for (const auto& word : command) {
        words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    ::execv(words.front(), words.data());
    ::_exit(127);
}

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

Cost measured(const std::vector<std::string>& command, const std::filesystem::path& input,
              const std::vector<int>& accepted)
{
    const std::string source = input.empty() ? "/dev/null" : input.string();
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        become(command, source.c_str());
    }
    int status = 0;
    rusage usage{};
    if (child < 0 || ::wait4(child, &status, 0, &usage) != child) {
        throw std::runtime_error("cannot start " + command.front());
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (std::find(accepted.begin(), accepted.end(), code) == accepted.end()) {
        std::string words;
        for (const auto& word : command) {
            words += " " + word;
        }
        throw std::runtime_error("ended with " + std::to_string(code) + ":" + words);
    }
    return {wall.count(), seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss};
}

Cost medianOf(std::vector<Cost> costs)
{
    std::sort(costs.begin(), costs.end(),
              [](const Cost& one, const Cost& other) { return one.wall < other.wall; });
    Cost median = costs.at(costs.size() / 2);
    for (const auto& cost : costs) {
        median.peakMemory = std::max(median.peakMemory, cost.peakMemory);
    }
    return median;
}

} // namespace notifyhost::bench
