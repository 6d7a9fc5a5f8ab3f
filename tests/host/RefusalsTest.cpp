#include "host/Refusals.h"

#include "host/Facility.h"

#include <gtest/gtest.h>

namespace notifyhost::host {
namespace {

class RefusalsTest : public testing::Test {
protected:
    std::optional<ledger::Suspicion> ended(const std::string& said, const std::string& address)
    {
        return refusals.ended({said}, {address}, host.clock.wall());
    }

    test::Facility facility;
    test::Host host{facility, "host"};
    std::unique_ptr<ledger::Ledger> ledger = host.ledger();
    Refusals refusals{*ledger};
};

TEST_F(RefusalsTest, SuspectsTheFifthInARowThatIsRefusedInTheSameWords)
{
    for (int number = 1; number <= 5; ++number) {
        const auto name = "reader" + std::to_string(number) + "@a.org";
        const auto found = ended("127.0.0.1:25, recipient: " + name + ": 554 5.7.1 <" + name +
                                     ">: blocked, id 4fX" + std::to_string(number * 77),
                                 name);
        EXPECT_EQ(found.has_value(), number == 5);
    }
    EXPECT_TRUE(refusals.isSuspected(
        "127.0.0.1:25, recipient: new@b.org: 554 5.7.1 <new@b.org>: blocked, id 9Q1"));
    EXPECT_FALSE(refusals.isSuspected("127.0.0.1:25, recipient: new@b.org: 550 5.1.1 who?"));
    EXPECT_TRUE(Refusals(*ledger).suspected()) << "the next run knows it";
    refusals.over();
    EXPECT_FALSE(Refusals(*ledger).suspected());
}

TEST_F(RefusalsTest, BeginsAnewWithOtherWords)
{
    for (int number = 0; number < 4; ++number) {
        ended("554 5.7.1 blocked", std::to_string(number) + "@a.org");
    }
    EXPECT_FALSE(ended("552 5.2.2 mailbox full", "x@a.org"));
    EXPECT_FALSE(ended("554 5.7.1 blocked", "y@a.org"));
    EXPECT_FALSE(refusals.ended({"554 5.7.1 blocked", "550 other"}, {"x@a.org", "y@a.org"},
                                host.clock.wall()));
    EXPECT_FALSE(ledger->suspicion());
}

TEST_F(RefusalsTest, DoesNotTakeOnePersonWhoHasLeftForTheSite)
{
    for (int number = 0; number < 9; ++number) {
        EXPECT_FALSE(ended("550 5.1.1 user unknown", "gone@a.org"));
    }
    EXPECT_TRUE(ended("550 5.1.1 user unknown", "other@a.org"))
        << "but nobody is known there any more";
}

TEST_F(RefusalsTest, SuspectsWhatIsNotAboutTheMailboxForOnePersonToo)
{
    for (int number = 0; number < 4; ++number) {
        EXPECT_FALSE(ended("554 5.7.1 blocked", "only@a.org"));
    }
    EXPECT_TRUE(ended("554 5.7.1 blocked", "only@a.org"));
}

} // namespace
} // namespace notifyhost::host
