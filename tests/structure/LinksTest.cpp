#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SOURCE_ROOT;

/// What a target of CMake links by itself, and its sources of ours.
struct Target {
    bool isInterface{}; ///< has no code: it stands for the libraries that it names
    std::set<std::string> libraries;
    std::vector<fs::path> sources;
};

struct Build {
    fs::path headers; ///< the folder of Poco/
    std::map<std::string, Target> targets;
};

/// As cmake/Links.cmake wrote it.
Build readBuild()
{
    Build build;
    std::ifstream stream(fs::path(BUILD_ROOT) / "links.txt");
    EXPECT_TRUE(stream);
    Target* target = nullptr;
    for (std::string word, rest; stream >> word && std::getline(stream >> std::ws, rest);) {
        if (word == "headers") {
            build.headers = rest;
        } else if (word == "target" || word == "interface") {
            target = &build.targets[rest];
            target->isInterface = word == "interface";
        } else if (word == "library") {
            target->libraries.insert(rest);
        } else {
            target->sources.emplace_back(rest);
        }
    }
    return build;
}

struct Include {
    bool quoted{};
    std::string name;
};

const std::vector<Include>& includesOf(const fs::path& file)
{
    static std::map<fs::path, std::vector<Include>> known;
    const auto [entry, isNew] = known.try_emplace(file);
    if (isNew) {
        std::ifstream stream(file);
        EXPECT_TRUE(stream) << file;
        const std::string begin = "#include ";
        for (std::string line; std::getline(stream, line);) {
            if (line.starts_with(begin) && line.size() > begin.size()) {
                const bool quoted = line[begin.size()] == '"';
                line.erase(0, begin.size() + 1);
                entry->second.push_back({quoted, line.substr(0, line.find(quoted ? '"' : '>'))});
            }
        }
    }
    return entry->second;
}

/// The target's sources and the headers beside them that they include.
std::set<fs::path> filesOf(const Target& target)
{
    std::set<fs::path> folders;
    std::vector<fs::path> open;
    for (const auto& source : target.sources) {
        if (source.string().starts_with(kRoot.string() + "/")) {
            open.push_back(source);
            folders.insert(source.parent_path());
        }
    }
    std::set<fs::path> files;
    while (!open.empty()) {
        const auto file = open.back();
        open.pop_back();
        if (!files.insert(file).second) {
            continue;
        }
        for (const auto& include : includesOf(file)) {
            for (const auto& base : {file.parent_path(), kRoot / "core", kRoot / "tests"}) {
                const auto header = (base / include.name).lexically_normal();
                if (include.quoted && folders.contains(header.parent_path()) && fs::exists(header))
                {
                    open.push_back(header);
                }
            }
        }
    }
    return files;
}

/// Libraries that are not Poco's, and the headers that tell who uses one. Threads and dlopen() are
/// the C library's.
const std::vector<std::pair<std::string, std::regex>>& others()
{
    static const std::vector<std::pair<std::string, std::regex>> libraries{
        {"SQLite::SQLite3", std::regex("sqlite3\\.h")},
        {"mariadb", std::regex("(mariadb|mysql)/.*")},
        {"OpenSSL::SSL", std::regex("openssl/ssl\\.h|boost/asio/ssl/.*")},
        {"OpenSSL::Crypto", std::regex("openssl/(?!ssl\\.h).*")},
        {"idn2", std::regex("idn2\\.h")},
        {"GTest::gmock_main", std::regex("(gtest|gmock)/.*")},
    };
    return libraries;
}

/// "Poco::DataMySQL" of a header whose comment says "Library: Data/MySQL".
std::string libraryOfPoco(const fs::path& header)
{
    std::ifstream stream(header);
    for (std::string line; std::getline(stream, line);) {
        const std::string words = "// Library: ";
        if (line.starts_with(words)) {
            line.erase(0, words.size());
            line.erase(std::min(line.find('_'), line.size()));
            std::erase_if(line,
                          [](char character) { return character == '/' || character == '\r'; });
            return "Poco::" + line;
        }
    }
    ADD_FAILURE() << header << " does not say which library it is of";
    return "";
}

std::string libraryOf(const Include& include, const fs::path& headers)
{
    if (include.quoted) {
        return "";
    }
    if (include.name.starts_with("Poco/")) {
        return libraryOfPoco(headers / include.name);
    }
    for (const auto& [library, header] : others()) {
        if (std::regex_match(include.name, header)) {
            return library;
        }
    }
    return "";
}

