#include "SmtpReply.h"

#include <notifyhost/Connection.h>

#include <gtest/gtest.h>

namespace notifyhost::email {

namespace {

ConnectionError::Kind kindOf(const std::string& octets)
{
    ReplyReader reader;
    reader.add(octets);
    try {
        while (reader.next()) {
        }
    } catch (const ConnectionError& error) {
        return error.kind();
    }
    return ConnectionError::Kind::cancelled; // stands for "no error"
}

SmtpReply read(const std::string& octets)
{
    ReplyReader reader;
    reader.add(octets);
    return reader.next().value();
}

} // namespace

TEST(SmtpReply, IsReadOctetByOctet)
{
    ReplyReader reader;
    const std::string octets = "250-one\r\n250-two\r\n250 three\r\n354 go\r\n";
    std::vector<SmtpReply> replies;
    for (const char octet : octets) {
        reader.add({&octet, 1});
        if (auto reply = reader.next()) {
            replies.push_back(*reply);
        }
    }
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0].lines, (std::vector<std::string>{"one", "two", "three"}));
    EXPECT_EQ(replies[1].code, 354);
    EXPECT_FALSE(reader.hasInput());
}

TEST(SmtpReply, MayEndWithABareCode)
{
    EXPECT_EQ(read("250\r\n").text(), "250");
    EXPECT_EQ(read("250-a\r\n250\r\n").lines.size(), 2U);
}

TEST(SmtpReply, NamesTheEnhancedCodeOnce)
{
    EXPECT_EQ(read("550-5.1.1 No such\r\n550 5.1.1 user here\r\n").text(),
              "550 5.1.1 No such user here");
    EXPECT_EQ(read("550-1.2.3 is\r\n550 1.2.3 a version\r\n").text(),
              "550 1.2.3 is 1.2.3 a version");
}

TEST(SmtpReply, ShowsWhatIsNoTextAsEscapes)
{
    EXPECT_EQ(read(std::string("250 a\0b\x1B[2J\xFFz\r\n", 15)).text(),
              "250 a\\x00b\\x1B[2J\\xFFz");
    EXPECT_EQ(read("250 x\xE2\x80\xA8y\xC2\x85z\xE2\x80\xAE\r\n").text(),
              "250 x\\u{2028}y\\u{85}z\\u{202E}");
    EXPECT_EQ(read("250 na\xC3\xAFve \xF0\x9F\xA7\xAC\r\n").text(),
              "250 na\xC3\xAFve \xF0\x9F\xA7\xAC");
}

TEST(SmtpReply, IsCutForPeopleWhereItIsLong)
{
    const std::string text = read("250 " + std::string(2000, 'x') + "\r\n").text();
    EXPECT_LT(text.size(), 520U);
    EXPECT_TRUE(text.ends_with("x…"));
}

TEST(SmtpReply, IsNonsenseWithoutACodeOrWithTwo)
{
    for (const std::string octets :
         {"\r\n", "25\r\n", "25x ok\r\n", "250ok\r\n", "150 early\r\n", "650 late\r\n",
          "HTTP/1.1 400\r\n", "250-a\r\n251 b\r\n", " 250 ok\r\n"})
    {
        EXPECT_EQ(kindOf(octets), ConnectionError::Kind::nonsense) << octets;
    }
}

TEST(SmtpReply, ToTheFinalDotIsUnderstoodHoweverItIsDecorated)
{
    const std::vector<std::string> accepted{
        "250 2.0.0 OK\r\n",
        "250\r\n",
        "250\n",
        "250 OK\n",
        "\r\n250 OK\r\n",
        "\n\r\n \r\n250 OK\r\n",
        "  250 OK\r\n",
        "\t250\tOK\r\n",
        "250OK\r\n",
        "250,queued\r\n",
        std::string("\0\0"
                    "250 OK\r\n",
                    10),
        std::string("250\0OK\r\n", 8),
        "250-queued\r\n251 will forward\r\n",
        "250-queued\r\n\r\n250 done\r\n",
        "250-queued\r\nas 4711\r\n250 done\r\n",
        "250 " + std::string(5000, 'x') + "\r\n",
    };
    for (const std::string& octets : accepted) {
        ReplyReader reader;
        std::optional<SmtpReply> reply;
        for (std::size_t at = 0; at < octets.size() && !reply; ++at) {
            reader.add({&octets[at], 1});
            reply = reader.next(ReplyTo::finalDot);
        }
        ASSERT_TRUE(reply) << octets;
        EXPECT_TRUE(reply->positive()) << octets;
        EXPECT_EQ(reply->text().substr(0, 2), "25");
    }
}

