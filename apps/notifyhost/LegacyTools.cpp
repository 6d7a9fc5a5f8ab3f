#include "LegacyTools.h"

#include "Actions.h"
#include "Failures.h"
#include "LegacyArguments.h"
#include "Program.h"
#include "Signals.h"

#include <iostream>

namespace notifyhost::app {

namespace {

using Role = LegacyOption::Role;

constexpr int kUsage = 2;

const LegacyOption kHelp{{"-h", "--help"}, "show this help and end", Role::help};

LegacyGrammar ontGrammar()
{
    constexpr int kVerbosity = 1;
    constexpr int kLook = 2;
    return {"npg_ont_event_notification",
            "Tells the contacts of Oxford Nanopore runs that something happened to them.",
            {{"add", "read baton JSON lines, add a task for each"},
             {"run", "claim tasks and tell the people they are for"},
             {"register", "make the pipeline known to porch"},
             {"token", "make a pipeline token and print it"}},
            {
                kHelp,
                {{"--conf-file-path", "--conf_file_path"},
                 "configuration file",
                 Role::value,
                 "FILE",
                 {},
                 0,
                 true},
                {{"--event"},
                 "what happened, for add; by default the run was uploaded",
                 Role::value,
                 "NAME",
                 {"UPLOADED", "BASECALLED", "BASECALLED_HAC", "BASECALLED_SUP", "BASECALLED_MOD"}},
                {{"--input"}, "where add reads; - is standard input", Role::value, "FILE"},
                {{"--output"}, "where add writes; - is standard output", Role::value, "FILE"},
                {{"-v", "--verbose"}, "log at level INFO", Role::flag, "", {}, kVerbosity},
                {{"-d", "--debug"}, "log at level DEBUG", Role::flag, "", {}, kVerbosity},
                {{"--log-config", "--log_config"},
                 "JSON file in the form of Python's logging dictionary",
                 Role::value,
                 "FILE",
                 {},
                 kVerbosity},
                {{"--colour"}, "coloured log", Role::flag, "", {}, kLook},
                {{"--log-json", "--log_json"}, "log lines as JSON", Role::flag, "", {}, kLook},
                {{"--version"}, "show the version and end", Role::version},
            }};
}

LegacyGrammar pacbioGrammar()
{
    return {"qc_state_notification",
            "Tells the contacts of studies about the QC states of their PacBio wells.",
            {{"register", "find recent QC states, add a task for each"},
             {"process", "claim tasks and tell the people they are for"}},
            {
                kHelp,
                {{"--conf_file_path"}, "configuration file", Role::value, "FILE", {}, 0, true},
            }};
}

GlobalOptions globalOptions(config::LegacyTool tool, const LegacyArguments& arguments)
{
    GlobalOptions options;
    options.legacy = tool;
    options.configuration =
        arguments.value(tool == config::LegacyTool::ont ? "--conf-file-path" : "--conf_file_path");
    // The PacBio tool has no option for it: its log always tells what it did.
    options.verbose = arguments.has("-v") || tool == config::LegacyTool::pacbio;
    options.debug = arguments.has("-d");
    options.logConfig = arguments.value("--log-config");
    options.colour = arguments.has("--colour");
    options.json = arguments.has("--log-json");
    return options;
}

/// Both tools' sources ask it, so without it nothing is claimed.
void requireWarehouse(const host::Assembly& assembly)
{
    if (!assembly.configuration().warehouse().configured) {
        config::Findings findings;
        findings.add({config::Finding::Severity::error, assembly.configuration().file().string(), 0,
                      "MySQL MLWH", "",
                      "is missing: the warehouse, with dbhost, dbport, dbuser, dbpassword and "
                      "dbschema"});
        throw host::ConfigurationError(findings);
    }
}

host::ExitStatus runTool(Program& program, config::LegacyTool tool)
{
    const std::string name = config::legacyPipeline(tool);
    requireWarehouse(program.assemblyFor(name));
    const auto before = program.logger().written(Level::warning);
    const auto status = runPipeline(program, name);
    const bool advises = status == host::ExitStatus::ok || status == host::ExitStatus::someFailed ||
                         status == host::ExitStatus::later;
    if (advises && program.logger().written(Level::warning) > before) {
        program.logger().warning("where `notifyhost COMMAND` is named above, give it as `" +
                                 operatorCommand(program.options()) + " COMMAND`");
    }
    return status;
}

host::ExitStatus act(Program& program, config::LegacyTool tool, const LegacyArguments& arguments)
{
    AddRequest request;
    request.pipeline = config::legacyPipeline(tool);
    const std::string& action = arguments.action;
    if (action == "run" || action == "process") {
        return runTool(program, tool);
    }
    if (action == "token") {
        return printToken(program, request.pipeline, "");
    }
    if (action == "register" && tool == config::LegacyTool::ont) {
        return registerPipeline(program, request.pipeline);
    }
    endSoonWhenAsked();
    request.files = {arguments.value("--input", "-"), arguments.value("--output", "-")};
    if (arguments.has("--event")) {
        // As given: the text is part of the task's identity.
        request.overrides["event"] = arguments.value("--event");
    }
    return addEvents(program, request);
}

} // namespace

int runLegacyTool(config::LegacyTool tool, const std::vector<std::string>& words)
{
    const LegacyGrammar grammar = tool == config::LegacyTool::ont ? ontGrammar() : pacbioGrammar();
    LegacyArguments arguments;
    try {
        arguments = readLegacyArguments(grammar, words);
    } catch (const LegacyUsageError& error) {
        std::cerr << legacyUsage(grammar) << grammar.program
                  << ": error: " << log::escapeControls(error.what()) << '\n';
        return kUsage;
    }
    if (arguments.wanted == LegacyArguments::Wanted::help) {
        return printAlone(legacyHelp(grammar)) ? 0 : 1;
    }
    if (arguments.wanted == LegacyArguments::Wanted::version) {
        return printAlone("notifyhost " NOTIFYHOST_VERSION "\n") ? 0 : 1;
    }
    Program program(globalOptions(tool, arguments), stopSignal());
    const auto status =
        withFailuresReported(program, [&](Program& given) { return act(given, tool, arguments); });
    return status == host::ExitStatus::ok ? 0 : 1;
}

} // namespace notifyhost::app
