#include "WholeNumber.h"

#include <gtest/gtest.h>

namespace notifyhost::ont {

namespace {

int numberIn(const std::string& text)
{
    const WholeNumber number = readWholeNumber(text);
    EXPECT_EQ(number.reading, Reading::number) << text;
    return number.value;
}

Reading readingOf(const std::string& text)
{
    return readWholeNumber(text).reading;
}

TEST(WholeNumber, TakesSignsBlanksZerosAndUnderscores)
{
    EXPECT_EQ(numberIn("3"), 3);
    EXPECT_EQ(numberIn("+18"), 18);
    EXPECT_EQ(numberIn("-1"), -1);
    EXPECT_EQ(numberIn("0017"), 17);
    EXPECT_EQ(numberIn("1_2"), 12);
    EXPECT_EQ(numberIn("0_1_2"), 12);
    EXPECT_EQ(numberIn(" \t16\n "), 16);
    EXPECT_EQ(numberIn("\u00a016\u2003\u3000"), 16);
    const std::string zeros(5000, '0');
    EXPECT_EQ(numberIn(zeros + "7"), 7);
}

TEST(WholeNumber, TakesDigitsOfOtherScripts)
{
    EXPECT_EQ(numberIn("\u0661\u0662"), 12); // Arabic-Indic
    EXPECT_EQ(numberIn("\uff11\uff19"), 19); // full width
    EXPECT_EQ(numberIn("\u09e8"), 2);        // Bengali
    EXPECT_EQ(numberIn("\u0e59"), 9);        // Thai
    EXPECT_EQ(numberIn("\U0001d7ff"), 9);    // mathematical monospace
    EXPECT_EQ(numberIn("\U0001fbf9"), 9);    // segmented
    EXPECT_EQ(numberIn("1\u0662"), 12);
}

TEST(WholeNumber, RefusesWhatIsNoWholeNumber)
{
    for (const char* text : {"",
                             " ",
                             "three",
                             "3.0",
                             "1e1",
                             "0x3",
                             "+",
                             "-",
                             "--3",
                             "+ 3",
                             "1 2",
                             "_1",
                             "1_",
                             "1__2",
                             "1_ ",
                             "\u00b2",
                             "\u2160",
                             "\u2212"
                             "1",
                             "True",
                             "\u066b"})
    {
        EXPECT_EQ(readingOf(text), Reading::none) << text;
    }
    EXPECT_EQ(readingOf(std::string("3\0", 2)), Reading::none);
}

TEST(WholeNumber, KnowsThatANumberIsTooBig)
{
    EXPECT_EQ(readingOf("99999999999999999999999999"), Reading::tooBig);
    EXPECT_EQ(readingOf("-99999999999999999999999999"), Reading::tooBig);
    EXPECT_EQ(readingOf("4294967299"), Reading::tooBig);
}

TEST(WholeNumber, WritesJsonNumbersAsPythonDoes)
{
    EXPECT_EQ(numberAsText("3"), "3");
    EXPECT_EQ(numberAsText("-0"), "0");
    EXPECT_EQ(numberAsText("123456789012345678901234567890"), "123456789012345678901234567890");
    EXPECT_EQ(numberAsText("3.0"), "3.0");
    EXPECT_EQ(numberAsText("3.10"), "3.1");
    EXPECT_EQ(numberAsText("-0.0"), "-0.0");
    EXPECT_EQ(numberAsText("1e5"), "100000.0");
    EXPECT_EQ(numberAsText("1E15"), "1000000000000000.0");
    EXPECT_EQ(numberAsText("1e16"), "1e+16");
    EXPECT_EQ(numberAsText("0.0001"), "0.0001");
    EXPECT_EQ(numberAsText("0.00001"), "1e-05");
    EXPECT_EQ(numberAsText("1.5e-7"), "1.5e-07");
    EXPECT_EQ(numberAsText("1e-400"), "0.0");
    EXPECT_EQ(numberAsText("0.1"), "0.1");
}

} // namespace

} // namespace notifyhost::ont
