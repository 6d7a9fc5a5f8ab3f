#include "SmtpAddress.h"
#include "DotStuffer.h"
#include "SmtpText.h"

#include <gtest/gtest.h>

namespace notifyhost::email {

TEST(SmtpAddress, LetsThroughWhatMayStandInACommand)
{
    for (const std::string address :
         {"a@b", "first.last+tag@mail.example.org", "o'neil@example.org",
          "\"two words\"@example.org", "\"a>b\"@example.org", "\"a\\\"b\"@example.org",
          "x@[192.0.2.1]", "x@[IPv6:2001:db8::1]", "jos\xC3\xA9@example.org",
          "x@b\xC3\xBC"
          "cher.example"})
    {
        EXPECT_EQ(addressProblem(address), "") << address;
    }
}

TEST(SmtpAddress, WritesADomainOutsideAsciiAsALabels)
{
    EXPECT_EQ(asciiAddress("mika@b\xC3\xBC"
                           "cher.example"),
              "mika@xn--bcher-kva.example");
    EXPECT_EQ(asciiAddress("Mika.X@B\xC3\x9C"
                           "CHER.Example"),
              "Mika.X@xn--bcher-kva.example");
    EXPECT_EQ(asciiAddress("a@stra\xC3\x9F"
                           "e.example"),
              "a@xn--strae-oqa.example");
    EXPECT_EQ(asciiAddress("a@\xE4\xBE\x8B\xE3\x80\x82\xE6\xB5\x8B\xE8\xAF\x95"),
              "a@xn--fsq.xn--0zwm56d");
    EXPECT_EQ(asciiAddress("\"b@d\"@b\xC3\xBC"
                           "cher.example"),
              "\"b@d\"@xn--bcher-kva.example");
}

TEST(SmtpAddress, LeavesEverythingElseAsItIs)
{
    for (const std::string address :
         {"", "nobody", "Anna@Example.ORG", "a@[192.0.2.1]", "jos\xC3\xA9@b\xC3\xBC.example",
          "jos\xC3\xA9@example.org", "a@\xEF\xBC\x9E.example",
          "a@\xF0\x9F\xA7\xAC\xE2\x80\x8D.example"})
    {
        EXPECT_EQ(asciiAddress(address), address);
    }
}

TEST(SmtpAddress, RefusesADomainOutsideAsciiThatIsNone)
{
    // A wide angle bracket is mapped to the plain one.
    EXPECT_NE(addressProblem("a@b\xEF\xBC\x9E.example"), "");
    EXPECT_NE(addressProblem("a@-b\xC3\xBC.example"), "");
    std::string longest = "a@";
    for (int label = 0; label < 30; ++label) {
        longest += "\xC3\xBC.";
    }
    EXPECT_EQ(addressProblem(longest + "example"), "");
    for (int label = 0; label < 20; ++label) {
        longest += "\xC3\xBC.";
    }
    EXPECT_NE(addressProblem(longest + "example"), "");
}

TEST(SmtpAddress, RefusesWhatCouldEndTheCommandOrAddToIt)
{
    const std::vector<std::string> bad{"",
                                       "nobody",
                                       "@example.org",
                                       "a@",
                                       "a@b>",
                                       "a@b> SIZE=1",
                                       "<a@b>",
                                       "a b@c",
                                       "a@b c",
                                       "a@b\r\nDATA",
                                       "a\n@b",
                                       std::string("a\0@b", 4),
                                       "a@b\t",
                                       "\"a\r\nRSET\"@b",
                                       "\"a\"b\"@c",
                                       "\"a\\\"@c",
                                       "a..b@c",
                                       ".a@c",
                                       "a@b..c",
                                       "a@b.",
                                       "a@[1.2.3.4]>",
                                       "a,b@c",
                                       "a\xE2\x80\xA8@b",
                                       "a\xC2\x85@b",
                                       "a\xE2\x80\xAE@b",
                                       "a\xFF@b",
                                       "a\xED\xA0\x80@b",
                                       "a\xC0\x8A@b"};
    for (const std::string& address : bad) {
        EXPECT_NE(addressProblem(address), "") << oneLine(address);
    }
}

TEST(SmtpAddress, HasALimitOfOctets)
{
    EXPECT_EQ(addressProblem(std::string(252, 'a') + "@b"), "");
    EXPECT_NE(addressProblem(std::string(253, 'a') + "@b"), "");
}

TEST(SmtpAddress, ShowsWhatItRefusesOnOneLine)
{
    const std::string problem = addressProblem("a@b\r\nDATA");
    EXPECT_NE(problem.find("a@b\\x0D\\x0ADATA"), std::string::npos) << problem;
}

TEST(MessageOctets, AreRefusedWhereAServerCouldReadThemOtherwise)
{
    EXPECT_EQ(messageProblem("a\r\n\r\nb\r\n"), "");
    EXPECT_EQ(messageProblem("no line end"), "");
    EXPECT_EQ(messageProblem(std::string(998, 'x') + "\r\n"), "");
    EXPECT_EQ(messageProblem(std::string(999, 'x') + "\r\n"),
              "line 1 of the message has more than 998 octets");
    EXPECT_EQ(messageProblem("a\r\nb\n.\r\nMAIL"),
              "line 2 of the message holds a CR or LF that is no line end");
    EXPECT_EQ(messageProblem("a\r\nb\r.\r\n"),
              "line 2 of the message holds a CR or LF that is no line end");
    EXPECT_EQ(messageProblem("a\r"), "line 1 of the message holds a CR or LF that is no line end");
    EXPECT_EQ(messageProblem(std::string("a\0b", 3)), "line 1 of the message holds a NUL octet");
}

TEST(DotStuffer, DoublesDotsWhereverThePiecesEnd)
{
    const std::string message = ".\r\n..\r\na.b\r\n.c\r\n\r\n.";
    const std::string stuffed = "..\r\n...\r\na.b\r\n..c\r\n\r\n..";
    for (std::size_t first = 0; first <= message.size(); ++first) {
        for (std::size_t second = first; second <= message.size(); ++second) {
            DotStuffer stuffer;
            std::string result = stuffer.next(message.substr(0, first));
            result += stuffer.next(message.substr(first, second - first));
            result += stuffer.next(message.substr(second));
            EXPECT_EQ(result, stuffed);
            EXPECT_EQ(stuffer.end(), "\r\n");
        }
    }
}

TEST(DotStuffer, AddsALineEndOnlyWhereOneIsMissing)
{
    DotStuffer empty;
    EXPECT_EQ(empty.end(), "");
    DotStuffer whole;
    whole.next("a\r\n");
    EXPECT_EQ(whole.end(), "");
}

TEST(SmtpText, EncodesAsTheStandardsSay)
{
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foo"), "Zm9v");
    EXPECT_EQ(base64("\xFF\xFE\xFD\xFC"), "//79/A==");
    EXPECT_EQ(xtext("a+b=c d\n"), "a+2Bb+3Dc+20d+0A");
    EXPECT_EQ(inSeconds(std::chrono::milliseconds{250}), "0.25 s");
    EXPECT_EQ(inSeconds(std::chrono::seconds{300}), "300 s");
}

} // namespace notifyhost::email
