#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SOURCE_ROOT;

std::string contentOf(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    EXPECT_TRUE(stream) << file;
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

std::vector<fs::path> sourcesBelow(const fs::path& folder)
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".h" || entry.path().extension() == ".cpp") {
            files.push_back(entry.path());
        }
    }
    return files;
}

std::set<std::string> foldersIn(const fs::path& folder)
{
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory()) {
            names.insert(entry.path().filename());
        }
    }
    return names;
}

/// Each room of core with the rooms it may use, from the table of docs/design.md.
std::map<std::string, std::set<std::string>> roomsOfTheDesign()
{
    std::map<std::string, std::set<std::string>> rooms;
    const std::string design = contentOf(kRoot / "docs/design.md");
    const std::regex row(R"(\n\| `core/([a-z]+)(?:/notifyhost)?` \| [^|]* \| ([^|]*) \|)");
    for (std::sregex_iterator found(design.begin(), design.end(), row), end; found != end; ++found)
    {
        auto& allowed = rooms[(*found)[1]];
        const std::string words = (*found)[2];
        const std::regex name("[a-z]+");
        for (std::sregex_iterator word(words.begin(), words.end(), name); word != end; ++word) {
            allowed.insert(word->str());
        }
    }
    return rooms;
}

/// The rooms that a file's includes name: "ledger" of "ledger/Ledger.h", "api" of <notifyhost/…>.
std::set<std::string> roomsIncluded(const fs::path& file, const std::set<std::string>& rooms)
{
    std::set<std::string> included;
    const std::string content = contentOf(file);
    const std::regex line("(?:^|\n)#include [\"<]([a-z]+)/[A-Za-z0-9_]+\\.h[\">]");
    for (std::sregex_iterator found(content.begin(), content.end(), line), end; found != end;
         ++found) {
        const std::string name = (*found)[1] == "notifyhost" ? "api" : (*found)[1].str();
        if (rooms.contains(name)) {
            included.insert(name);
        }
    }
    return included;
}

} // namespace

TEST(Rooms, AreThoseOfTheDesign)
{
    std::set<std::string> described;
    for (const auto& [room, allowed] : roomsOfTheDesign()) {
        described.insert(room);
    }
    EXPECT_EQ(described, foldersIn(kRoot / "core"));
}

TEST(Rooms, UseOnlyTheRoomsThatTheDesignAllows)
{
    const auto design = roomsOfTheDesign();
    const auto rooms = foldersIn(kRoot / "core");
    std::size_t looked = 0;
    for (const auto& [room, allowed] : design) {
        for (const auto& file : sourcesBelow(kRoot / "core" / room)) {
            ++looked;
            for (const auto& used : roomsIncluded(file, rooms)) {
                EXPECT_TRUE(used == room || room == "host" || allowed.contains(used))
                    << file << " includes a header of core/" << used
                    << ", which docs/design.md does not allow";
            }
        }
    }
    EXPECT_GT(looked, 100U);
}

TEST(Rooms, LetAPluginSeeTheSdkAlone)
{
    const auto rooms = foldersIn(kRoot / "core");
    std::size_t looked = 0;
    for (const auto& file : sourcesBelow(kRoot / "plugins")) {
        ++looked;
        for (const auto& used : roomsIncluded(file, rooms)) {
            EXPECT_EQ(used, "api") << file;
        }
    }
    EXPECT_GT(looked, 20U);
}

TEST(Rooms, BuildNoPluginByName)
{
    for (const auto& name : foldersIn(kRoot / "plugins")) {
        for (const auto* file : {"CMakeLists.txt", "plugins/CMakeLists.txt", "cmake/Rooms.cmake"}) {
            EXPECT_EQ(contentOf(kRoot / file).find(name), std::string::npos)
                << file << " names the plugin " << name;
        }
    }
}

TEST(Documentation, ShowsTheExamplePluginsAsTheyAre)
{
    const std::string page = contentOf(kRoot / "docs/plugins.md");
    for (const auto& entry : fs::directory_iterator(kRoot / "tests/data/examples")) {
        EXPECT_NE(page.find("```cpp\n" + contentOf(entry.path()) + "```"), std::string::npos)
            << "docs/plugins.md shows another text than " << entry.path() << ", which is built";
    }
}

TEST(Documentation, LinksToFilesThatAreThere)
{
    std::size_t looked = 0;
    std::vector<fs::path> pages{kRoot / "README.md"};
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
        if (entry.path().extension() == ".md") {
            pages.push_back(entry.path());
        }
    }
    const std::regex link(R"(\]\(([^)#:]+)\))");
    for (const auto& page : pages) {
        const std::string text = contentOf(page);
        for (std::sregex_iterator found(text.begin(), text.end(), link), end; found != end; ++found)
        {
            ++looked;
            EXPECT_TRUE(fs::exists(page.parent_path() / (*found)[1].str()))
                << page << " links to " << (*found)[1];
        }
    }
    EXPECT_GT(looked, 5U);
}
