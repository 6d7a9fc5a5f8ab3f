#pragma once

#include <notifyhost/Services.h>

#include <string>
#include <vector>

namespace notifyhost::warehouse {

/// Who is to hear about these studies, read with one query. What SQL would fold (letter case,
/// accents, trailing blanks) is decided here instead: a study number and a role must be exactly
/// equal, addresses are unique and sorted by code point.
/// Shape: one answer per number asked for, in that order. An ambiguous study has no addresses.
/// Errors: as Warehouse::query().
std::vector<StudyContacts> readContacts(Warehouse& warehouse,
                                        const std::vector<std::string>& studyNumbers);

} // namespace notifyhost::warehouse
