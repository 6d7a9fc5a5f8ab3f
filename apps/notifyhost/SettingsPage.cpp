#include "SettingsPage.h"

#include "config/HostTables.h"

namespace notifyhost::app {

namespace {

std::string kindText(const Setting& setting)
{
    switch (setting.kind) {
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
        break;
    }
    std::string text;
    for (const auto& choice : setting.choices) {
        text += (text.empty() ? "" : " | ") + choice;
    }
    return text;
}

std::string escaped(const std::string& cell)
{
    std::string text;
    for (const char character : cell) {
        text += character == '|' ? "\\|" : std::string(1, character);
    }
    return text;
}

std::string defaultText(const Setting& setting)
{
    if (setting.need == Need::required) {
        return "required";
    }
    return setting.fallback.empty() ? "" : "`" + setting.fallback + "`";
}

std::string helpText(const Setting& setting)
{
    std::string text = setting.help;
    for (const auto& alias : setting.aliases) {
        text += "; also read from " + alias;
    }
    if (setting.secrecy == Secrecy::secret) {
        text += "; a secret: better as " + setting.name + "_file";
    }
    return text;
}

} // namespace

std::vector<SettingsPage> hostPages()
{
    return {
        {"[host]", config::hostTable()},
        {"[pipeline.NAME]", config::pipelineTable()},
        {"[source.NAME] and [transport.NAME], beside the plugin's own keys", config::pluginTable()},
        {"[PORCH]", config::porchTable()},
        {"[queue.NAME]", config::queueTable()},
        {"[MySQL MLWH]", config::warehouseTable()},
        {"[SSL]", config::sslTable()}};
}

std::string toText(const SettingsPage& page)
{
    std::string text = page.heading + "\n";
    for (const auto& setting : page.table) {
        text += "\n" + setting.name + " (" + kindText(setting);
        text += setting.need == Need::required ? ", required" : "";
        text += setting.fallback.empty() ? "" : ", default " + setting.fallback;
        text += ")\n    " + helpText(setting) + "\n";
    }
    return text;
}

std::string toMarkdown(const SettingsPage& page)
{
    std::string text =
        "### " + page.heading + "\n\n| key | value | default | meaning |\n" + "|---|---|---|---|\n";
    for (const auto& setting : page.table) {
        text += "| `" + setting.name + "` | " + escaped(kindText(setting)) + " | " +
                defaultText(setting) + " | " + escaped(helpText(setting)) + " |\n";
    }
    return text;
}

} // namespace notifyhost::app
