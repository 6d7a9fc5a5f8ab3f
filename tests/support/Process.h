#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace notifyhost::test {

struct ProcessResult {
    int status{}; ///< exit status, or 128 + signal
    std::string output;
    std::string error;
};

/// How a program is started.
struct ProcessOptions {
    std::string input;                              ///< its standard input
    std::map<std::string, std::string> environment; ///< added to ours
    std::filesystem::path folder;                   ///< to start in; empty: ours
    std::chrono::seconds limit{60};                 ///< then it is killed and an error is thrown
};

/// Runs a program to its end. The first word is its path or a name looked up in PATH.
ProcessResult run(const std::vector<std::string>& command, const ProcessOptions& options = {});

/// A program in the background, killed by its id at the end if it still runs.
class BackgroundProcess {
public:
    /// Its standard output and error go to the file `log`.
    BackgroundProcess(const std::vector<std::string>& command, const std::filesystem::path& log,
                      const ProcessOptions& options = {});
    ~BackgroundProcess();
    BackgroundProcess(const BackgroundProcess&) = delete;
    BackgroundProcess& operator=(const BackgroundProcess&) = delete;

    pid_t id() const { return _id; }
    void signal(int number);
    bool running();
    /// Waits for its end; the exit status, or 128 + signal. Throws after the limit.
    int wait(std::chrono::seconds limit);

private:
    pid_t _id{};
    std::optional<int> _status;
};

/// A TCP port on 127.0.0.1 that nobody listens at right now.
int freePort();

/// Waits until something accepts connections on 127.0.0.1:port; throws after the limit.
void waitForPort(int port, std::chrono::seconds limit);

} // namespace notifyhost::test
