#include "log/Logger.h"

#include <gtest/gtest.h>

namespace notifyhost::log {
namespace {

std::string redacted(const std::string& secret, std::string_view text)
{
    Redactor redactor;
    redactor.add(secret);
    return redactor.redact(text);
}

TEST(Redactor, BlotsOutThePlainSecretWhereverItStands)
{
    EXPECT_EQ(redacted("hunter22", "hunter22: login hunter22 refused (hunter22)"),
              "***: login *** refused (***)");
}

TEST(Redactor, LeavesTextWithoutASecretAlone)
{
    EXPECT_EQ(redacted("hunter22", "hunter2 is not it, 100 %"), "hunter2 is not it, 100 %");
}

TEST(Redactor, BlotsOutPercentEncodingsOfEveryStyle)
{
    EXPECT_EQ(redacted("p@ss w/rd", "token=p%40ss%20w%2Frd&x=1"), "token=***&x=1");
    EXPECT_EQ(redacted("p@ss w/rd", "token=p%40ss%20w%2frd&x=1"), "token=***&x=1");
    EXPECT_EQ(redacted("p@ss w/rd", "token=p@ss%20w/rd&x=1"), "token=***&x=1");
    EXPECT_EQ(redacted("p@ss w/rd", "token=p%40ss+w%2Frd&x=1"), "token=***&x=1");
    EXPECT_EQ(redacted("gr\xC3\xBCn", "x=gr%C3%BCn"), "x=***");
}

TEST(Redactor, BlotsOutASecretThatHoldsPercentSigns)
{
    EXPECT_EQ(redacted("50%25off", "50%25off and 50%2525off"), "*** and ***");
}

TEST(Redactor, BlotsOutBase64AtEveryOffset)
{
    // printf 'password1' | base64, then with x, xy and xyz in front.
    EXPECT_EQ(redacted("password1", "AUTH cGFzc3dvcmQx"), "AUTH ***");
    EXPECT_EQ(redacted("password1", "AUTH eHBhc3N3b3JkMQ=="), "AUTH ***");
    EXPECT_EQ(redacted("password1", "AUTH eHlwYXNzd29yZDE="), "AUTH ***");
    EXPECT_EQ(redacted("password1", "AUTH eHl6cGFzc3dvcmQx."), "AUTH ***.");
}

TEST(Redactor, BlotsOutTheWholeWordOfASmtpLogin)
{
    // printf '\0user\0password1' | base64
    EXPECT_EQ(redacted("password1", "AUTH PLAIN AHVzZXIAcGFzc3dvcmQx\r\n"), "AUTH PLAIN ***\r\n");
}

TEST(Redactor, BlotsOutBase64InTheAlphabetOfUrls)
{
    // python3 -c 'import base64; print(base64.urlsafe_b64encode(b">>?~~>>?"))'
    EXPECT_EQ(redacted(">>?~~>>?", "Pj4_fn4-Pj8= and Pj4/fn4+Pj8="), "*** and ***");
}

TEST(Redactor, DoesNotRegisterTextsUnderFourCharacters)
{
    EXPECT_EQ(redacted("abc", "abc abcd"), "abc abcd");
    EXPECT_EQ(redacted("", "anything"), "anything");
    EXPECT_EQ(redacted("abcd", "abc abcd"), "abc ***");
}

TEST(Redactor, LeavesNothingOfOverlappingSecrets)
{
    Redactor redactor;
    redactor.add("secret");
    redactor.add("secretive");
    redactor.add("hivetive");
    EXPECT_EQ(redactor.redact("a secretive b secret c"), "a *** b *** c");
    redactor.add("tivecret");
    EXPECT_EQ(redactor.redact("secretivecret"), "***");
}

TEST(Redactor, BlotsOutASecretOfSeveralLines)
{
    EXPECT_EQ(redacted("-----KEY\nabc\n-----END", "got -----KEY\nabc\n-----END!"), "got ***!");
}

} // namespace
} // namespace notifyhost::log
