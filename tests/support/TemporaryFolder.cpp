#include "support/TemporaryFolder.h"

#include <notifyhost/TrustedFile.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <pwd.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

std::filesystem::path trustedPlace()
{
    const auto usual = std::filesystem::temp_directory_path();
    const passwd* account = ::getpwuid(::geteuid());
    const auto cache = ::geteuid() == 0     ? std::filesystem::path("/var/cache")
                       : account != nullptr ? std::filesystem::path(account->pw_dir) / ".cache"
                                            : usual;
    std::error_code ignored;
    std::filesystem::create_directories(cache, ignored);
    for (const auto& place : {usual, cache}) {
        try {
            TrustedFile::openFolder(place, FileUse::plugin);
            return place;
        } catch (const FileRefusal&) {
            continue;
        }
    }
    return usual; // what needs trust will say what it lacks
}

} // namespace

TemporaryFolder::TemporaryFolder()
{
    static const auto place = trustedPlace();
    std::string pattern = place / "notifyhost-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("cannot make a temporary folder like " + pattern);
    }
    _path = pattern;
}

TemporaryFolder::~TemporaryFolder()
{
    std::error_code ignored;
    std::filesystem::remove_all(_path, ignored);
}

std::filesystem::path TemporaryFolder::write(std::string_view name, std::string_view content) const
{
    const auto file = _path / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream output(file, std::ios::binary);
    output.write(content.data(), static_cast<std::streamsize>(content.size()));
    output.close();
    if (!output) {
        throw std::runtime_error("cannot write " + file.string());
    }
    return file;
}

std::string readFile(const std::filesystem::path& file)
{
    std::ifstream input(file, std::ios::binary);
    if (!input) {
        throw std::runtime_error("cannot read " + file.string());
    }
    std::ostringstream content;
    content << input.rdbuf();
    return content.str();
}

} // namespace notifyhost::test
