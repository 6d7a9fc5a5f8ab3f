#include "Commands.h"
#include "Program.h"
#include "SettingsPage.h"
#include "host/PluginCall.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

namespace {

struct Options {
    std::string plugin;
    bool markdown{};
};

SettingsPage pageOf(host::PluginLoader& loader, const std::string& name)
{
    const auto plugin = loader.describe(name);
    return {plugin.name + " " + plugin.version + ": " + plugin.description + " (" + plugin.kind +
                ", " + plugin.licence + ")",
            host::callPlugin("the plugin '" + name + "' in settings()", [&] {
                return plugin.kind == "transport" ? loader.makeTransport(name)->settings()
                                                  : loader.makeSource(name)->settings();
            })};
}

} // namespace

Action defineDescribe(CLI::App& command)
{
    const auto options = std::make_shared<Options>();
    command.add_option("PLUGIN", options->plugin,
                       "A plugin's name; `notifyhost plugins` lists them. Without one, the host's "
                       "own sections");
    command.add_flag("--markdown", options->markdown, "As tables for a document");
    return [options](Program& program) {
        const auto pages = options->plugin.empty()
                               ? hostPages()
                               : std::vector{pageOf(program.loader(), options->plugin)};
        std::string separator;
        for (const auto& page : pages) {
            program.print(separator + (options->markdown ? toMarkdown(page) : toText(page)));
            separator = "\n";
        }
        return host::ExitStatus::ok;
    };
}

} // namespace notifyhost::app
