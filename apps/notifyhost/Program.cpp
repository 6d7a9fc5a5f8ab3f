#include "Program.h"

#include "host/Installation.h"

#include <array>
#include <iostream>
#include <random>

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

} // namespace

Program::Program(const GlobalOptions& options, const host::StopSignal& stop)
    : _options(options), _stop(stop), _logger(std::cerr, styleOf(options), _clock, _redactor)
{
    _logger.setRun(newRunId());
}

Program::~Program() = default;

host::Assembly& Program::assembly()
{
    config::Findings findings;
    auto& result = assembly(findings);
    if (findings.hasErrors()) {
        throw host::ConfigurationError(findings);
    }
    for (const auto& finding : findings.all()) {
        _logger.warning(config::toText(finding));
    }
    return result;
}

host::Assembly& Program::assembly(config::Findings& findings)
{
    if (!_assembly) {
        _configuration = config::Configuration::load(_options.configuration, config::Grammar::ours,
                                                     _redactor, findings);
        _assembly = std::make_unique<host::Assembly>(*_configuration, _redactor, _logger, _clock);
    }
    return *_assembly;
}

host::PluginLoader& Program::loader()
{
    if (_options.configuration != kDefaultConfiguration ||
        std::filesystem::exists(_options.configuration))
    {
        return assembly().loader();
    }
    if (!_installed) {
        _installed =
            std::make_unique<host::PluginLoader>(std::vector{host::locateInstallation().plugins});
    }
    return *_installed;
}

void Program::print(std::string_view text)
{
    std::cout << _redactor.redact(text);
    std::cout.flush();
}

void Program::report(const config::Findings& findings)
{
    for (const auto& finding : findings.all()) {
        const bool isError = finding.severity == config::Finding::Severity::error;
        std::cerr << (isError ? "" : "warning: ")
                  << _redactor.redact(log::escapeControls(config::toText(finding))) << '\n';
    }
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
