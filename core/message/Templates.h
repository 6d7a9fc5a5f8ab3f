#pragma once

#include <Poco/JSON/Object.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace notifyhost::message {

/// A template that cannot be read, parsed or filled; what() names file, line and name.
class TemplateError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct RenderedText {
    std::string subject; ///< one line, no line end
    std::string text;    ///< lines end with \n, no blanks before a line end
    std::string html;    ///< empty where there is no html.mustache
};

/// The Mustache templates of one kind of notification: subject.mustache, text.mustache and, where
/// there is one, html.mustache; further *.mustache files are partials. A folder of the site's own
/// overrides the default folder file by file.
/// Beside the facts a template may use {{#leftN}}…{{/leftN}} and {{#rightN}}…{{/rightN}}, which pad
/// the text between them with blanks to N code points (1 to 999), never cutting, aligned left or
/// right. HTML is escaped in html.mustache, nothing is in the others.
/// A name that the facts do not hold is an error; a null fact prints nothing.
/// Threads: rendering is safe from several threads with one instance each.
class Templates {
public:
    /// Errors: TemplateError for a missing folder, a missing subject or text template, text that is
    ///         not UTF-8, and every parse error, all of them in one message.
    explicit Templates(const std::vector<std::filesystem::path>& folders);
    ~Templates();
    Templates(Templates&&) noexcept;
    Templates& operator=(Templates&&) noexcept;

    /// Errors: TemplateError for absent names and partials, and for a subject of several lines.
    RenderedText render(const Poco::JSON::Object& facts) const;

private:
    class Set;
    std::unique_ptr<Set> _set;
};

} // namespace notifyhost::message
