#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace notifyhost::test {
namespace {

constexpr auto kApi = SOURCE_ROOT "/core/api";
constexpr std::ptrdiff_t kMostLines = 149;

std::vector<std::string> headers()
{
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(kApi) / "notifyhost"))
    {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

class PublicHeader : public testing::TestWithParam<std::string> {};

TEST_P(PublicHeader, CompilesByItself)
{
    TemporaryFolder folder;
    const auto source =
        folder.write("alone.cpp", "#include <notifyhost/" + GetParam() + ">\nint main() {}\n");
    const auto result = run({TEST_CXX, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
                             "-Wconversion", "-Werror", "-fsyntax-only", "-I", kApi, source});
    EXPECT_EQ(result.status, 0) << result.error;
}

TEST_P(PublicHeader, IsShortEnoughToBeRead)
{
    const auto text = readFile(std::filesystem::path(kApi) / "notifyhost" / GetParam());
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), kMostLines);
}

/// Third parties build without our include paths, and some without Poco's network parts.
TEST_P(PublicHeader, IncludesTheStandardLibraryPocosFoundationAndItself)
{
    const auto text = readFile(std::filesystem::path(kApi) / "notifyhost" / GetParam());
    EXPECT_EQ(text.find("#include \""), std::string::npos);
    EXPECT_EQ(text.find("Poco/Net"), std::string::npos);
    EXPECT_EQ(text.find("Poco/Data"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Api, PublicHeader, testing::ValuesIn(headers()),
                         [](const auto& one) { return one.param.substr(0, one.param.find('.')); });

} // namespace
} // namespace notifyhost::test
