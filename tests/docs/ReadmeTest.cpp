#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace notifyhost::test {
namespace {

const std::string kRoot = SOURCE_ROOT;

struct Block {
    std::string kind; ///< the word after the three backticks
    std::string content;
};

std::vector<Block> blocksOf(const std::string& page, const std::string& heading)
{
    const std::string text = readFile(kRoot + "/" + page);
    const auto begin = text.find("\n" + heading + "\n");
    EXPECT_NE(begin, std::string::npos) << page << " has no heading " << heading;
    const std::string section = text.substr(begin + 1, text.find("\n## ", begin + 1) - begin);
    std::vector<Block> blocks;
    const std::string fence = "```";
    for (auto at = section.find(fence); at != std::string::npos; at = section.find(fence, at)) {
        const auto line = section.find('\n', at);
        const auto end = section.find(fence, line);
        if (end == std::string::npos) {
            ADD_FAILURE() << page << ": a block under " << heading << " does not end";
            break;
        }
        blocks.push_back({section.substr(at + fence.size(), line - at - fence.size()),
                          section.substr(line + 1, end - line - 1)});
        at = end + fence.size();
    }
    return blocks;
}

using Lines = std::vector<std::string>;

Lines linesOf(const std::string& text)
{
    Lines lines;
    std::istringstream input(text);
    for (std::string line; std::getline(input, line);) {
        lines.push_back(line);
    }
    return lines;
}

constexpr std::string_view kAnything = "…";

bool lineMatches(std::string_view line, std::string_view pattern)
{
    auto gap = pattern.find(kAnything);
    if (gap == std::string_view::npos) {
        return line == pattern;
    }
    if (line.substr(0, gap) != pattern.substr(0, gap)) {
        return false;
    }
    line.remove_prefix(gap);
    for (;;) {
        pattern.remove_prefix(gap + kAnything.size());
        gap = pattern.find(kAnything);
        if (gap == std::string_view::npos) {
            return line.ends_with(pattern);
        }
        const auto found = line.find(pattern.substr(0, gap));
        if (found == std::string_view::npos) {
            return false;
        }
        line.remove_prefix(found + gap);
    }
}

bool matchFrom(const Lines& text, std::size_t at, const Lines& pattern, std::size_t wanted)
{
    if (wanted == pattern.size()) {
        return true;
    }
    if (pattern[wanted] != kAnything) {
        return at < text.size() && lineMatches(text[at], pattern[wanted]) &&
               matchFrom(text, at + 1, pattern, wanted + 1);
    }
    for (; at <= text.size(); ++at) {
        if (matchFrom(text, at, pattern, wanted + 1)) {
            return true;
        }
    }
    return false;
}

/// Whether the text begins with the pattern, in which … stands for anything within a line, and a
/// line that is … alone for any lines.
bool matches(const std::string& text, const std::string& pattern)
{
    return matchFrom(linesOf(text), 0, linesOf(pattern), 0);
}

/// What the shell prints for a block, with aliases as at a terminal. Standard error counts too.
ProcessResult shell(const std::string& script, const std::filesystem::path& folder)
{
    ProcessOptions options;
    options.folder = folder;
    return run({"bash", "-c", "shopt -s expand_aliases\nexec 2>&1\n" + script}, options);
}

} // namespace

TEST(Readme, ShowsWhatItsFirstPipelineDoes)
{
    TemporaryFolder clone;
    std::filesystem::create_directory_symlink(kRoot + "/conf", clone / "conf");
    std::filesystem::create_directories(clone / "build");
    std::filesystem::create_directory_symlink(BUILD_ROOT, clone / "build/release");
    const auto blocks = blocksOf("README.md", "## The first pipeline in ten minutes");
    std::string aliases;
    std::size_t compared = 0;
    for (std::size_t at = 0; at < blocks.size(); ++at) {
        if (blocks[at].kind != "sh") {
            continue;
        }
        const auto result = shell(aliases + blocks[at].content, clone.path());
        const bool shown = at + 1 < blocks.size() && blocks[at + 1].kind == "text";
        const std::string expected = shown ? blocks[at + 1].content : "";
        EXPECT_EQ(result.status, 0) << blocks[at].content << result.output;
        EXPECT_TRUE(shown
                        ? matches(result.output, expected + "$") || matches(result.output, expected)
                        : result.output.empty())
            << "README.md shows for\n"
            << blocks[at].content << "this:\n"
            << expected << "but it printed:\n"
            << result.output;
        compared += shown;
        const auto alias = blocks[at].content.find("alias ");
        aliases += alias == std::string::npos ? "" : blocks[at].content.substr(alias);
    }
    EXPECT_EQ(compared, 4U);
}

TEST(Readme, ShowsWhatTheDemonstrationPrints)
{
    TemporaryFolder folder;
    const std::string program = std::string(BUILD_ROOT) + "/bin/notifyhost";
    const std::string demonstration = kRoot + "/conf/demo/run";
    const auto first = run({demonstration, program, (folder / "demo").string()});
    ASSERT_EQ(first.status, 0) << first.output << first.error;
    for (const auto& block : blocksOf("README.md", "## Two commands")) {
        if (block.kind == "text" && block.content.starts_with("1.")) {
            const auto begin = first.output.find("\n1. ");
            ASSERT_NE(begin, std::string::npos);
            EXPECT_TRUE(matches(first.output.substr(begin + 1), block.content)) << first.output;
        }
    }
    for (const std::string line : {"   |   B   7104     Łódź long-read pilot\n",
                                   "Tag sequence              Sample ID     Study\n"})
    {
        EXPECT_NE(first.output.find(line), std::string::npos) << first.output;
    }
    const auto second = run({demonstration, program, (folder / "demo").string()});
    EXPECT_EQ(second.status, 0) << second.output << second.error;
    EXPECT_NE(second.output.find("Nothing was new, so nobody was told twice."), std::string::npos)
        << second.output;
}

TEST(ConfigurationPage, HoldsTheTablesThatThePluginsPublish)
{
    const std::string page = readFile(kRoot + "/docs/configuration.md");
    const std::string program = std::string(BUILD_ROOT) + "/bin/notifyhost";
    std::vector<std::vector<std::string>> commands{{program, "describe", "--markdown"}};
    for (const auto& plugin : std::filesystem::directory_iterator(kRoot + "/plugins")) {
        if (plugin.is_directory()) {
            commands.push_back(
                {program, "describe", "--markdown", plugin.path().filename().string()});
        }
    }
    ASSERT_GE(commands.size(), 4U);
    for (const auto& command : commands) {
        const auto described = run(command);
        EXPECT_EQ(described.status, 0) << described.error;
        EXPECT_NE(page.find(described.output), std::string::npos)
            << "docs/configuration.md lacks what `" << command.back() << "` prints:\n"
            << described.output;
    }
}

} // namespace notifyhost::test
