#include "support/Process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

namespace notifyhost::test {
namespace {

namespace fs = std::filesystem;

using testing::AnyOf;
using testing::ContainsRegex;
using testing::HasSubstr;

std::string readelf(const std::vector<std::string>& what, const fs::path& file)
{
    std::vector<std::string> command{"readelf", "--wide"};
    command.insert(command.end(), what.begin(), what.end());
    command.push_back(file.string());
    const ProcessResult result = run(command);
    EXPECT_EQ(result.status, 0) << result.error;
    return result.output;
}

/// What was built to be installed.
std::vector<fs::path> programs()
{
    return {fs::path(BUILD_ROOT) / "bin/notifyhost", fs::path(BUILD_ROOT) / "bin/miniporch"};
}

std::vector<fs::path> plugins()
{
    std::vector<fs::path> result;
    for (const auto& entry : fs::directory_iterator(fs::path(BUILD_ROOT) / "lib/notifyhost")) {
        if (entry.path().extension() == ".so") {
            result.push_back(entry.path());
        }
    }
    return result;
}

std::vector<fs::path> all()
{
    auto result = programs();
    for (const auto& plugin : plugins()) {
        result.push_back(plugin);
    }
    return result;
}

std::size_t countOf(const std::string& text, const std::string& pattern)
{
    const std::regex expression(pattern);
    return static_cast<std::size_t>(
        std::distance(std::sregex_iterator(text.begin(), text.end(), expression), {}));
}

class Hardening : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!std::string(TEST_SANITIZE).empty()) {
            GTEST_SKIP() << "a build with sanitizers is not what is installed";
        }
    }
};

} // namespace

TEST_F(Hardening, EveryAddressIsResolvedAtTheStartAndThenReadOnly)
{
    auto files = all();
    files.emplace_back("/proc/self/exe");
    files.back() = fs::read_symlink(files.back());
    EXPECT_GE(files.size(), 7U);
    for (const auto& file : files) {
        EXPECT_THAT(readelf({"--dynamic"}, file), AnyOf(HasSubstr("BIND_NOW"), HasSubstr("NOW")))
            << file;
        const std::string segments = readelf({"--program-headers"}, file);
        EXPECT_THAT(segments, HasSubstr("GNU_RELRO")) << file;
        EXPECT_THAT(segments, ContainsRegex("GNU_STACK[ ]+(0x[0-9a-f]+ +)+RW ")) << file;
        EXPECT_EQ(countOf(segments, "LOAD .* RWE "), 0U) << file;
    }
}

TEST_F(Hardening, ProgramsLieWhereNobodyCanTell)
{
    auto files = programs();
    files.push_back(fs::read_symlink("/proc/self/exe"));
    for (const auto& file : files) {
        EXPECT_THAT(readelf({"--file-header"}, file), ContainsRegex("Type: +DYN")) << file;
        EXPECT_THAT(readelf({"--program-headers"}, file), HasSubstr("INTERP")) << file;
        EXPECT_THAT(readelf({"--dynamic"}, file), ContainsRegex("FLAGS_1.*PIE")) << file;
    }
    for (const auto& plugin : plugins()) {
        EXPECT_THAT(readelf({"--file-header"}, plugin), ContainsRegex("Type: +DYN")) << plugin;
    }
}

TEST_F(Hardening, FunctionsNoticeAnOverwrittenStack)
{
    for (const auto& file : all()) {
        EXPECT_THAT(readelf({"--dyn-syms"}, file), HasSubstr("__stack_chk_fail")) << file;
    }
}

TEST_F(Hardening, CallsThatCouldOverrunAreChecked)
{
    // A file has such calls only where it makes one that could be wrong.
    std::size_t checked = 0;
    for (const auto& file : all()) {
        checked += countOf(readelf({"--dyn-syms"}, file), " __[a-z0-9_]+_chk@");
    }
    EXPECT_GT(checked, 0U);
}

#if defined(__x86_64__)
TEST_F(Hardening, IndirectBranchesLandWhereTheyMay)
{
    for (const auto& file : all()) {
        const ProcessResult code = run(
            {"objdump", "--disassemble", "--no-show-raw-insn", "--section=.text", file.string()});
        EXPECT_EQ(code.status, 0) << code.error;
        std::size_t marks = 0;
        for (auto at = code.output.find("\tendbr64"); at != std::string::npos;
             at = code.output.find("\tendbr64", at + 1))
        {
            ++marks;
        }
        // Without the flag there are the few of the compiler's own start files.
        EXPECT_GT(marks, 100U) << file;
    }
}
#endif

} // namespace notifyhost::test
