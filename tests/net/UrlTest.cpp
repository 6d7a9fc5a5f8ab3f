#include "net/Url.h"

#include <gtest/gtest.h>

#include <stdexcept>

using namespace notifyhost::net;

namespace {

std::string refusal(const std::string& text)
{
    try {
        parseUrl(text);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Url, IsTakenApart)
{
    const Url url = parseUrl("HTTPS://Porch.Example.ORG:8443/queue/tasks?a=b#part");
    EXPECT_EQ(url.scheme, "https");
    EXPECT_EQ(url.host, "porch.example.org");
    EXPECT_EQ(url.port, 8443);
    EXPECT_EQ(url.target, "/queue/tasks?a=b");
    EXPECT_EQ(url.authority(), "porch.example.org:8443");
}

TEST(Url, HasItsSchemesPortAndARoot)
{
    EXPECT_EQ(parseUrl("http://h").port, 80);
    EXPECT_EQ(parseUrl("https://h:").port, 443);
    EXPECT_EQ(parseUrl("https://h").target, "/");
    EXPECT_EQ(parseUrl("https://h?x=1").target, "/?x=1");
    EXPECT_EQ(parseUrl("https://h:443/").authority(), "h");
    EXPECT_EQ(parseUrl("https://h:443/").endpoint(), "h:443");
}

TEST(Url, KnowsIpv6Addresses)
{
    const Url url = parseUrl("http://[2001:DB8::1]:8080/x");
    EXPECT_EQ(url.host, "2001:db8::1");
    EXPECT_EQ(url.authority(), "[2001:db8::1]:8080");
    EXPECT_EQ(parseUrl("http://[::1]/").authority(), "[::1]");
}

TEST(Url, IsRefusedWhereItCannotBeSent)
{
    EXPECT_NE(refusal("ftp://h/").find("neither with http://"), std::string::npos);
    EXPECT_NE(refusal("h/tasks").find("neither with http://"), std::string::npos);
    EXPECT_NE(refusal("http:///x").find("names no host"), std::string::npos);
    EXPECT_NE(refusal("http://h:0/").find("from 1 to 65535"), std::string::npos);
    EXPECT_NE(refusal("http://h:99999/").find("from 1 to 65535"), std::string::npos);
    EXPECT_NE(refusal("http://h:8x/").find("from 1 to 65535"), std::string::npos);
    EXPECT_NE(refusal("http://h^/").find("host name"), std::string::npos);
    EXPECT_NE(refusal("http://[::1/").find("bracket"), std::string::npos);
    EXPECT_NE(refusal("http://h/a b").find("blank"), std::string::npos);
    EXPECT_NE(refusal("http://h/a\r\nX: y").find("control"), std::string::npos);
    EXPECT_NE(refusal(std::string("http://h/\0", 10)).find("control"), std::string::npos);
    EXPECT_NE(refusal("http://h/\xC3\xA9").find("outside ASCII"), std::string::npos);
}

TEST(Url, KeepsSecretsOutOfItsRefusals)
{
    EXPECT_EQ(refusal("https://me:hidden@h/").find("hidden"), std::string::npos);
    EXPECT_NE(refusal("https://me:hidden@h/").find("do not belong"), std::string::npos);
    EXPECT_EQ(refusal("https://h:x/?token=hidden").find("hidden"), std::string::npos);
}

TEST(Url, ShowsNoQuery)
{
    EXPECT_EQ(parseUrl("https://h/x?token=hidden").forMessages(), "https://h/x?…");
    EXPECT_EQ(parseUrl("https://h:444/x").forMessages(), "https://h:444/x");
}

TEST(Url, IsJoinedAtTheLastSlash)
{
    EXPECT_EQ(join(parseUrl("https://h"), "tasks/").target, "/tasks/");
    EXPECT_EQ(join(parseUrl("https://h/porch"), "tasks/").target, "/tasks/");
    EXPECT_EQ(join(parseUrl("https://h/porch/"), "tasks/").target, "/porch/tasks/");
    EXPECT_EQ(join(parseUrl("https://h/porch/?a=/b"), "tasks/?x=1").target, "/porch/tasks/?x=1");
}

TEST(Url, EncodesAllButTheUnreserved)
{
    EXPECT_EQ(percentEncode("my mails/1?&=+%\xC3\xA9"), "my%20mails%2F1%3F%26%3D%2B%25%C3%A9");
    EXPECT_EQ(percentEncode("aZ09-._~"), "aZ09-._~");
}

} // namespace
