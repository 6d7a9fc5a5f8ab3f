#pragma once

#include "config/Findings.h"
#include "config/IniFile.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace notifyhost::config {

/// The two Python tools whose configuration files are understood as they are.
enum class LegacyTool {
    ont,   ///< npg_ont_event_notification
    pacbio ///< npg_qc_state_notification
};

/// The tool's command name.
std::string_view commandName(LegacyTool tool);

/// The tool of a command's name; nullopt for any other name.
std::optional<LegacyTool> legacyTool(std::string_view command);

/// The name of the one pipeline that completeLegacy() makes of a tool's file: "ont" or "pacbio".
std::string legacyPipeline(LegacyTool tool);

/// Says in our sections what a Python tool's file says in its own: [pipeline.ont] or
/// [pipeline.pacbio], and [transport.mail]. What those sections say already is kept, so that a site
/// can add our keys to the file it has. Keys of [PORCH] that belong to the other tool are dropped:
/// one file may serve both. Keys that are missing are findings.
/// environment: getenv() or a stand-in; null for a variable that is not set.
/// user: the account's name, for the sender, where $USER is not set.
using Environment = std::function<const char*(const char*)>;
void completeLegacy(LegacyTool tool, const Environment& environment, const std::string& user,
                    IniFile& ini, Findings& findings);

} // namespace notifyhost::config
