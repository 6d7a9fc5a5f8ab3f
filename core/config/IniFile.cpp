#include "config/IniFile.h"

#include "config/IniParser.h"
#include "config/Interpolation.h"
#include "config/ValueText.h"

#include <notifyhost/TrustedFile.h>

#include <Poco/Exception.h>

#include <system_error>

namespace notifyhost::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{4} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void complain(Findings& findings, const fs::path& file, int line, std::string text)
{
    findings.add({Finding::Severity::error, file.string(), line, "", "", std::move(text)});
}

/// The number of the first line that the test refuses; 0: there is none.
template<typename Refuses> int firstLine(std::string_view text, Refuses refuses)
{
    for (int number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (refuses(text.substr(0, end))) {
            return number;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return 0;
}

/// Shape: exposed gets the file's name where everyone can read it.
void parseFile(const fs::path& file, IniParser& parser, Findings& findings,
               std::map<std::string, std::string>& exposed)
{
    std::string text;
    try {
        const auto opened = TrustedFile::open(file, FileUse::configuration);
        text = opened.read(kLargestFile);
        if (opened.isPublic()) {
            exposed[file.string()] = opened.privacyCommand();
        }
    } catch (const FileRefusal& refusal) {
        complain(findings, file, 0, refusal.what());
        return;
    }
    std::string_view rest = text;
    if (rest.starts_with(kByteOrderMark)) {
        rest.remove_prefix(kByteOrderMark.size());
    }
    if (const int line = firstLine(rest, [](std::string_view part) { return !isUtf8(part); })) {
        complain(findings, file, line, "this line is not UTF-8; convert the file, with iconv(1)");
        return;
    }
    const auto holdsNul = [](std::string_view part) { return part.find('\0') != part.npos; };
    if (const int line = firstLine(rest, holdsNul)) {
        complain(findings, file, line, "this line holds a NUL character: this is not an INI file");
        return;
    }
    parser.parse(rest, file.string());
}

/// conf.d/*.ini beside the file, in lexical order, without hidden ones (editors leave those).
std::vector<fs::path> partFiles(const fs::path& file, Findings& findings)
{
    const fs::path folder = file.parent_path() / "conf.d";
    std::error_code error;
    if (!fs::exists(fs::symlink_status(folder, error))) {
        return {};
    }
    std::vector<fs::path> result;
    try {
        for (const auto& name : TrustedFile::openFolder(folder, FileUse::configuration).names()) {
            if (fs::path(name).extension() == ".ini" && !name.starts_with('.')) {
                result.push_back(folder / name);
            }
        }
    } catch (const FileRefusal& refusal) {
        complain(findings, folder, 0, refusal.what());
    }
    return result;
}

void inherit(IniSection& section, const IniSection& defaults)
{
    for (IniEntry entry : defaults.entries) {
        if (section.find(entry.key) == nullptr) {
            entry.inherited = true;
            section.entries.push_back(std::move(entry));
        }
    }
}

class View : public Poco::Util::AbstractConfiguration {
public:
    explicit View(std::vector<IniSection> sections) : _sections(std::move(sections)) {}

protected:
    bool getRaw(const std::string& key, std::string& value) const override
    {
        for (const IniSection& section : _sections) {
            if (key.starts_with(section.name + "/")) {
                const IniEntry* entry = section.find(lowered(key.substr(section.name.size() + 1)));
                if (entry != nullptr) {
                    value = entry->value;
                    return true;
                }
            }
        }
        return false;
    }

    void setRaw(const std::string& key, const std::string&) override
    {
        throw Poco::InvalidAccessException("the configuration file is read only", key);
    }

    void enumerate(const std::string& key, Keys& range) const override
    {
        range.clear();
        for (const IniSection& section : _sections) {
            if (key.empty()) {
                range.push_back(section.name);
            } else if (key == section.name) {
                for (const IniEntry& entry : section.entries) {
                    range.push_back(entry.key);
                }
            }
        }
    }

private:
    std::vector<IniSection> _sections;
};

} // namespace

IniFile IniFile::read(const fs::path& file, Grammar grammar, Findings& findings)
{
    IniFile result;
    IniParser parser(grammar, findings);
    parseFile(file, parser, findings, result._exposed);
    if (grammar == Grammar::ours) {
        for (const fs::path& part : partFiles(file, findings)) {
            parseFile(part, parser, findings, result._exposed);
        }
    }
    result._file = file.string();
    result._sections = std::move(parser.sections());
    result._defaults = std::move(parser.defaults());
    for (IniSection& section : result._sections) {
        inherit(section, result._defaults);
        if (grammar == Grammar::python) {
            interpolate(section);
        }
    }
    return result;
}

std::string IniFile::exposure(const std::string& file) const
{
    const auto found = _exposed.find(file);
    return found == _exposed.end()
               ? ""
               : "holds secrets, and can be read by everyone on this machine: " + found->second;
}

const IniSection* IniFile::find(const std::string& section) const
{
    const auto found = std::find_if(_sections.begin(), _sections.end(),
                                    [&](const IniSection& known) { return known.name == section; });
    return found == _sections.end() ? nullptr : &*found;
}

void IniFile::supply(const std::string& section, IniEntry entry)
{
    auto found = std::find_if(_sections.begin(), _sections.end(),
                              [&](const IniSection& known) { return known.name == section; });
    if (found == _sections.end()) {
        found = _sections.insert(found, {section, entry.file, entry.line, {}});
    }
    if (found->find(entry.key) == nullptr) {
        found->entries.push_back(std::move(entry));
    }
}

void IniFile::drop(const std::string& section, const std::string& key)
{
    for (IniSection& known : _sections) {
        if (known.name == section) {
            std::erase_if(known.entries, [&](const IniEntry& entry) { return entry.key == key; });
        }
    }
}

Poco::AutoPtr<Poco::Util::AbstractConfiguration> IniFile::view() const
{
    return new View(_sections);
}

} // namespace notifyhost::config
