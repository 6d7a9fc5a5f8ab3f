#include "acceptance/Desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A second pipeline in the file of a desk.
std::string second(const std::string& lines, const std::string& porchName = "others")
{
    return "[pipeline.second]\nporch_name = " + porchName +
           "\nporch_uri = https://example.org/others\nporch_version = 1\nsource = script\n"
           "transport = peer\n" +
           lines;
}

TEST(OwnFaults, OfOnePipelineAreAWarningForTheOthers)
{
    // A secret that a run does not use is not read, so its absence is no news.
    for (const auto& [fault, isSecret] : std::vector<std::pair<std::string, bool>>{
             {second("porch_token = ${env:NOT_SET_ANYWHERE}\n"), true},
             {second("templates = no/such/folder\n"), false},
             {second("porch_token_file = no-such-file\n"), true},
             {second("wrokers = 3\n"), false},
             {second("queue = far\n") + "[queue.far]\nurl = https://porch.example.org\n"
                                        "pipeline_token = ${env:NOT_SET_ANYWHERE}\n",
              true}})
    {
        Desk desk(fault);
        desk.tell("\"ann@example.org\"");
        EXPECT_EQ(desk.run.status, 0) << desk.run.error;
        EXPECT_EQ(desk.run.error.find("this stops only what uses it") == std::string::npos,
                  isSecret)
            << fault << desk.run.error;
        EXPECT_THAT(desk.taken(), HasSubstr("ann@example.org "));
        const auto other = desk.notifyhost({"run", "second"});
        EXPECT_EQ(other.status, 78) << other.error;
        EXPECT_THAT(other.error, Not(HasSubstr("this stops only"))) << fault;
        EXPECT_EQ(desk.notifyhost({"check"}).status, 78);
        EXPECT_EQ(desk.notifyhost({"describe", "scripted_source"}).status, 0);
        const auto status = desk.notifyhost({"status"});
        EXPECT_EQ(status.status, 78);
        EXPECT_THAT(status.output, AllOf(HasSubstr("mails: 1 DONE"),
                                         HasSubstr("second: its configuration is wrong")));
    }
}

TEST(OwnFaults, OfWhatAllShareStopAll)
{
    Desk desk("[SSL]\nssl_cert_file = no-such.pem\n");
    const auto ran = desk.notifyhost({"run", "mails"});
    EXPECT_EQ(ran.status, 78) << ran.error;
    EXPECT_THAT(ran.error, HasSubstr("no-such.pem"));
    Desk shared(second("") + "[transport.unused]\nplugin = scripted_transport\n");
    EXPECT_EQ(shared.notifyhost({"run", "mails"}).status, 0);
}

TEST(OwnFaults, OneNameIsOnePipelineOnWhicheverQueue)
{
    Desk desk(second("queue = far\n", "mails") + "[queue.far]\nurl = sqlite:far.sqlite\n");
    for (const auto& words : std::vector<std::vector<std::string>>{{"check"},
                                                                   {"run", "mails"},
                                                                   {"run", "second"},
                                                                   {"add", "second"},
                                                                   {"list", "mails"},
                                                                   {"preview", "mails"},
                                                                   {"status", "second"}})
    {
        const auto result = desk.notifyhost(words);
        EXPECT_EQ(result.status, 78) << testing::PrintToString(words);
        EXPECT_THAT(result.error, AllOf(HasSubstr("[pipeline.mails]"),
                                        HasSubstr("[pipeline.second]"), HasSubstr("porch_name")));
    }
    Desk apart(second("queue = far\n", "Mails") + "[queue.far]\nurl = sqlite:far.sqlite\n");
    EXPECT_EQ(apart.notifyhost({"check"}).status, 0);
}

} // namespace
} // namespace notifyhost::test
