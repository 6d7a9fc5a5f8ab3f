#include "config/SettingValues.h"

#include "config/ValueText.h"

namespace notifyhost::config {

namespace {

std::string_view kindName(Kind kind)
{
    switch (kind) {
    case Kind::text:
        return "text";
    case Kind::integer:
        return "integer";
    case Kind::flag:
        return "flag";
    case Kind::seconds:
        return "seconds";
    case Kind::path:
        return "path";
    case Kind::url:
        return "url";
    case Kind::mailbox:
        return "mailbox";
    case Kind::choice:
        return "choice";
    }
    return "unknown";
}

[[noreturn]] void wrongKind(const Setting& setting, std::string_view as)
{
    throw PluginFault("setting \"" + setting.name + "\" is declared as " +
                      std::string(kindName(setting.kind)) + " but read as " + std::string(as));
}

/// The number, or 0 without a value. A fallback that is no number is the plugin's own mistake.
std::int64_t number(const Setting& setting, const std::string& value)
{
    if (value.empty()) {
        return 0;
    }
    if (const auto result = readInteger(value)) {
        return *result;
    }
    throw PluginFault("setting \"" + setting.name + "\" has a value that is not a number");
}

} // namespace

SettingValues::SettingValues(std::vector<Setting> table, std::map<std::string, std::string> values)
    : _table(std::move(table)), _values(std::move(values))
{
}

bool SettingValues::has(std::string_view name) const
{
    return !value(row(name)).empty();
}

std::string SettingValues::text(std::string_view name) const
{
    const Setting& setting = row(name);
    if (setting.kind == Kind::integer || setting.kind == Kind::flag ||
        setting.kind == Kind::seconds) {
        wrongKind(setting, "text");
    }
    return value(setting);
}

std::int64_t SettingValues::integer(std::string_view name) const
{
    const Setting& setting = row(name);
    if (setting.kind != Kind::integer) {
        wrongKind(setting, kindName(Kind::integer));
    }
    return number(setting, value(setting));
}

bool SettingValues::flag(std::string_view name) const
{
    const Setting& setting = row(name);
    if (setting.kind != Kind::flag) {
        wrongKind(setting, kindName(Kind::flag));
    }
    const std::string text = value(setting);
    if (text.empty()) {
        return false;
    }
    if (const auto result = readFlag(text)) {
        return *result;
    }
    throw PluginFault("setting \"" + setting.name + "\" has a value that is neither yes nor no");
}

std::chrono::seconds SettingValues::seconds(std::string_view name) const
{
    const Setting& setting = row(name);
    if (setting.kind != Kind::seconds) {
        wrongKind(setting, kindName(Kind::seconds));
    }
    return std::chrono::seconds{number(setting, value(setting))};
}

const Setting& SettingValues::row(std::string_view name) const
{
    const auto found = std::find_if(_table.begin(), _table.end(),
                                    [&](const Setting& row) { return row.name == name; });
    if (found == _table.end()) {
        throw PluginFault("setting \"" + std::string(name) + "\" is not in the settings table");
    }
    return *found;
}

std::string SettingValues::value(const Setting& setting) const
{
    const auto found = _values.find(setting.name);
    return found == _values.end() ? setting.fallback : found->second;
}

} // namespace notifyhost::config
