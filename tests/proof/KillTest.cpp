#include "proof/KillCampaign.h"

#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

namespace notifyhost::test {
namespace {

TEST(Kill, TellsEverybodyOnceHoweverOftenARunIsKilled)
{
    const TemporaryFolder folder;
    std::ostringstream progress;
    const auto figures = KillCampaign(folder.path(), {}, progress).run();
    std::cout << figures;
    for (std::size_t point = 0; point < kKillPoints; ++point) {
        EXPECT_GE(figures.hits[point], 20) << toText(static_cast<KillPoint>(point));
    }
    EXPECT_EQ(figures.lost, 0);
    EXPECT_EQ(figures.strangers, 0);
    EXPECT_EQ(figures.outsideGap, 0);
    EXPECT_EQ(figures.tooOften, 0);
    EXPECT_EQ(figures.broughtBack, (figures.tasks + 39) / 40);
    EXPECT_EQ(figures.differing, 0);
    EXPECT_EQ(figures.falselyAccepted, 0);
    EXPECT_EQ(figures.notFinal, 0);
    EXPECT_EQ(figures.told, 3 * figures.tasks);
    EXPECT_GE(figures.retold, 1);
    EXPECT_GE(figures.clockJumps, 10);
    EXPECT_GE(figures.verdicts, 20);
    EXPECT_GE(figures.verdictsTold, 5);
    EXPECT_EQ(figures.outOfOrder, 0);
    EXPECT_EQ(figures.notTheNewest, 0);
}

} // namespace
} // namespace notifyhost::test
