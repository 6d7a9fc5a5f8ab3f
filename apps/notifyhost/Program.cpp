#include "Program.h"

#include "config/Secrets.h"
#include "config/SectionNames.h"
#include "config/StateFolder.h"
#include "host/Installation.h"
#include "log/LogDictionary.h"
#include "storage/OwnFolder.h"

#include <notifyhost/TrustedFile.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <system_error>

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

namespace notifyhost::app {

namespace {

log::Style styleOf(const GlobalOptions& options)
{
    log::Style style;
    style.threshold = options.debug ? Level::debug : options.verbose ? Level::info : Level::warning;
    style.format = options.json ? log::Format::json : log::Format::text;
    style.colour = options.colour;
    return style;
}

config::Configuration read(const GlobalOptions& options, log::Redactor& redactor,
                           config::Findings& findings, const config::SecretsUsed& used)
{
    using config::Configuration;
    config::keepMemoryPrivate();
    if (!options.legacy) {
        return Configuration::load(options.configuration, config::Grammar::ours, redactor, findings,
                                   {}, used);
    }
    const auto complete = [&](config::IniFile& ini, config::Findings& problems) {
        completeLegacy(
            *options.legacy, [](const char* name) { return std::getenv(name); }, userName(), ini,
            problems);
    };
    return Configuration::load(options.configuration, config::Grammar::python, redactor, findings,
                               complete, used);
}

[[noreturn]] void refuseLogConfig(const std::filesystem::path& file, const std::string& text)
{
    config::Findings findings;
    findings.add({config::Finding::Severity::error, file.string(), 0, "", "", text});
    throw host::ConfigurationError(findings);
}

log::LogDictionary readLogConfig(const std::filesystem::path& file)
{
    constexpr std::size_t kLargest = std::size_t{1} << 20;
    try {
        return log::readLogDictionary(
            TrustedFile::open(file, FileUse::configuration).read(kLargest));
    } catch (const std::runtime_error& error) {
        refuseLogConfig(file, error.what());
    }
}

/// Opens a log file to append to it, without following a link but those of /dev. Root makes none
/// where its owner could not write to it any more, or where somebody else could lead it elsewhere.
/// Returns: null with the reason in trouble.
std::unique_ptr<std::ostream> openLogFile(const std::filesystem::path& file, std::string& trouble)
{
    const bool isDevice = file.string().starts_with("/dev/");
    if (!isDevice && ::geteuid() == 0) {
        trouble = storage::OwnFolder::objection(std::filesystem::absolute(file).parent_path());
        if (!trouble.empty()) {
            return nullptr;
        }
    }
    const int opened = ::open(
        file.c_str(),
        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | (isDevice ? 0 : O_NOFOLLOW), 0600);
    if (opened < 0) {
        trouble = errno == ELOOP ? "it is a link, which is not followed: name the file itself"
                                 : std::generic_category().message(errno);
        return nullptr;
    }
    auto stream = std::make_unique<std::ofstream>("/proc/self/fd/" + std::to_string(opened),
                                                  std::ios::app | std::ios::binary);
    trouble = stream->good() ? "" : std::generic_category().message(errno);
    ::close(opened);
    return stream;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string result;
    for (const auto& word : words) {
        result += (result.empty() ? "" : ", ") + word;
    }
    return result;
}

} // namespace

std::string operatorCommand(const GlobalOptions& options)
{
    return "notifyhost -c " + options.configuration.string() +
           (options.legacy ? " --as " + std::string(config::commandName(*options.legacy)) : "");
}

Program::Program(const GlobalOptions& options, const host::StopSignal& stop)
    : _options(options),
      _stop(stop),
      _output(STDOUT_FILENO, [&stop] { return stop.requested(); }),
      _logger(std::cerr, styleOf(options), _clock, _redactor)
{
    _logger.setRun(newRunId());
}

Program::~Program() = default;

void Program::openLog()
{
    if (_options.logConfig.empty()) {
        return;
    }
    const auto dictionary = readLogConfig(_options.logConfig);
    std::vector<log::Output> outputs;
    for (const auto& target : dictionary.targets) {
        auto style = styleOf(_options);
        style.threshold = target.threshold;
        std::ostream* stream = &std::cerr;
        if (!target.file.empty()) {
            std::string trouble;
            _logFiles.push_back(openLogFile(target.file, trouble));
            if (!trouble.empty()) {
                refuseLogConfig(_options.logConfig,
                                target.file.string() + " cannot be opened: " + trouble);
            }
            stream = _logFiles.back().get();
            style.colour = false;
        }
        outputs.push_back({stream, style});
    }
    _logger.setOutputs(std::move(outputs));
    if (!dictionary.ignored.empty()) {
        _logger.warning(
            _options.logConfig.string() +
            ": levels and file names are honoured, but not: " + joined(dictionary.ignored));
    }
}

host::Assembly& Program::assembly()
{
    return assemblyWhere([](const config::Finding&) { return true; });
}

host::Assembly& Program::assemblyFor(const std::string& name, AdminToken admin)
{
    const config::PipelineSettings* pipeline = nullptr;
    const auto concerns = [&](const config::Finding& finding) {
        pipeline = _configuration->pipeline(name);
        return pipeline == nullptr || _configuration->concerns(*pipeline, finding.section);
    };
    auto& result = assemblyWhere(concerns, {name, admin == AdminToken::used});
    result.pipeline(name);
    return result;
}

host::Assembly& Program::assemblyWhere(const Concerns& concerns, const config::SecretsUsed& used)
{
    config::Findings found;
    auto& result = assembly(found, used);
    config::Findings findings;
    for (auto finding : found.all()) {
        if (finding.severity == config::Finding::Severity::error && !concerns(finding)) {
            finding.severity = config::Finding::Severity::warning;
            finding.text += " (this stops only what uses it)";
        }
        findings.add(std::move(finding));
    }
    if (findings.hasErrors()) {
        throw host::ConfigurationError(findings);
    }
    for (const auto& finding : findings.all()) {
        _logger.warning(config::toText(finding));
    }
    return result;
}

host::Assembly& Program::assembly(config::Findings& findings, const config::SecretsUsed& used)
{
    if (!_assembly) {
        _configuration = read(_options, _redactor, findings, used);
        // What root makes there, its owner can no longer change.
        if (::geteuid() == 0) {
            judgeState(findings);
        }
        _assembly = std::make_unique<host::Assembly>(*_configuration, _redactor, _logger, _clock);
    }
    return *_assembly;
}

void Program::judgeState(config::Findings& findings) const
{
    if (const auto objection = config::objectionToState(_configuration->stateFolder());
        !objection.empty())
    {
        const auto* section = _configuration->ini().find("host");
        const auto* entry = section != nullptr ? section->find("state") : nullptr;
        findings.add({config::Finding::Severity::error,
                      entry != nullptr ? entry->file : _configuration->file().string(),
                      entry != nullptr ? entry->line : 0, "host", "state", objection});
    }
}

host::PluginLoader& Program::loader()
{
    if (_options.configuration != kDefaultConfiguration ||
        std::filesystem::exists(_options.configuration))
    {
        return assemblyWhere([](const config::Finding& finding) {
                   return !config::isOfPipelines(finding.section);
               })
            .loader();
    }
    if (!_installed) {
        _installed =
            std::make_unique<host::PluginLoader>(std::vector{host::locateInstallation().plugins});
    }
    return *_installed;
}

void Program::print(std::string_view text)
{
    _output.write(_redactor.redact(text));
}

void Program::report(const config::Findings& findings)
{
    for (const auto& finding : findings.all()) {
        const bool isError = finding.severity == config::Finding::Severity::error;
        std::cerr << (isError ? "" : "warning: ")
                  << _redactor.redact(log::escapeControls(config::toText(finding))) << '\n';
    }
}

bool printAlone(std::string_view text)
{
    host::OutputStream output(STDOUT_FILENO);
    output.write(text);
    if (!output.trouble().empty()) {
        std::cerr << "notifyhost: standard output cannot be written: " << output.trouble() << '\n';
    }
    return output.trouble().empty();
}

std::string newRunId()
{
    std::random_device random;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string id;
    for (int digit = 0; digit < 8; ++digit) {
        id += kDigits[random() % kDigits.size()];
    }
    return id;
}

std::string userName()
{
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
        found != nullptr) {
        return entry.pw_name;
    }
    return "uid " + std::to_string(::getuid());
}

} // namespace notifyhost::app
