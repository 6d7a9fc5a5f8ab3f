#include "message/Templates.h"

#include "message/FactCheck.h"
#include "message/TemplateFiles.h"
#include "message/TemplateFiller.h"
#include "message/TemplateParser.h"

#include <Poco/Exception.h>

#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace notifyhost::message {

namespace {

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

/// One template, ready to be filled.
struct Template {
    std::string file;
    std::vector<Piece> pieces;

    std::string fill(const Poco::JSON::Object& facts, Form form) const
    {
        const auto text = fillTemplate(pieces, facts, form);
        return form == Form::html ? text : withoutTrailingBlanks(text);
    }
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
    RenderedText render(const Poco::JSON::Object& facts) const;

private:
    std::string subject(const Poco::JSON::Object& facts) const;

    std::map<Form, Template> _templates;
};

Templates::Set::Set(const std::vector<std::filesystem::path>& folders)
{
    std::vector<std::string> problems;
    const auto files = readTemplateFiles(folders, problems);
    const std::map<Form, std::string> names{
        {Form::subject, "subject"}, {Form::text, "text"}, {Form::html, "html"}};
    for (const auto& [form, name] : names) {
        if (files.contains(name)) {
            _templates[form] = {files.at(name).path, parseTemplate(name, files, problems)};
        } else if (form != Form::html) {
            problems.push_back(notThere(name, folders));
        }
    }
    if (!problems.empty()) {
        throw TemplateError(oneMessage(problems));
    }
}

RenderedText Templates::Set::render(const Poco::JSON::Object& facts) const
{
    const auto html = _templates.find(Form::html);
    RenderedText result;
    result.subject = subject(facts);
    result.text = _templates.at(Form::text).fill(facts, Form::text);
    result.html = html == _templates.end() ? "" : html->second.fill(facts, Form::html);
    return result;
}

std::string Templates::Set::subject(const Poco::JSON::Object& facts) const
{
    const auto& source = _templates.at(Form::subject);
    std::string line = source.fill(facts, Form::subject);
    line.erase(line.find_last_not_of('\n') + 1);
    if (line.empty()) {
        throw TemplateError(source.file + ": the subject is empty");
    }
    if (line.find('\n') != std::string::npos) {
        throw TemplateError(source.file + ": the subject has several lines; it must be one");
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