TEST(SmtpReply, ToTheFinalDotStaysNonsenseWhereItIsNotClear)
{
    for (const std::string octets :
         {"2500 octets taken\r\n", "OK\r\n", "ok 250\r\n", "+250 OK\r\n", "25 0\r\n",
          "250-queued\r\n550 but no\r\n", "250-queued\r\n354 go on\r\n", "550-no\r\n250 or yes\r\n",
          "550no\r\n", "\x1B[32m250 OK\r\n", "150 x\r\n"})
    {
        ReplyReader reader;
        reader.add(octets);
        try {
            const auto reply = reader.next(ReplyTo::finalDot);
            EXPECT_FALSE(reply && reply->positive()) << octets;
        } catch (const ConnectionError& error) {
            EXPECT_EQ(error.kind(), ConnectionError::Kind::nonsense) << octets;
        }
    }
}

TEST(SmtpReply, ToTheFinalDotKeepsARefusalARefusal)
{
    ReplyReader reader;
    reader.add("\r\n550 5.7.1 no\r\n");
    EXPECT_EQ(reader.next(ReplyTo::finalDot).value().text(), "550 5.7.1 no");
}

TEST(SmtpReply, WithoutAnEndIsAcceptedOnlyWhereItsCodeIsWhole)
{
    const auto understood = [](const std::string& octets) {
        ReplyReader reader;
        reader.add(octets);
        EXPECT_FALSE(reader.next(ReplyTo::finalDot)) << octets;
        EXPECT_FALSE(reader.unfinished(ReplyTo::command)) << octets;
        return reader.unfinished(ReplyTo::finalDot).has_value();
    };
    for (const std::string octets :
         {"250 OK", "250 ", "250\r", "\r\n 250 2.0.0 que", "250-a\r\n250 b", "250OK"})
    {
        EXPECT_TRUE(understood(octets)) << octets;
    }
    for (const std::string octets : {"", "2", "250", "250-", "250-a", "250-a\r\n", "250-a\r\n250-b",
                                     "250-a\r\n250", "2501", "550 no", "450-a\r\n250 b", "OK 250 "})
    {
        EXPECT_FALSE(understood(octets)) << octets;
    }
}

TEST(SmtpReply, IsBoundedInLinesAndLength)
{
    EXPECT_EQ(kindOf(std::string(2049, '2')), ConnectionError::Kind::nonsense);
    EXPECT_EQ(kindOf("250 " + std::string(2044, 'x') + "\r\n"), ConnectionError::Kind::nonsense);
    EXPECT_EQ(kindOf("250 " + std::string(2043, 'x') + "\r\n"), ConnectionError::Kind::cancelled);
    std::string many;
    for (int line = 0; line < 128; ++line) {
        many += "250-x\r\n";
    }
    EXPECT_EQ(kindOf(many), ConnectionError::Kind::cancelled);
    EXPECT_EQ(kindOf(many + "250 x\r\n"), ConnectionError::Kind::nonsense);
}

TEST(SmtpReply, DiscardForgetsHalfAReplyToo)
{
    ReplyReader reader;
    reader.add("250-half\r\n250 who");
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.discard(), 11U); // "half" and "250 who"
    reader.add("220 fresh\r\n");
    EXPECT_EQ(reader.next().value().text(), "220 fresh");
}

} // namespace notifyhost::email
