#pragma once

#include <notifyhost/Setting.h>

#include <string>
#include <vector>

namespace notifyhost::app {

/// A settings table with its heading: what `describe` prints and docs/configuration.md holds.
struct SettingsPage {
    std::string heading;
    std::vector<Setting> table;
};

/// The sections that the host itself reads.
std::vector<SettingsPage> hostPages();

/// For a terminal.
std::string toText(const SettingsPage& page);

/// A table; `|` in a text is escaped.
std::string toMarkdown(const SettingsPage& page);

} // namespace notifyhost::app
