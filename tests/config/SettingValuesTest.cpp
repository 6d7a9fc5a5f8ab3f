#include "config/SettingValues.h"

#include <gtest/gtest.h>

namespace notifyhost::config {
namespace {

using namespace std::chrono_literals;

Setting row(Kind kind, Secrecy secrecy = Secrecy::open)
{
    return {"x", kind, "", "help", Need::optional, secrecy, {}, {"one", "two", "three"}, {}, {}};
}

std::string check(Kind kind, const std::string& value)
{
    return checkValue(row(kind), value);
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

SettingValues sample()
{
    return {{{"host", Kind::text, "localhost", ""},
             {"port", Kind::integer, "25", ""},
             {"tls", Kind::flag, "no", ""},
             {"wait_seconds", Kind::seconds, "30", ""},
             {"from", Kind::mailbox, "", ""}},
            {{"port", "+587"}, {"tls", "ON"}, {"wait_seconds", "90"}, {"host", ""}}};
}

TEST(SettingValues, GiveTheTypedValueOrTheFallback)
{
    const SettingValues values = sample();
    EXPECT_EQ(values.integer("port"), 587);
    EXPECT_TRUE(values.flag("tls"));
    EXPECT_EQ(values.seconds("wait_seconds"), 90s);
    EXPECT_FALSE(values.has("from"));
    EXPECT_EQ(values.text("from"), "");

    const SettingValues plain({{"port", Kind::integer, "25", ""},
                               {"tls", Kind::flag, "yes", ""},
                               {"count", Kind::integer, "", ""},
                               {"off", Kind::flag, "", ""},
                               {"wait", Kind::seconds, "", ""}},
                              {});
    EXPECT_EQ(plain.integer("port"), 25);
    EXPECT_TRUE(plain.has("port"));
    EXPECT_TRUE(plain.flag("tls"));
    EXPECT_EQ(plain.integer("count"), 0);
    EXPECT_FALSE(plain.flag("off"));
    EXPECT_EQ(plain.seconds("wait"), 0s);
}

TEST(SettingValues, LetAnEmptyTextReplaceTheFallback)
{
    const SettingValues values = sample();
    EXPECT_EQ(values.text("host"), "");
    EXPECT_FALSE(values.has("host"));
}

TEST(SettingValues, TakeANameOutsideTheTableForAPluginFault)
{
    const SettingValues values = sample();
    EXPECT_THROW(values.has("prot"), PluginFault);
    EXPECT_THROW(values.text("prot"), PluginFault);
    EXPECT_THROW(values.integer("prot"), PluginFault);
    EXPECT_THROW(values.flag("prot"), PluginFault);
    EXPECT_THROW(values.seconds("prot"), PluginFault);
    try {
        values.text("prot");
    } catch (const PluginFault& fault) {
        EXPECT_TRUE(contains(fault.what(), "\"prot\""));
    }
}

TEST(SettingValues, TakeAnotherKindForAPluginFault)
{
    const SettingValues values = sample();
    EXPECT_THROW(values.text("port"), PluginFault);
    EXPECT_THROW(values.integer("host"), PluginFault);
    EXPECT_THROW(values.integer("wait_seconds"), PluginFault);
    EXPECT_THROW(values.flag("port"), PluginFault);
    EXPECT_THROW(values.seconds("port"), PluginFault);
}

TEST(SettingValues, TakeABadFallbackForAPluginFault)
{
    const SettingValues values(
        {{"port", Kind::integer, "many", ""}, {"tls", Kind::flag, "maybe", ""}}, {});
    EXPECT_THROW(values.integer("port"), PluginFault);
    EXPECT_THROW(values.flag("tls"), PluginFault);
}

TEST(CheckValue, AcceptsEveryGoodValue)
{
    EXPECT_EQ(check(Kind::text, "anything = 'goes' # here\nand on"), "");
    EXPECT_EQ(check(Kind::text, ""), "");
    for (const char* value : {"0", "-5", "+5", "9223372036854775807"}) {
        EXPECT_EQ(check(Kind::integer, value), "") << value;
    }
    for (const char* value : {"yes", "No", "TRUE", "false", "on", "Off", "1", "0"}) {
        EXPECT_EQ(check(Kind::flag, value), "") << value;
    }
    EXPECT_EQ(check(Kind::seconds, "0"), "");
    EXPECT_EQ(check(Kind::path, "a b/c"), "");
    for (const char* value :
         {"http://localhost:8080", "https://a.example.org/x?y=1&z=%20", "https://[::1]:81/"})
    {
        EXPECT_EQ(check(Kind::url, value), "") << value;
    }
    EXPECT_EQ(check(Kind::mailbox, "a@example.org"), "");
    EXPECT_EQ(check(Kind::mailbox, "Core Facility <a@example.org>"), "");
    EXPECT_EQ(check(Kind::choice, "two"), "");
}

TEST(CheckValue, RefusesEveryBadValue)
{
    for (const char* value : {"x", "1.5", "1 2", "0x10", "+-1", "9223372036854775808", "--1"}) {
        EXPECT_TRUE(contains(check(Kind::integer, value), "not a whole number")) << value;
    }
    EXPECT_TRUE(contains(check(Kind::flag, "maybe"), "yes or no"));
    EXPECT_TRUE(contains(check(Kind::seconds, "-1"), "below 0"));
    EXPECT_TRUE(contains(check(Kind::seconds, "5 min"), "seconds"));
    EXPECT_TRUE(contains(check(Kind::path, "~/mail"), "${env:HOME}"));
    EXPECT_TRUE(contains(check(Kind::path, "a\nb"), "not a path"));
    for (const char* value :
         {"example.org", "ftp://example.org", "http://", "https:/a", "http://h:x"}) {
        EXPECT_TRUE(contains(check(Kind::url, value), "http or https URL")) << value;
    }
    EXPECT_TRUE(contains(check(Kind::url, "http://a b"), "percent-encoded"));
    EXPECT_TRUE(contains(check(Kind::mailbox, "nobody"), "mail address"));
    EXPECT_TRUE(contains(check(Kind::mailbox, "a@b.org, c@d.org"), "mail address"));
    EXPECT_EQ(check(Kind::choice, "Two"), "\"Two\" must be one, two or three");
    EXPECT_EQ(check(Kind::text, "caf\xE9"), "is not UTF-8");
}

TEST(CheckValue, RefusesEmptyValuesOfAllKindsButOptionalText)
{
    for (const Kind kind : {Kind::integer, Kind::flag, Kind::seconds, Kind::path, Kind::url,
                            Kind::mailbox, Kind::choice})
    {
        EXPECT_EQ(check(kind, ""), "is empty; give it a value or leave the key out");
    }
    Setting required = row(Kind::text);
    required.need = Need::required;
    EXPECT_EQ(checkValue(required, ""), "is empty; give it a value");
}

TEST(CheckValue, HoldsNumbersToTheirRange)
{
    Setting setting = row(Kind::integer);
    setting.minimum = 1;
    setting.maximum = 64;
    EXPECT_EQ(checkValue(setting, "1"), "");
    EXPECT_EQ(checkValue(setting, "64"), "");
    EXPECT_EQ(checkValue(setting, "0"), "\"0\" is below 1");
    EXPECT_EQ(checkValue(setting, "65"), "\"65\" is above 64");
    setting.kind = Kind::seconds;
    EXPECT_EQ(checkValue(setting, "65"), "\"65\" is above 64");
}

TEST(CheckValue, SaysWhyACommentBehindAValueDoesNotWork)
{
    EXPECT_TRUE(contains(check(Kind::integer, "4 ; four"), "comments need their own line"));
    EXPECT_TRUE(contains(check(Kind::choice, "one # first"), "comments need their own line"));
}

TEST(CheckValue, ShowsTheBeginningOfALongValue)
{
    std::string value(79, 'x');
    value.append("\xC3\xA9yyy");
    std::string shown(79, 'x');
    shown.append("…\" is not");
    EXPECT_TRUE(contains(check(Kind::integer, value), shown));
}

TEST(CheckValue, NeverShowsASecret)
{
    for (const Kind kind : {Kind::integer, Kind::flag, Kind::seconds, Kind::path, Kind::url,
                            Kind::mailbox, Kind::choice})
    {
        const std::string text = checkValue(row(kind, Secrecy::secret), "~hunter2 hunter2");
        EXPECT_FALSE(text.empty());
        EXPECT_FALSE(contains(text, "hunter2")) << text;
    }
}

TEST(CheckValue, DoesNotShowAPasswordInAUrl)
{
    const std::string text = check(Kind::url, "https://user:hunter2@example.org/");
    EXPECT_TRUE(contains(text, "must not hold a user name or password"));
    EXPECT_FALSE(contains(text, "hunter2"));
}

} // namespace
} // namespace notifyhost::config
