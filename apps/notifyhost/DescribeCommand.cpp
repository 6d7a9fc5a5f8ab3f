#include "Commands.h"
#include "Program.h"

#include <CLI/CLI.hpp>

namespace notifyhost::app {

namespace {

std::string_view kindText(Kind kind)
{
    switch (kind) {
    case Kind::text:
        return "text";
    case Kind::integer:
        return "whole number";
    case Kind::flag:
        return "yes or no";
    case Kind::seconds:
        return "seconds";
    case Kind::path:
        return "path";
    case Kind::url:
        return "URL";
    case Kind::mailbox:
        return "mail address";
    case Kind::choice:
        return "one of";
    }
    return "";
}

std::string describe(const Setting& setting)
{
    std::string text = setting.name + " (" + std::string(kindText(setting.kind));
    for (const auto& choice : setting.choices) {
        text += " " + choice;
    }
    text += setting.need == Need::required ? ", required" : "";
    text +=
        setting.secrecy == Secrecy::secret ? ", secret: better as " + setting.name + "_file" : "";
    text += setting.fallback.empty() ? "" : ", default " + setting.fallback;
    text += ")\n    " + setting.help + "\n";
    for (const auto& alias : setting.aliases) {
        text += "    also read from " + alias + "\n";
    }
    return text;
}

} // namespace

Action defineDescribe(CLI::App& command)
{
    const auto name = std::make_shared<std::string>();
    command.add_option("PLUGIN", *name, "A plugin's name; `notifyhost plugins` lists them")
        ->required();
    return [name](Program& program) {
        auto& loader = program.assembly().loader();
        const auto plugin = loader.describe(*name);
        const auto table = plugin.kind == "transport" ? loader.makeTransport(*name)->settings()
                                                      : loader.makeSource(*name)->settings();
        std::string text = plugin.name + " " + plugin.version + ": " + plugin.description + " (" +
                           plugin.kind + ", " + plugin.licence + ")\n";
        for (const auto& setting : table) {
            text += "\n" + describe(setting);
        }
        program.print(text);
        return host::ExitStatus::ok;
    };
}

} // namespace notifyhost::app
