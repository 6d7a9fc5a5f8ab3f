#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace notifyhost::test {
namespace {

/// The measure of the SDK: what a plugin costs its author.
constexpr std::ptrdiff_t kMostLines = 30;
constexpr std::size_t kWidestLine = 100;

class ThirtyLineExample : public testing::TestWithParam<std::string> {
protected:
    std::string source() const { return TEST_DATA "/examples/" + GetParam() + ".cpp"; }
};

TEST_P(ThirtyLineExample, HasThirtyLinesAtMost)
{
    const std::string text = readFile(source());
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), kMostLines);
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        ASSERT_NE(end, std::string::npos);
        EXPECT_LE(end - begin, kWidestLine) << text.substr(begin, end - begin);
        begin = end + 1;
    }
}

/// As a third party builds it: the installed headers, the SDK's library, and nothing of ours.
TEST_P(ThirtyLineExample, IsBuiltFromHeadersAndLibraryAlone)
{
    TemporaryFolder folder;
    const auto library = folder / (GetParam() + ".so");
    std::vector<std::string> command{TEST_CXX,  "-std=c++20", "-Wall",
                                     "-Wextra", "-Werror",    "-fPIC",
                                     "-shared", "-I",         SOURCE_ROOT "/core/api"};
    if (*TEST_SANITIZE != '\0') {
        command.push_back("-fsanitize=" TEST_SANITIZE);
    } else {
        command.push_back("-Wl,-z,defs");
    }
    command.insert(command.end(), {source(), BUILD_ROOT "/core/libnotifyhost-sdk.a",
                                   "-lPocoFoundation", "-lPocoJSON", "-o", library});
    const auto built = run(command);
    ASSERT_EQ(built.status, 0) << built.error;
    const auto sections = run({"readelf", "--wide", "--sections", library});
    EXPECT_NE(sections.output.find(" .notifyhost "), std::string::npos) << sections.output;
}

INSTANTIATE_TEST_SUITE_P(Sdk, ThirtyLineExample,
                         testing::Values("thirty_line_transport", "thirty_line_source"),
                         [](const auto& one) { return one.param; });

} // namespace
} // namespace notifyhost::test
