#pragma once

#include "message/TemplateFiles.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace notifyhost::message {

/// Where a template uses a name, and how.
struct TagPlace {
    enum class Use { print, section, inverted };
    Use use{};
    std::string name;
    std::string file;
    std::size_t line{};
};

/// A template made ready for kainjow's parser, which keeps no positions, prints nothing for absent
/// partials, and leaves or drops blank lines beside tags in its own way.
struct ExpandedTemplate {
    std::string
        text; ///< partials put in; every name followed by kPlaceMark and its place's number;
              ///< lines that held nothing but a section, comment or partial tag are gone
    std::vector<TagPlace> places;
};

/// Expands one template. Shape: name is a key of files.
/// Errors: added to problems as "file:line: …": an unclosed tag or section, a name that is none, a
///         partial that is absent or includes itself, a change of delimiters.
/// Source: mustache(5), and its specification for lines of their own.
ExpandedTemplate expandTemplate(const std::string& name,
                                const std::map<std::string, TemplateFile>& files,
                                std::vector<std::string>& problems);

} // namespace notifyhost::message
