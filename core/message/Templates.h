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

/// Facts that nothing can be made of: a fault of the source that gave them.
class FactError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct RenderedText {
    std::string subject; ///< one line, no line end
    std::string text;    ///< lines end with \n, no blanks before a line end
    std::string html;    ///< empty where there is no html.mustache
};

/// The Mustache templates of one kind of notification: subject.mustache, text.mustache and, where
/// there is one, html.mustache (an empty one stands for none); further *.mustache files are
/// partials. Of two files with one name that in the later folder counts, so that a folder of the
/// site's own, given last, overrides the defaults file by file.
/// Beside the facts a template may use {{#leftN}}…{{/leftN}} and {{#rightN}}…{{/rightN}}, which pad
/// the text between them with blanks to N code points (1 to 999), never cutting, aligned left or
/// right. HTML is escaped in html.mustache, nothing is in the others.
/// A name that the facts do not hold is an error; a null fact prints nothing and is false; texts
/// and numbers are true, also the empty text and 0. Control characters in facts, line breaks
/// included, and octets that are not UTF-8 are printed as U+FFFD.
/// A line that holds nothing but one section, comment or partial tag leaves no line behind; the
/// delimiters {{ and }} cannot be changed.
/// Threads: rendering is safe from several threads.
class Templates {
public:
    /// Errors: TemplateError for a missing folder, a missing subject or text template, text that is
    ///         not UTF-8, every parse error and every absent partial, all of them in one message,
    ///         one line each.
    explicit Templates(const std::vector<std::filesystem::path>& folders);
    ~Templates();
    Templates(Templates&&) noexcept;
    Templates& operator=(Templates&&) noexcept;

    /// Errors: TemplateError with file, line and name for an absent name and for a list that is to
    ///         be printed; for a line break in a fact of the subject, for a subject of several
    ///         lines and for an empty one. FactError for facts that cannot be read, whatever the
    ///         templates are: see checkFacts(), and values that have no text.
    RenderedText render(const Poco::JSON::Object& facts) const;

private:
    class Set;
    std::unique_ptr<Set> _set;
};

} // namespace notifyhost::message
