#include "message/Templates.h"

#include "message/FactCheck.h"
#include "message/FactContext.h"
#include "message/Marks.h"
#include "message/TemplateExpansion.h"
#include "message/TemplateFiles.h"

#include <kainjow/mustache.hpp>

#include <Poco/Exception.h>

#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace notifyhost::message {

namespace mustache = kainjow::mustache;

namespace {

/// Some mail programs do not know &apos;, so the escaping is ours.
std::string escapeHtml(const std::string& text)
{
    std::string result;
    result.reserve(text.size());
    for (const char character : text) {
        switch (character) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += character;
        }
    }
    return result;
}

std::string withoutTrailingBlanks(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto lineEnd = text.find('\n');
        const auto line = text.substr(0, lineEnd);
        result += line.substr(0, line.find_last_not_of(" \t") + 1);
        if (lineEnd == std::string_view::npos) {
            break;
        }
        result += '\n';
        text.remove_prefix(lineEnd + 1);
    }
    return result;
}

/// One template, ready to be filled. Threads: one at a time.
class Template {
public:
    Template(std::string file, ExpandedTemplate expanded, Form form)
        : _file(std::move(file)),
          _places(std::move(expanded.places)),
          _form(form),
          _parsed(expanded.text)
    {
        _parsed.set_custom_escape(
            form == Form::html ? escapeHtml : [](const std::string& text) { return text; });
        refuseInvalid();
    }

    const std::string& file() const { return _file; }

    std::string fill(const Poco::JSON::Object& facts)
    {
        FactContext context(facts, _places, _form);
        auto text = settleMarks(_parsed.render(context), _form);
        refuseInvalid();
        return _form == Form::html ? text : withoutTrailingBlanks(text);
    }

private:
    void refuseInvalid() const
    {
        if (!_parsed.is_valid()) {
            throw TemplateError(_file + ": " + _parsed.error_message());
        }
    }

    std::string _file;
    std::vector<TagPlace> _places;
    Form _form;
    mustache::mustache _parsed;
};

std::string oneMessage(const std::vector<std::string>& problems)
{
    std::string result;
    for (const auto& problem : problems) {
        result += (result.empty() ? "" : "\n") + problem;
    }
    return result;
}

std::string notThere(const std::string& name, const std::vector<std::filesystem::path>& folders)
{
    std::string places;
    for (const auto& folder : folders) {
        places += (places.empty() ? "" : " or ") + folder.string();
    }
    return places + ": there is no " + name + ".mustache";
}

} // namespace

class Templates::Set {
public:
    explicit Set(const std::vector<std::filesystem::path>& folders);
    RenderedText render(const Poco::JSON::Object& facts);

private:
    std::string subject(const Poco::JSON::Object& facts);

    std::map<Form, Template> _templates;
};

Templates::Set::Set(const std::vector<std::filesystem::path>& folders)
{
    std::vector<std::string> problems;
    const auto files = readTemplateFiles(folders, problems);
    std::map<Form, ExpandedTemplate> expanded;
    const std::map<Form, std::string> names{
        {Form::subject, "subject"}, {Form::text, "text"}, {Form::html, "html"}};
    for (const auto& [form, name] : names) {
        if (files.contains(name)) {
            expanded[form] = expandTemplate(name, files, problems);
        } else if (form != Form::html) {
            problems.push_back(notThere(name, folders));
        }
    }
    if (!problems.empty()) {
        throw TemplateError(oneMessage(problems));
    }
    for (auto& [form, source] : expanded) {
        _templates.emplace(
            std::piecewise_construct, std::forward_as_tuple(form),
            std::forward_as_tuple(files.at(names.at(form)).path, std::move(source), form));
    }
}

RenderedText Templates::Set::render(const Poco::JSON::Object& facts)
{
    const auto html = _templates.find(Form::html);
    RenderedText result;
    result.subject = subject(facts);
    result.text = _templates.at(Form::text).fill(facts);
    result.html = html == _templates.end() ? "" : html->second.fill(facts);
    return result;
}

std::string Templates::Set::subject(const Poco::JSON::Object& facts)
{
    auto& source = _templates.at(Form::subject);
    std::string line = source.fill(facts);
    line.erase(line.find_last_not_of('\n') + 1);
    if (line.empty()) {
        throw TemplateError(source.file() + ": the subject is empty");
    }
    if (line.find('\n') != std::string::npos) {
        throw TemplateError(source.file() + ": the subject has several lines; it must be one");
    }
    return line;
}

Templates::Templates(const std::vector<std::filesystem::path>& folders)
    : _set(std::make_unique<Set>(folders))
{
}

Templates::~Templates() = default;
Templates::Templates(Templates&&) noexcept = default;
Templates& Templates::operator=(Templates&&) noexcept = default;

RenderedText Templates::render(const Poco::JSON::Object& facts) const
{
    try {
        checkFacts(facts);
        return _set->render(facts);
    } catch (const TemplateError&) {
        throw;
    } catch (const FactError&) {
        throw;
    } catch (const Poco::Exception& error) {
        throw FactError("its facts cannot be rendered: " + error.displayText());
    } catch (const std::exception& error) {
        throw FactError(std::string("its facts cannot be rendered: ") + error.what());
    }
}

} // namespace notifyhost::message
