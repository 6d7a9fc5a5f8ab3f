#include "log/Counted.h"

#include <gtest/gtest.h>

namespace notifyhost::log {
namespace {

TEST(Counted, OneIsOne)
{
    EXPECT_EQ(counted(1, "task"), "1 task");
    EXPECT_EQ(counted(1, "delivery"), "1 delivery");
}

TEST(Counted, NoneAndManyAreSeveral)
{
    EXPECT_EQ(counted(0, "task"), "0 tasks");
    EXPECT_EQ(counted(3, "held recipient"), "3 held recipients");
    EXPECT_EQ(counted(2, "delivery"), "2 deliveries");
    EXPECT_EQ(counted(2, "day"), "2 days");
}

} // namespace
} // namespace notifyhost::log
