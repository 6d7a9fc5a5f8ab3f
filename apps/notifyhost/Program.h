#pragma once

#include "config/Configuration.h"
#include "config/LegacySections.h"
#include "host/Assembly.h"
#include "host/ExitStatus.h"
#include "host/HostClock.h"
#include "host/OutputStream.h"
#include "host/StopSignal.h"
#include "log/Logger.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::app {

inline constexpr const char* kDefaultConfiguration = "/etc/notifyhost/notifyhost.ini";

/// The options before the command.
struct GlobalOptions {
    std::filesystem::path configuration{kDefaultConfiguration};
    bool verbose{};
    bool debug{};
    bool json{};
    bool colour{};
    std::filesystem::path logConfig;          ///< Python's logging dictionary; empty: none
    std::optional<config::LegacyTool> legacy; ///< whose file the configuration is; nullopt: ours
};

/// How the operator gives a command for this configuration: `notifyhost -c FILE`, with more where
/// it is a Python tool's file.
std::string operatorCommand(const GlobalOptions& options);

/// What all commands share. Reads and loads nothing before a command asks for it.
class Program {
public:
    Program(const GlobalOptions& options, const host::StopSignal& stop);
    ~Program();

    /// Sends the log where --log-config says. Errors: host::ConfigurationError.
    void openLog();

    /// Reads the configuration. Errors: host::ConfigurationError with everything that is wrong.
    host::Assembly& assembly();

    /// The same for a command about one pipeline: what is wrong with others only is a warning.
    /// Of the secrets only those are read that it uses. Shape: of a Program's questions for an
    /// assembly the first decides which secrets are read.
    /// Errors: host::ConfigurationError also where there is no such pipeline.
    enum class AdminToken { unused, used };
    host::Assembly& assemblyFor(const std::string& pipeline, AdminToken admin = AdminToken::unused);

    /// The same for a command about certain sections and those that all share.
    using Concerns = std::function<bool(const config::Finding&)>;
    host::Assembly& assemblyWhere(const Concerns& concerns, const config::SecretsUsed& used = {});

    /// The same, with findings left to the caller instead of thrown.
    host::Assembly& assembly(config::Findings& findings, const config::SecretsUsed& used = {});

    /// Adds what keeps this user from the state folder. Root is told so by every command, when the
    /// configuration is read. Shape: after assembly().
    void judgeState(config::Findings& findings) const;

    /// The plugins; without a configuration those of this installation, where the default file does
    /// not exist. Errors: as assembly().
    host::PluginLoader& loader();

    log::Logger& logger() { return _logger; }
    log::Redactor& redactor() { return _redactor; }
    const host::HostClock& clock() const { return _clock; }
    const host::StopSignal& stop() const { return _stop; }
    const GlobalOptions& options() const { return _options; }

    /// Writes data to standard output, with secrets blotted out. What cannot be written is told of
    /// at the end: see output().
    void print(std::string_view text);

    /// What print() writes to.
    const host::OutputStream& output() const { return _output; }

    /// Writes every finding to standard error, one a line.
    void report(const config::Findings& findings);

private:
    GlobalOptions _options;
    const host::StopSignal& _stop;
    host::SystemHostClock _clock;
    host::OutputStream _output;
    log::Redactor _redactor;
    std::vector<std::unique_ptr<std::ostream>> _logFiles;
    log::Logger _logger;
    std::optional<config::Configuration> _configuration;
    std::unique_ptr<host::Assembly> _assembly;
    std::unique_ptr<host::PluginLoader> _installed;
};

/// Writes what is asked for without a command, such as --help, to standard output.
/// Returns: whether it could; standard error has been told otherwise.
bool printAlone(std::string_view text);

/// Eight random hex digits, the same for all log lines of one run.
std::string newRunId();

/// The user who gave the command, for the record.
std::string userName();

} // namespace notifyhost::app
