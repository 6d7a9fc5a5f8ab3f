#include "Require.h"

#include "config/Configuration.h"
#include "log/Logger.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

using namespace notifyhost;
using fuzz::require;

namespace {

/// A folder of this process alone.
class Folder {
public:
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "fuzz-ini-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error(name + ": cannot be made");
        }
        _path = name;
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(_path, ignored);
    }
    std::filesystem::path operator/(const char* name) const { return _path / name; }

private:
    std::filesystem::path _path;
};

void requireNoRepeats(const config::IniFile& ini)
{
    std::set<std::string> sections;
    for (const config::IniSection& section : ini.sections()) {
        require(sections.insert(section.name).second, "a section is there once");
        std::set<std::string> keys;
        for (const config::IniEntry& entry : section.entries) {
            require(keys.insert(entry.key).second, "a key is there once");
        }
    }
}

void tryGrammar(const std::filesystem::path& file, config::Grammar grammar)
{
    log::Redactor redactor;
    config::Findings findings;
    const auto configuration = config::Configuration::load(file, grammar, redactor, findings);
    for (const config::Finding& finding : findings.all()) {
        require(!finding.text.empty(), "a finding has words");
        config::toText(finding);
    }
    if (!findings.hasErrors()) {
        requireNoRepeats(configuration.ini());
    }
    configuration.references();
    for (const auto& pipeline : configuration.pipelines()) {
        configuration.queue(pipeline);
    }
}

} // namespace

/// A configuration file in both grammars, up to what needs plugins.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Folder folder;
    const auto file = folder / "notifyhost.ini";
    std::ofstream(file, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    tryGrammar(file, config::Grammar::ours);
    tryGrammar(file, config::Grammar::python);
    return 0;
}
