#include "json/Number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace notifyhost::json;

TEST(Number, IsTheSameDecimalHoweverWritten)
{
    const Decimal value = toDecimal("0.00120");
    EXPECT_EQ(value.digits, "12");
    EXPECT_EQ(value.exponent, -3);
    for (const char* same : {"1.2e-3", "0.0012", "12E-4", "120e-5", "0.00000012e+4"}) {
        EXPECT_EQ(toDecimal(same), value) << same;
    }
    EXPECT_FALSE(toDecimal("-1.2e-3") == value);
    EXPECT_EQ(toDecimal("0e99").digits, "");
    EXPECT_EQ(toDecimal("0e99").exponent, 0);
}

TEST(Number, BeyondTheLargestDoubleIsNone)
{
    const double largest = std::numeric_limits<double>::max();
    EXPECT_EQ(toDouble("1.7976931348623157e308"), largest);
    EXPECT_EQ(toDouble("1.7976931348623158e308"), largest);
    for (const char* text :
         {"1.7976931348623159e308", "-1e309", "1e400", "1e999999999999999999999", "0.1e99999"})
    {
        EXPECT_FALSE(toDouble(text)) << text;
    }
    EXPECT_FALSE(toDouble(std::string(400, '9') + ".5"));
}

TEST(Number, TooSmallIsZeroWithItsSign)
{
    EXPECT_EQ(toDouble("5e-324"), std::numeric_limits<double>::denorm_min());
    EXPECT_EQ(toDouble("3e-324"), std::numeric_limits<double>::denorm_min());
    for (const char* text : {"2e-324", "1e-400", "0e400", "1e-99999999999999999999", "0.0e5"}) {
        ASSERT_TRUE(toDouble(text)) << text;
        EXPECT_EQ(*toDouble(text), 0.0) << text;
        EXPECT_FALSE(std::signbit(*toDouble(text))) << text;
    }
    for (const char* text : {"-1e-400", "-0.0", "-0e7"}) {
        ASSERT_TRUE(toDouble(text)) << text;
        EXPECT_TRUE(*toDouble(text) == 0.0 && std::signbit(*toDouble(text))) << text;
    }
}

TEST(Number, EndsWhereTheGrammarEndsIt)
{
    EXPECT_EQ(numberLength("-12.50e+7,"), 9U);
    EXPECT_EQ(numberLength("0]"), 1U);
    EXPECT_EQ(numberLength("01"), 1U);
    EXPECT_EQ(numberLength("1.x"), 1U);
    EXPECT_EQ(numberLength("1e+"), 1U);
    EXPECT_EQ(numberLength("-"), 0U);
    EXPECT_EQ(numberLength("x"), 0U);
    EXPECT_EQ(numberLength(""), 0U);
}
