#include <notifyhost/IsoTime.h>

#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using namespace std::chrono_literals;

TEST(IsoTime, IsTheSameMomentHoweverItIsWritten)
{
    const auto moment = readIsoTime("2026-10-28T11:09:25");
    ASSERT_TRUE(moment);
    EXPECT_EQ(*moment, std::chrono::sys_days{std::chrono::year{2026} / 10 / 28} + 11h + 9min + 25s);
    for (const auto* same :
         {"2026-10-28T11:09:25Z", "2026-10-28T11:09:25.000", "2026-10-28T11:09:25.0000000000Z",
          "2026-10-28T11:09:25+00:00", "2026-10-28T11:09:25-0000", "2026-10-28T11:09:25+00",
          "2026-10-28 11:09:25", "2026-10-28T12:09:25+01:00", "2026-10-28T05:39:25-05:30"})
    {
        EXPECT_EQ(readIsoTime(same), moment) << same;
    }
    EXPECT_EQ(readIsoTime("2026-10-28T11:09:25.25"), *moment + 250ms);
    EXPECT_EQ(readIsoTime("2026-10-28T11:09:25,000000001"), *moment + 1ns);
    EXPECT_EQ(readIsoTime("2026-10-28T11:09"), *moment - 25s);
}

TEST(IsoTime, IsNothingElse)
{
    for (const auto* text : {"",
                             "2026",
                             "2026-10-28",
                             "2026-02-30T11:09:25",
                             "2026-13-01T11:09:25",
                             "2026-10-28T24:00",
                             "2026-10-28T11:60",
                             "2026-10-28T11:09:61",
                             "2026-10-28T11:09:25.",
                             "2026-10-28T11:09:25 ",
                             " 2026-10-28T11:09:25",
                             "2026-10-28T11:09:25z",
                             "2026-10-28T11:09:25+1",
                             "2026-10-28T11:09:25+01:",
                             "2026-10-28T11:09:25+01:60",
                             "1677-01-01T00:00:00",
                             "2262-01-01T00:00:00",
                             "26-10-28T11:09:25",
                             "2026-10-28T11:9:25",
                             "Passed"})
    {
        EXPECT_EQ(readIsoTime(text), std::nullopt) << text;
    }
}

} // namespace
} // namespace notifyhost::test
