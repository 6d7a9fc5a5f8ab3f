#include "EventNames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::ont {

namespace {

using ::testing::HasSubstr;

TEST(EventNames, ShowNamesAndDisplayTextsAlike)
{
    EXPECT_EQ(displayText("UPLOADED"), "uploaded");
    EXPECT_EQ(displayText("BASECALLED"), "basecalled");
    EXPECT_EQ(displayText("BASECALLED_HAC"), "basecalled (HAC)");
    EXPECT_EQ(displayText("BASECALLED_SUP"), "basecalled (SUP)");
    EXPECT_EQ(displayText("BASECALLED_MOD"), "basecalled (MOD)");
    EXPECT_EQ(displayText("uploaded"), "uploaded");
    EXPECT_EQ(displayText("basecalled (MOD)"), "basecalled (MOD)");
}

TEST(EventNames, ShowAnUnknownEventAsItIs)
{
    EXPECT_EQ(displayText("demultiplexed"), "demultiplexed");
}

TEST(EventNames, AcceptAllTenTexts)
{
    for (const char* event :
         {"UPLOADED", "BASECALLED", "BASECALLED_HAC", "BASECALLED_SUP", "BASECALLED_MOD",
          "uploaded", "basecalled", "basecalled (HAC)", "basecalled (SUP)", "basecalled (MOD)"})
    {
        EXPECT_EQ(eventProblem(event), std::nullopt) << event;
    }
}

TEST(EventNames, SuggestTheNearestOne)
{
    EXPECT_THAT(eventProblem("BASECALLED_HCA").value(),
                HasSubstr("\"BASECALLED_HCA\" is no event; did you mean BASECALLED_HAC?"));
    EXPECT_THAT(eventProblem("Uploaded").value(), HasSubstr("did you mean UPLOADED?"));
    EXPECT_THAT(eventProblem("basecalled sup").value(), HasSubstr("did you mean BASECALLED_SUP?"));
    EXPECT_THAT(eventProblem("basecalled (HAC").value(),
                HasSubstr("did you mean basecalled (HAC)?"));
    EXPECT_THAT(eventProblem("").value(), HasSubstr("did you mean"));
    EXPECT_THAT(eventProblem("UPLOADED ").value(), HasSubstr("did you mean UPLOADED?"));
}

} // namespace

} // namespace notifyhost::ont
