#include "acceptance/Desk.h"

#include "host/PipelineLock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(OperatorTime, IsNeverMetByHandsOffOnAQueueOfOneHost)
{
    Desk desk;
    desk.add(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]}]})");
    const auto id = desk.lastId();
    desk.leaveRunning(id, std::chrono::hours{24 * 8});
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 1);
    EXPECT_EQ(desk.taken(), "");
    EXPECT_THAT(desk.listed("--failed"), HasSubstr("give_up_after is over"));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr(command("retry", id)), Not(HasSubstr("another host")),
                      Not(HasSubstr("Nothing is wrong"))));
    EXPECT_EQ(desk.notifyhost({"retry", "mails", id}).status, 0);
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.taken(), StartsWith("ada@x.org "));
}

TEST(OperatorTime, IsToldOnAQueueOfOneHostThatTheNextRunGivesUpHoweverLate)
{
    Desk desk;
    const auto untold = desk.tell(R"("later@x.org")");
    const auto inPart = desk.tell(R"("ada@x.org","later@y.org")");
    desk.setAhead(std::chrono::hours{24 * 8});
    for (const auto& [id, how] : {std::pair{untold, "composed anew, with contacts"},
                                  {inPart, "with the same bytes and addresses"}})
    {
        EXPECT_THAT(desk.explained(id),
                    AllOf(HasSubstr("Its time is over: the next `notifyhost run mails` gives up"),
                          HasSubstr(command("retry", id) +
                                    " tries again, with a budget of its own, " + how),
                          Not(HasSubstr("another host")), Not(HasSubstr("sends nothing more"))));
    }
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 1);
    EXPECT_THAT(desk.explained(untold), HasSubstr("ledger: failed"));
    EXPECT_THAT(desk.explained(inPart), HasSubstr("ledger: done"));
}

TEST(OperatorTime, LearnsThatATasksTimeIsOver)
{
    Desk desk;
    desk.add(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]}]})");
    const auto id = desk.lastId();
    desk.leaveRunning(id, std::chrono::hours{24 * 5 + 1});
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("Its time is over"), HasSubstr(command("retry", id))));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 1);
    EXPECT_THAT(desk.listed("--failed"), HasSubstr("give_up_after is over"));
    // The queue shows it RUNNING again, in time: it is told FAILED again.
    desk.put(id, queue::TaskStatus::running);
    EXPECT_THAT(desk.explained(id), Not(HasSubstr("is not told again")));
    EXPECT_EQ(desk.notifyhost({"run", "mails"}).status, 0);
    EXPECT_THAT(desk.notifyhost({"list", "mails"}).output, StartsWith("FAILED"));
}

TEST(Operator, RunsOnePorchPipelineOnceWhateverItsSectionIsCalled)
{
    Desk desk;
    desk.add(R"({"notifications":[{"key":"study 1","to":["ada@x.org"]}]})");
    auto text = readFile(desk.folder() / "notifyhost.ini");
    const std::string section = "[pipeline.mails]";
    text.replace(text.find(section), section.size(), "[pipeline.others]");
    desk.folder().write("notifyhost.ini", text);
    EXPECT_EQ(desk.notifyhost({"status"}).status, 0);
    const auto state = desk.folder() / "state";
    std::filesystem::create_directories(state);
    std::filesystem::permissions(state, std::filesystem::perms::owner_all);
    {
        const host::PipelineLock atWork(state, "mails");
        EXPECT_EQ(desk.notifyhost({"run", "others"}).status, 0);
        EXPECT_EQ(desk.taken(), "");
    }
    EXPECT_EQ(desk.notifyhost({"run", "others"}).status, 0);
    EXPECT_THAT(desk.taken(), StartsWith("ada@x.org "));
}

} // namespace
} // namespace notifyhost::test
