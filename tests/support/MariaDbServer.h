#pragma once

#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace notifyhost::test {

/// A MariaDB server of its own on 127.0.0.1: private data folder, free port, `root` without a
/// password through its socket and through TCP. Started by the constructor (two to three seconds,
/// so share one per test program), stopped and removed by the destructor.
/// Errors: std::runtime_error with what the server or the client said.
class MariaDbServer {
public:
    MariaDbServer();

    int port() const { return _port; }

    /// Stops it in good order. What it holds stays.
    void stop();

    /// Starts it again, at the same port, with options of mariadbd added.
    void start(const std::vector<std::string>& options = {});

    /// Runs SQL as root, several statements, in a schema or in none. Returns the rows, columns
    /// parted by tabs, NULL as the word NULL, one line each.
    std::string execute(const std::string& sql, const std::string& schema = {});

    /// Runs the SQL of a file as root in a schema.
    void load(const std::string& schema, const std::filesystem::path& file);

private:
    void install();
    bool answers();
    std::vector<std::string> clientCommand(const std::string& schema) const;
    std::filesystem::path dataFolder() const { return _folder / "data"; }
    std::filesystem::path socketFile() const { return _folder / "socket"; }
    std::filesystem::path logFile() const { return _folder / "log"; }

    TemporaryFolder _folder;
    int _port{};
    std::unique_ptr<BackgroundProcess> _process; ///< after the folder: it ends first
};

} // namespace notifyhost::test
