#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

Action definePlugins(CLI::App&)
{
    return [](Program& program) {
        auto status = host::ExitStatus::ok;
        const auto found = program.loader().find();
        for (const auto& plugin : found) {
            const auto& what = plugin.description;
            if (!plugin.refusal.empty()) {
                status = host::ExitStatus::someFailed;
                program.print(what.name + "\trefused\t" + plugin.refusal + "\n");
                continue;
            }
            program.print(what.name + "\t" + what.kind + "\t" + what.version + "\t" +
                          what.description + "\t" + what.licence + "\tSDK " + what.sdkVersion +
                          "\t" + what.file.string() + "\n");
        }
        if (found.empty()) {
            program.logger().warning("no plugin was found; see [host] plugin_path");
        }
        return status;
    };
}

} // namespace notifyhost::app
