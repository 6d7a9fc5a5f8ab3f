#pragma once

#include "config/IniFile.h"

namespace notifyhost::config {

/// Replaces %% by % and %(name)s by the value of that key, in every entry of the section. What
/// cannot be replaced stays as it is, with the reason in the entry's defect.
/// Source: Python's configparser, BasicInterpolation.
void interpolate(IniSection& section);

} // namespace notifyhost::config
