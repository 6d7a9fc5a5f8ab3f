#include "Commands.h"
#include "Failures.h"
#include "LegacyTools.h"
#include "Program.h"
#include "Signals.h"
#include "host/OutputStream.h"

#include <CLI/CLI.hpp>

#include <array>
#include <iostream>
#include <sstream>

#include <sys/stat.h>

namespace {

using namespace notifyhost;

/// How a command takes the wish that it end.
enum class Ending {
    orderly, ///< when what it has in hand is done
    soon     ///< within a second, wherever it is: it changes nothing, or giving it again goes on
};

struct Command {
    const char* name;
    const char* help;
    app::Action (*define)(CLI::App&);
    Ending ending;
};

constexpr std::array kCommands{
    Command{"add", "Find events and add them to the pipeline's queue", app::defineAdd,
            Ending::soon},
    Command{"run", "Claim tasks and tell the people they are for", app::defineRun, Ending::orderly},
    Command{"register", "Make the pipeline and its version known to the queue", app::defineRegister,
            Ending::orderly},
    Command{"token", "Make a token for the pipeline and print it", app::defineToken,
            Ending::orderly},
    Command{"check", "Find everything wrong with the configuration", app::defineCheck,
            Ending::soon},
    Command{"preview", "Show what would be sent, sending and claiming nothing", app::definePreview,
            Ending::soon},
    Command{"status", "Show how pipelines stand", app::defineStatus, Ending::soon},
    Command{"list", "List a pipeline's tasks", app::defineList, Ending::soon},
    Command{"explain", "Tell the life of one task and what to do about it", app::defineExplain,
            Ending::soon},
    Command{"retry", "Make what was not accepted of tasks due again", app::defineRetry,
            Ending::orderly},
    Command{"approve", "Send what is held of tasks", app::defineApprove, Ending::orderly},
    Command{"cancel", "Do not send what waits of tasks", app::defineCancel, Ending::orderly},
    Command{"retell", "Tell again on purpose what has ended", app::defineRetell, Ending::orderly},
    Command{"acknowledge", "Say that what status asks about was seen", app::defineAcknowledge,
            Ending::orderly},
    Command{"takeover", "Answer for tasks of a host that is gone", app::defineTakeover,
            Ending::orderly},
    Command{"adopt", "Take tasks of a former porch_name into a pipeline", app::defineAdopt,
            Ending::orderly},
    Command{"plugins", "List the plugins that were found", app::definePlugins, Ending::soon},
    Command{"describe", "Print the settings of a plugin, or the host's", app::defineDescribe,
            Ending::soon},
    Command{"test-transport", "Talk to a transport's peer, stage by stage",
            app::defineTestTransport, Ending::soon},
};

int usage(const CLI::App& application, const CLI::ParseError& error)
{
    if (error.get_exit_code() == 0) {
        std::ostringstream text;
        application.exit(error, text, text);
        return static_cast<int>(app::printAlone(text.str()) ? host::ExitStatus::ok
                                                            : host::ExitStatus::disk);
    }
    std::cerr << "notifyhost: " << error.what() << "\nRun notifyhost --help, or notifyhost COMMAND "
              << "--help.\n";
    return static_cast<int>(host::ExitStatus::usage);
}

void addOptions(CLI::App& application, app::GlobalOptions& options)
{
    application.add_option("-c,--config", options.configuration,
                           "Configuration file (default " + options.configuration.string() + ")");
    application
        .add_option_function<std::string>(
            "--as",
            [&options](const std::string& command) {
                options.legacy = config::legacyTool(command);
            },
            "The configuration is the file of this command: npg_ont_event_notification, with the "
            "pipeline ont, or npg_qc_state_notification, with the pipeline pacbio")
        ->check(CLI::IsMember({"npg_ont_event_notification", "npg_qc_state_notification"}));
    auto* verbose = application.add_flag("-v,--verbose", options.verbose, "Log at level INFO");
    auto* debug = application.add_flag("-d,--debug", options.debug, "Log at level DEBUG");
    auto* logConfig = application.add_option(
        "--log-config,--log_config", options.logConfig,
        "JSON file in the form of Python's logging dictionary: its levels and file names count");
    auto* json = application.add_flag("--log-json,--log_json", options.json, "Log lines as JSON");
    auto* colour = application.add_flag("--colour", options.colour, "Coloured log");
    verbose->excludes(debug)->excludes(logConfig);
    debug->excludes(logConfig);
    colour->excludes(json);
    application.set_version_flag("--version", std::string("notifyhost ") + NOTIFYHOST_VERSION);
}

} // namespace

int main(int argc, char** argv)
{
    host::occupyStandardDescriptors();
    ::umask(077);
    app::handleSignals();
    const std::string name = argc > 0 ? std::filesystem::path(argv[0]).filename() : "";
    if (const auto tool = config::legacyTool(name)) {
        return app::runLegacyTool(*tool, {argv + 1, argv + argc});
    }
    CLI::App application{"Tells a sequencing facility's customers what happened to their data.",
                         "notifyhost"};
    app::GlobalOptions options;
    addOptions(application, options);
    application.require_subcommand(1);
    application.fallthrough();
    app::Action chosen;
    for (const auto& command : kCommands) {
        auto* sub = application.add_subcommand(command.name, command.help);
        const auto action = command.define(*sub);
        const auto ending = command.ending;
        sub->callback([&chosen, action, ending] {
            chosen = action;
            if (ending == Ending::soon) {
                app::endSoonWhenAsked();
            }
        });
    }
    try {
        application.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return usage(application, error);
    }
    app::Program program(options, app::stopSignal());
    return static_cast<int>(app::withFailuresReported(program, chosen));
}
