#include "net/AnswerText.h"

#include <gtest/gtest.h>

using namespace notifyhost;
using namespace notifyhost::net;

namespace {

TEST(AnswerText, ShowsStatusReasonAndFirstLine)
{
    HttpResponse response;
    response.status = 502;
    response.reason = "Bad Gateway";
    response.body = "\r\n  <html>\r\n<head>";
    EXPECT_EQ(answerText(response), "502 Bad Gateway: <html>");
    response.body.clear();
    EXPECT_EQ(answerText(response), "502 Bad Gateway, without a body");
}

TEST(AnswerText, IsFitForALog)
{
    EXPECT_EQ(firstLine("a\x1B[31mb\tc"), "a [31mb c");
    EXPECT_EQ(firstLine("caf\xC3\xA9 \xE9 \xC2\x9B"), "caf\xC3\xA9 ?  ");
    EXPECT_EQ(firstLine("\xC3"), "?");
    EXPECT_EQ(firstLine(std::string("a\0b", 3)), "a b");
}

TEST(AnswerText, IsShort)
{
    std::string expected(200, 'x');
    expected += "…";
    EXPECT_EQ(firstLine(std::string(5000, 'x')), expected);
}

} // namespace
