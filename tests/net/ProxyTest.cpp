#include "net/Proxy.h"

#include <notifyhost/Services.h>

#include <gtest/gtest.h>

#include <cstdlib>

using namespace notifyhost;
using namespace notifyhost::net;

namespace {

class ProxyOfEnvironment : public testing::Test {
protected:
    void SetUp() override { clear(); }
    void TearDown() override { clear(); }

    static void clear()
    {
        for (const char* name :
             {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"})
        {
            ::unsetenv(name);
        }
    }
    static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
};

TEST_F(ProxyOfEnvironment, IsNoneByDefault)
{
    EXPECT_FALSE(proxyFor(parseUrl("https://porch.example.org/")));
}

TEST_F(ProxyOfEnvironment, IsChosenByScheme)
{
    set("https_proxy", "http://secure.example.org:3128/");
    set("http_proxy", "plain.example.org:8080");
    const auto secure = proxyFor(parseUrl("https://porch.example.org/"));
    ASSERT_TRUE(secure);
    EXPECT_EQ(secure->endpoint(), "secure.example.org:3128");
    EXPECT_EQ(secure->authorization, "");
    EXPECT_EQ(proxyFor(parseUrl("http://porch.example.org/"))->endpoint(),
              "plain.example.org:8080");
}

TEST_F(ProxyOfEnvironment, MayBeInUpperCaseButForPlainHttp)
{
    set("HTTPS_PROXY", "http://secure.example.org:3128");
    set("HTTP_PROXY", "http://plain.example.org:3128");
    EXPECT_TRUE(proxyFor(parseUrl("https://porch.example.org/")));
    EXPECT_FALSE(proxyFor(parseUrl("http://porch.example.org/")));
}

TEST_F(ProxyOfEnvironment, SendsItsUserAndPassword)
{
    set("https_proxy", "http://me:p%40ss@proxy.example.org:3128");
    EXPECT_EQ(proxyFor(parseUrl("https://h/"))->authorization, "Basic bWU6cEBzcw==");
}

TEST_F(ProxyOfEnvironment, IsRefusedByNameWhereItIsOfNoUse)
{
    set("https_proxy", "socks5://me:hidden@proxy.example.org:1080");
    try {
        proxyFor(parseUrl("https://h/"));
        FAIL() << "accepted";
    } catch (const ServiceError& error) {
        EXPECT_EQ(error.kind(), ServiceError::Kind::configuration);
        EXPECT_NE(std::string(error.what()).find("https_proxy"), std::string::npos);
        EXPECT_EQ(std::string(error.what()).find("hidden"), std::string::npos);
    }
}

TEST_F(ProxyOfEnvironment, IsLeftOutForTheExceptions)
{
    set("https_proxy", "http://proxy.example.org:3128");
    set("no_proxy", "localhost, .example.org");
    EXPECT_FALSE(proxyFor(parseUrl("https://porch.example.org/")));
    EXPECT_TRUE(proxyFor(parseUrl("https://porch.example.com/")));
}

TEST(ProxyExceptions, AreNamesWithTheirSubDomains)
{
    const Url url = parseUrl("https://porch.Example.org:8443/");
    EXPECT_TRUE(excluded(url, "*"));
    EXPECT_TRUE(excluded(url, "example.org"));
    EXPECT_TRUE(excluded(url, "x.org,EXAMPLE.org"));
    EXPECT_TRUE(excluded(url, "porch.example.org:8443"));
    EXPECT_FALSE(excluded(url, "porch.example.org:443"));
    EXPECT_FALSE(excluded(url, "ample.org"));
    EXPECT_FALSE(excluded(url, ""));
}

TEST(ProxyExceptions, AreAddressesAndNetworks)
{
    EXPECT_TRUE(excluded(parseUrl("http://127.0.0.1/"), "127.0.0.1"));
    EXPECT_TRUE(excluded(parseUrl("http://10.20.30.40/"), "10.0.0.0/8"));
    EXPECT_FALSE(excluded(parseUrl("http://11.0.0.1/"), "10.0.0.0/8"));
    EXPECT_TRUE(excluded(parseUrl("http://[::1]/"), "::1"));
    EXPECT_TRUE(excluded(parseUrl("http://[2001:db8::5]/"), "2001:db8::/32"));
    EXPECT_FALSE(excluded(parseUrl("http://10.0.0.1/"), "10.0.0.0/x"));
}

} // namespace
