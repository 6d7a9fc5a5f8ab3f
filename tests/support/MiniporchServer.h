#pragma once

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// The program miniporch on a file of its own and a port that it chose, for tests of what talks to
/// it. Killed at the end. Errors: std::runtime_error with what it said where it does not listen.
class MiniporchServer {
public:
    /// options: more words of its command line.
    explicit MiniporchServer(const std::vector<std::string>& options = {});

    int port() const { return _port; }
    pid_t id() const { return _process->id(); }

    /// A new administrator's token.
    std::string administratorToken() const;

private:
    TemporaryFolder _folder;
    std::unique_ptr<BackgroundProcess> _process;
    int _port{};
};

} // namespace notifyhost::test
