#pragma once

#include "config/IniFile.h"

#include <string>

namespace notifyhost::config {

/// `pipeline` of `pipeline.NAME`, likewise queue, source and transport; empty for any other name.
std::string kindOf(const std::string& section);

/// Whether a section is part of some pipelines only: one with a kind, or [PORCH].
bool isOfPipelines(const std::string& section);

/// NAME of `pipeline.NAME`.
std::string nameOf(const std::string& section);

/// Reports sections that mean nothing and keys that nothing reads, but for what is in [source.*]
/// and [transport.*]: that is for the plugins' tables to say.
void checkNames(const IniFile& ini, Grammar grammar, Findings& findings);

/// Reports keys of [DEFAULT] that no section can use.
void checkDefaults(const IniFile& ini, Grammar grammar, Findings& findings);

} // namespace notifyhost::config
