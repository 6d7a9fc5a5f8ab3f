#pragma once

#include <notifyhost/Setting.h>

#include <map>
#include <string>
#include <vector>

namespace notifyhost::config {

/// The values of one settings table. Reading a name that is not in the table throws PluginFault.
class SettingValues : public Settings {
public:
    /// values: the checked texts by setting name, fallbacks not yet applied.
    SettingValues(std::vector<Setting> table, std::map<std::string, std::string> values);

    bool has(std::string_view name) const override;
    std::string text(std::string_view name) const override;
    std::int64_t integer(std::string_view name) const override;
    bool flag(std::string_view name) const override;
    std::chrono::seconds seconds(std::string_view name) const override;

private:
    const Setting& row(std::string_view name) const;
    std::string value(const Setting& setting) const;

    std::vector<Setting> _table;
    std::map<std::string, std::string> _values;
};

/// Checks one value against its row. Returns what is wrong, or an empty text; says nothing of a
/// secret's value.
std::string checkValue(const Setting& setting, const std::string& value);

} // namespace notifyhost::config
