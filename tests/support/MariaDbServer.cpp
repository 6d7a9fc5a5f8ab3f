#include "support/MariaDbServer.h"

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace notifyhost::test {

namespace {

constexpr int kPortsToTry = 3;
constexpr std::chrono::seconds kStartLimit{60};

/// Nothing here need survive the machine, so nothing waits for the disk.
void addCommonOptions(std::vector<std::string>& command)
{
    for (const char* option :
         {"--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M",
          "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0", "--sync-frm=0"})
    {
        command.emplace_back(option);
    }
    if (::geteuid() == 0) {
        command.emplace_back("--user=root"); // without it the server refuses to run as root
    }
}

} // namespace

MariaDbServer::MariaDbServer()
{
    install();
    for (int attempt = 1;; ++attempt) {
        _port = freePort();
        try {
            start();
            return;
        } catch (const std::runtime_error&) {
            if (attempt == kPortsToTry) {
                throw;
            }
        }
    }
}

void MariaDbServer::install()
{
    std::vector<std::string> command{"mariadb-install-db", "--no-defaults",
                                     "--datadir=" + dataFolder().string(),
                                     "--auth-root-authentication-method=normal", "--skip-test-db"};
    addCommonOptions(command);
    const ProcessResult result = run(command);
    if (result.status != 0) {
        throw std::runtime_error("mariadb-install-db failed: " + result.output + result.error);
    }
}

void MariaDbServer::start(const std::vector<std::string>& options)
{
    std::vector<std::string> command{"/usr/sbin/mariadbd",
                                     "--no-defaults",
                                     "--datadir=" + dataFolder().string(),
                                     "--socket=" + socketFile().string(),
                                     "--pid-file=" + (_folder / "pid").string(),
                                     "--port=" + std::to_string(_port),
                                     "--bind-address=127.0.0.1",
                                     "--skip-log-bin",
                                     "--skip-name-resolve",
                                     "--performance-schema=OFF"};
    addCommonOptions(command);
    command.insert(command.end(), options.begin(), options.end());
    _process = std::make_unique<BackgroundProcess>(command, logFile());
    const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
    while (!answers()) {
        if (!_process->running() || std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error("mariadbd did not start: " + readFile(logFile()));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

void MariaDbServer::stop()
{
    _process->signal(SIGTERM);
    _process->wait(kStartLimit);
    _process.reset();
}

bool MariaDbServer::answers()
{
    if (!std::filesystem::exists(socketFile())) {
        return false;
    }
    ProcessOptions options;
    options.input = "SELECT 1";
    return run(clientCommand({}), options).status == 0;
}

std::string MariaDbServer::execute(const std::string& sql, const std::string& schema)
{
    ProcessOptions options;
    options.input = sql;
    const ProcessResult result = run(clientCommand(schema), options);
    if (result.status != 0) {
        throw std::runtime_error("mariadb refused: " + result.error);
    }
    return result.output;
}

void MariaDbServer::load(const std::string& schema, const std::filesystem::path& file)
{
    execute(readFile(file), schema);
}

std::vector<std::string> MariaDbServer::clientCommand(const std::string& schema) const
{
    return {"mariadb",
            "--no-defaults",
            "--socket=" + socketFile().string(),
            "--user=root",
            "--default-character-set=utf8mb4",
            "--batch",
            "--skip-column-names",
            "--database=" + schema};
}

} // namespace notifyhost::test
