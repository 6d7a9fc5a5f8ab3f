#include "message/Addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using notifyhost::message::checkAddresses;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The contacts of study 7203 in the sample data.
TEST(Addresses, SortsTheTrapsOfTheWarehouse)
{
    const auto checked = checkAddresses(
        {"", "  spaced@example.org ", "Dora Display <dora@example.org>", "Zed.Ash@example.org",
         "not-an-address", "one@example.org, two@example.org", "zed.ash@example.org"});
    EXPECT_THAT(checked.usable, ElementsAre("spaced@example.org", "dora@example.org",
                                            "Zed.Ash@example.org", "zed.ash@example.org"));
    EXPECT_THAT(
        checked.skipped,
        ElementsAre("'' is no usable address: it is empty",
                    "'not-an-address' is no usable address: it has no @",
                    "'one@example.org, two@example.org' is no usable address: it holds more than "
                    "one address"));
}

TEST(Addresses, DropsWhatWasThereBefore)
{
    const auto checked =
        checkAddresses({"b@example.org", "a@example.org", " b@example.org", "B <b@example.org>"});
    EXPECT_THAT(checked.usable, ElementsAre("b@example.org", "a@example.org"));
    EXPECT_THAT(checked.skipped, IsEmpty());
}

TEST(Addresses, TakesAddressesOutsideAscii)
{
    const auto checked =
        checkAddresses({"søren@eksempel.example", "伊藤 りん <l.ito@例え.example>"});
    EXPECT_THAT(checked.usable, ElementsAre("søren@eksempel.example", "l.ito@例え.example"));
}

TEST(Addresses, ReadsQuotedNamesWithAnAtInThem)
{
    const auto checked = checkAddresses({R"("Lab @ Home, \"east\"" <lab@example.org>)"});
    EXPECT_THAT(checked.usable, ElementsAre("lab@example.org"));
}

TEST(Addresses, RefusesControlCharactersAndShowsNoneOfThem)
{
    using namespace std::string_literals;
    for (const auto& text : {"a@example.org\r\nBcc: b"s, "a\nb@example.org"s, "a\0b@example.org"s,
                             "a\tb@example.org"s, "a\x7F@example.org"s})
    {
        const auto checked = checkAddresses({text});
        EXPECT_THAT(checked.usable, IsEmpty()) << text;
        ASSERT_EQ(checked.skipped.size(), 1u) << text;
        EXPECT_EQ(checked.skipped.front().find_first_of("\r\n\t\x7F"s + '\0'), std::string::npos);
        EXPECT_THAT(checked.skipped.front(), HasSubstr("is no usable address: "));
    }
}

TEST(Addresses, RefusesWhatIsNoMailbox)
{
    const auto checked = checkAddresses({"@example.org", "a@", "Name <a@example.org",
                                         "a b@example.org", "two@at@example.org", "   "});
    EXPECT_THAT(checked.usable, IsEmpty());
    EXPECT_EQ(checked.skipped.size(), 6u);
}
