#pragma once

#include "message/TemplateFiles.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace notifyhost::message {

/// What a template is made of.
struct Piece {
    enum class Kind {
        literal,  ///< text as it stands
        print,    ///< {{name}}
        printRaw, ///< {{{name}}} and {{&name}}: never escaped
        section,  ///< {{#name}}…{{/name}}
        inverted, ///< {{^name}}…{{/name}}
        left,     ///< {{#leftN}}…{{/leftN}}
        right     ///< {{#rightN}}…{{/rightN}}
    };
    Kind kind{};
    std::string text;          ///< of a literal; else the name in the tag
    std::vector<Piece> inside; ///< of sections and paddings
    std::size_t width{};       ///< N of a padding
    std::string file;          ///< where the tag stands
    std::size_t line{};
};

/// Parses one template; its partials are put in, and lines that held nothing but a section, comment
/// or partial tag are gone. Shape: name is a key of files.
/// Errors: added to problems as "file:line: …": an unclosed tag or section, a name that is none, a
///         partial that is absent or includes itself, a change of delimiters.
/// Source: mustache(5), and its specification for lines of their own.
std::vector<Piece> parseTemplate(const std::string& name,
                                 const std::map<std::string, TemplateFile>& files,
                                 std::vector<std::string>& problems);

} // namespace notifyhost::message