/// "idn2" of /usr/lib/x86_64-linux-gnu/libidn2.so.
std::string nameOf(const std::string& library)
{
    const fs::path path(library);
    const std::string name = path.stem();
    return path.is_absolute() && name.starts_with("lib") ? name.substr(3) : library;
}

/// What a target names, and what the interfaces among it stand for.
std::set<std::string> librariesLinked(const Target& target, const Build& build)
{
    std::set<std::string> linked;
    for (const auto& library : target.libraries) {
        linked.insert(nameOf(library));
        const auto ours = build.targets.find(library);
        if (ours != build.targets.end() && ours->second.isInterface) {
            linked.merge(librariesLinked(ours->second, build));
        }
    }
    return linked;
}

bool isKnown(const std::string& library)
{
    return library.starts_with("Poco::") ||
           std::any_of(others().begin(), others().end(),
                       [&](const auto& entry) { return entry.first == library; });
}

/// Each library that files of the target include, with the first of these files.
std::map<std::string, fs::path> librariesIncluded(const Target& target, const Build& build)
{
    std::map<std::string, fs::path> included;
    for (const auto& file : filesOf(target)) {
        for (const auto& include : includesOf(file)) {
            if (const auto library = libraryOf(include, build.headers); !library.empty()) {
                included.emplace(library, file);
            }
        }
    }
    return included;
}

} // namespace

TEST(Links, AreIncludedByTheTargetItself)
{
    const Build build = readBuild();
    std::size_t looked = 0;
    for (const auto& [name, target] : build.targets) {
        const auto included = librariesIncluded(target, build);
        for (const auto& entry : target.libraries) {
            const auto library = nameOf(entry);
            if (build.targets.contains(library)) {
                continue;
            }
            ++looked;
            EXPECT_TRUE(isKnown(library))
                << name << " links " << library << ", of which this test knows no header";
            EXPECT_TRUE(included.contains(library))
                << name << " links " << library << ", of which none of its files includes a header";
        }
    }
    EXPECT_GT(looked, 20U);
}

TEST(Links, NameEachLibraryThatTheTargetIncludes)
{
    const Build build = readBuild();
    std::size_t looked = 0;
    for (const auto& [name, target] : build.targets) {
        const auto linked = librariesLinked(target, build);
        for (const auto& [library, file] : librariesIncluded(target, build)) {
            ++looked;
            EXPECT_TRUE(linked.contains(library)) << file << " includes a header of " << library
                                                  << ", which " << name << " does not link itself";
        }
    }
    EXPECT_GT(looked, 20U);
}

TEST(Links, AreThePackagesOfTheListOfLicences)
{
    const std::vector<std::pair<std::string, std::regex>> packages{
        {"Poco", std::regex("Poco/.*")},
        {"OpenSSL", std::regex("openssl/.*|boost/asio/ssl/.*")},
        {"GNU Libidn2", std::regex("idn2\\.h")},
        {"SQLite", std::regex("sqlite3\\.h")},
        {"MariaDB Connector/C", std::regex("mariadb/.*")},
        {"RapidJSON", std::regex("rapidjson/.*")},
        {"CLI11", std::regex("CLI/.*")},
        {"Boost.Asio", std::regex("boost/asio/.*")},
    };
    const std::regex ofTheSystem("(notifyhost|sys|arpa|netinet|net|linux|bits)/.*|[^/]*");
    std::set<std::string> used;
    for (const auto* folder : {"core", "plugins", "apps"}) {
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
            if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") {
                continue;
            }
            for (const auto& include : includesOf(entry.path())) {
                bool known = include.quoted || std::regex_match(include.name, ofTheSystem);
                for (const auto& [package, header] : packages) {
                    if (!include.quoted && std::regex_match(include.name, header)) {
                        known = true;
                        used.insert(package);
                    }
                }
                EXPECT_TRUE(known) << entry.path() << " includes " << include.name
                                   << ": add its package to docs/licences.md and to this test";
            }
        }
    }
    std::set<std::string> listed;
    std::ifstream page(kRoot / "docs/licences.md");
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("| ") && !line.starts_with("| library ")) {
            listed.insert(line.substr(2, line.find(" |") - 2));
        }
    }
    EXPECT_EQ(listed, used);
}
