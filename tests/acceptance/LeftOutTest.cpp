#include "acceptance/Desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(LeftOut, ARecipientWithoutAUsableAddressIsARowBesideTheGoodOnes)
{
    Desk desk;
    const auto id = desk.tell(R"("fine@example.org","b.okafor@example,org")");
    EXPECT_EQ(desk.run.status, 1) << desk.run.error;
    EXPECT_THAT(desk.run.error, AllOf(HasSubstr("notification study 1: a recipient cannot be told: "
                                                "'b.okafor@example,org' is no usable address"),
                                      HasSubstr("DONE: 1 told, 1 not")));
    EXPECT_THAT(desk.taken(), AllOf(HasSubstr("fine@example.org "), Not(HasSubstr("okafor"))));
    EXPECT_THAT(desk.listed("--partial"), HasSubstr(id));
    EXPECT_THAT(desk.explained(id), HasSubstr("b.okafor@example,org: refused"));
    EXPECT_THAT(desk.status(), HasSubstr("DONE with somebody not told"));
}

TEST(LeftOut, AnEmptyAddressIsARowThatNamesTheStudy)
{
    Desk desk;
    const auto id = desk.tell(R"("fine@example.org",""," \u00a0")");
    EXPECT_EQ(desk.run.status, 1) << desk.run.error;
    EXPECT_THAT(desk.run.error, HasSubstr("DONE: 1 told, 1 not"));
    EXPECT_THAT(desk.explained(id),
                AllOf(HasSubstr("notification study 1"), HasSubstr("(empty): refused")));
}

TEST(LeftOut, NobodyWhoCouldBeToldIsAFailureThatACorrectedAddressEnds)
{
    Desk desk;
    const auto id = desk.tell(R"("not-an-address","old..phone@example.org")");
    EXPECT_EQ(desk.run.status, 1) << desk.run.error;
    EXPECT_THAT(desk.listed("--failed"), HasSubstr(id));
    EXPECT_THAT(desk.explained(id), AllOf(HasSubstr("not-an-address: refused"),
                                          HasSubstr("old..phone@example.org: refused")));
}

TEST(LeftOut, ControlsInAnAddressReachNeitherListNorLog)
{
    Desk desk;
    const auto id = desk.tell(R"("fine@example.org","x\u001b[2J@example.org","y\u0007")");
    EXPECT_EQ(desk.run.status, 1) << desk.run.error;
    for (const auto& text : {desk.run.error, desk.explained(id), desk.listed("--partial")}) {
        EXPECT_EQ(text.find('\x1b'), std::string::npos);
        EXPECT_EQ(text.find('\x07'), std::string::npos);
    }
    EXPECT_THAT(desk.explained(id), HasSubstr("x\\x1B[2J@example.org: refused"));
}

TEST(LeftOut, TheMessageForAllIsToldWithoutThem)
{
    Desk desk("addressing = together\n");
    const auto id =
        desk.tell(R"("one@example.org; two@example.org","<three@example.org>,","four@")");
    EXPECT_EQ(desk.run.status, 1) << desk.run.error;
    EXPECT_THAT(desk.taken(), AllOf(HasSubstr("one@example.org "), HasSubstr("two@example.org "),
                                    HasSubstr("three@example.org "), Not(HasSubstr("four@"))));
    EXPECT_THAT(desk.explained(id), HasSubstr("four@: refused"));
}

TEST(LeftOut, OnePersonInSeveralSpellingsIsToldOnce)
{
    const std::string spellings =
        R"("Ash.Zed@example.org","ash.zed@Example.ORG","ASH.ZED@example.org")";
    Desk desk;
    desk.tell(spellings);
    EXPECT_EQ(desk.run.status, 0) << desk.run.error;
    EXPECT_THAT(desk.taken(), AllOf(HasSubstr("Ash.Zed@example.org "), Not(HasSubstr("ash.zed")),
                                    Not(HasSubstr("ASH.ZED"))));
    Desk strict("case_sensitive_addresses = yes\n");
    strict.tell(spellings + R"(,"Ash.Zed@EXAMPLE.org")");
    EXPECT_EQ(strict.run.status, 0) << strict.run.error;
    EXPECT_THAT(strict.taken(),
                AllOf(HasSubstr("Ash.Zed@example.org "), HasSubstr("ash.zed@Example.ORG "),
                      HasSubstr("ASH.ZED@example.org "), Not(HasSubstr("EXAMPLE.org"))));
}

} // namespace
} // namespace notifyhost::test
