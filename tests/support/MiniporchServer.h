#pragma once

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// Runs `miniporch WORDS…` to its end.
ProcessResult miniporch(std::vector<std::string> words);

/// The program miniporch, serving a queue file on a port that it chooses. Killed at the end.
/// Errors: std::runtime_error with what it said where it does not listen.
class MiniporchServer {
public:
    /// options: more words of its command line. file: where it is not one of its own.
    explicit MiniporchServer(std::vector<std::string> options = {},
                             const std::filesystem::path& file = {});

    /// Once more after its end; it may choose another port.
    void start();
    /// Its exit status after SIGTERM.
    int stop();
    void kill();
    BackgroundProcess& process() { return *_process; }
    pid_t id() const { return _process->id(); }

    int port() const { return _port; }
    const std::string& file() const { return _file; }
    /// What it said since its last start.
    std::string log() const { return readFile(_log); }
    const TemporaryFolder& folder() const { return _folder; }

    /// Runs `miniporch --db FILE WORDS…` to its end.
    ProcessResult command(const std::vector<std::string>& words) const;
    /// A new administrator's token.
    std::string administratorToken() const;

private:
    TemporaryFolder _folder;
    std::string _file;
    std::vector<std::string> _options;
    std::filesystem::path _log;
    std::unique_ptr<BackgroundProcess> _process;
    int _port{};
    int _starts{};
};

} // namespace notifyhost::test
