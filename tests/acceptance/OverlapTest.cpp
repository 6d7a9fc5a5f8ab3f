#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace notifyhost::test {
namespace {

constexpr int kRuns = 50;
constexpr int kTasks = 1000;

/// A facility whose tasks say whom to tell, and whose peer notes each message that it takes.
class OverlapTest : public testing::Test {
protected:
    OverlapTest()
    {
        folder.write("templates/scripted_source/subject.mustache", "{{subject}}");
        folder.write("templates/scripted_source/text.mustache", "This is {{subject}}.\n");
        folder.write("notifyhost.ini", "[host]\nplugin_path = " + std::string(BUILD_ROOT) +
                                           "/tests/plugins\ntemplates = templates\nstate = state\n"
                                           "[PORCH]\nurl = sqlite:queue.sqlite\n"
                                           "[transport.peer]\nplugin = scripted_transport\n"
                                           "file = peer.txt\n"
                                           "[pipeline.mails]\nporch_name = mails\n"
                                           "porch_uri = https://example.org/mails\n"
                                           "porch_version = 1\nsource = scripted_source\n"
                                           "transport = peer\nworkers = 8\n");
    }

    std::vector<std::string> command(const std::vector<std::string>& words) const
    {
        std::vector<std::string> all{std::string(BUILD_ROOT) + "/bin/notifyhost", "-c",
                                     (folder / "notifyhost.ini").string()};
        all.insert(all.end(), words.begin(), words.end());
        return all;
    }

    void addTasks() const
    {
        std::string lines;
        for (int number = 0; number < kTasks; ++number) {
            lines += R"({"notifications":[{"key":"news","to":["reader)" + std::to_string(number) +
                     "@example.org\"]}]}\n";
        }
        const auto added = run(command({"add", "mails"}), {lines, {}, {}, std::chrono::minutes{2}});
        ASSERT_EQ(added.status, 0) << added.error;
    }

    std::multiset<std::string> told() const
    {
        std::multiset<std::string> addresses;
        std::istringstream record(readFile(folder / "peer.txt"));
        std::string line;
        while (std::getline(record, line)) {
            addresses.insert(line.substr(0, line.find(' ')));
        }
        return addresses;
    }

    TemporaryFolder folder;
};

TEST_F(OverlapTest, FiftyRunsAtOnceTellAThousandPeopleOnceAndLeaveNothingBehind)
{
    addTasks();
    std::vector<std::unique_ptr<BackgroundProcess>> runs;
    for (int number = 0; number < kRuns; ++number) {
        runs.push_back(std::make_unique<BackgroundProcess>(
            command({"run", "mails"}), folder / ("run" + std::to_string(number) + ".log")));
    }
    for (int number = 0; number < kRuns; ++number) {
        EXPECT_EQ(runs[static_cast<std::size_t>(number)]->wait(std::chrono::minutes{4}), 0);
        EXPECT_EQ(readFile(folder / ("run" + std::to_string(number) + ".log")), "")
            << "a run that finds another at work leaves quietly";
    }
    const auto addresses = told();
    EXPECT_EQ(addresses.size(), static_cast<std::size_t>(kTasks));
    EXPECT_EQ(std::set<std::string>(addresses.begin(), addresses.end()).size(),
              static_cast<std::size_t>(kTasks));
    for (const auto* status : {"PENDING", "CLAIMED", "RUNNING", "FAILED", "CANCELLED"}) {
        EXPECT_EQ(run(command({"list", "mails", "--status", status})).output, "") << status;
    }
    const auto done = run(command({"list", "mails", "--status", "DONE"})).output;
    EXPECT_EQ(std::count(done.begin(), done.end(), '\n'), kTasks);
}

} // namespace
} // namespace notifyhost::test
