#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

const std::filesystem::path kSamples = std::string(SOURCE_ROOT) + "/conf/samples";

ProcessResult check(const std::filesystem::path& file)
{
    return run({std::string(BUILD_ROOT) + "/bin/notifyhost", "-c", file.string(), "check"},
               {"",
                {{"PORCH_ADMIN_TOKEN", "0123456789abcdef0123456789abcdef"},
                 {"PORCH_PIPELINE_TOKEN", "0123456789abcdef0123456789abcdee"},
                 {"MLWH_PASSWORD", "not-a-real-password"}},
                {},
                std::chrono::seconds{60}});
}

TEST(Samples, AreFoundGood)
{
    int checked = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kSamples)) {
        if (entry.path().extension() == ".ini") {
            const auto result = check(entry.path());
            EXPECT_EQ(result.status, 0) << entry.path() << ": " << result.error;
            EXPECT_EQ(result.error, "") << entry.path();
            ++checked;
        }
    }
    EXPECT_EQ(checked, 3);
}

TEST(Samples, HaveACrontabWhoseLinesNameFilesAndPipelinesThatAreThere)
{
    std::istringstream lines(readFile(kSamples / "crontab"));
    int commands = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto at = line.find("notifyhost -c /etc/notifyhost/");
        if (line.starts_with('#') || at == std::string::npos) {
            continue;
        }
        std::istringstream words(line.substr(at));
        std::string word, file, command, pipeline;
        words >> word >> word >> file >> command >> pipeline;
        const auto sample = kSamples / std::filesystem::path(file).filename();
        EXPECT_THAT(readFile(sample), HasSubstr("[pipeline." + pipeline + "]\n")) << line;
        EXPECT_TRUE(command == "add" || command == "run") << line;
        ++commands;
    }
    EXPECT_EQ(commands, 4);
}

} // namespace
} // namespace notifyhost::test
