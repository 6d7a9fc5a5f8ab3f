#include <notifyhost/Shown.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace notifyhost {
namespace {

/// A text's characters as UTF-8.
std::string utf8(const std::u32string& characters)
{
    std::string result;
    for (const char32_t value : characters) {
        const auto add = [&](char32_t octet) { result += static_cast<char>(octet); };
        if (value < 0x80) {
            add(value);
        } else if (value < 0x800) {
            add(0xC0 | (value >> 6));
            add(0x80 | (value & 0x3F));
        } else if (value < 0x10000) {
            add(0xE0 | (value >> 12));
            add(0x80 | ((value >> 6) & 0x3F));
            add(0x80 | (value & 0x3F));
        } else {
            add(0xF0 | (value >> 18));
            add(0x80 | ((value >> 12) & 0x3F));
            add(0x80 | ((value >> 6) & 0x3F));
            add(0x80 | (value & 0x3F));
        }
    }
    return result;
}

/// The text with every hidden piece as a *.
std::string starred(const std::string& text)
{
    std::string result;
    for (std::size_t offset = 0; offset < text.size();) {
        const TextPiece piece = pieceAt(text, offset);
        result += piece.hidden == nullptr ? std::string(piece.octets) : "*";
        offset += piece.octets.size();
    }
    return result;
}

bool isHidden(char32_t value)
{
    const std::string text = "a" + utf8({value}) + "b";
    return pieceAt(text, 1).hidden != nullptr;
}

} // namespace

TEST(TextPiece, IsHiddenWhereTheTableSaysSo)
{
    const std::vector<std::pair<char32_t, char32_t>> hidden{
        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},      {0x061C, 0x061C},
        {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
    for (char32_t value = 0; value <= 0x10FFFF; ++value) {
        if (value >= 0xD800 && value <= 0xDFFF) {
            continue;
        }
        const bool expected = std::any_of(hidden.begin(), hidden.end(), [&](const auto& range) {
            return value >= range.first && value <= range.second;
        });
        ASSERT_EQ(isHidden(value), expected) << std::hex << static_cast<unsigned>(value);
    }
}

TEST(TextPiece, KeepsTheJoinersThatLettersNeed)
{
    for (const std::u32string kept :
         {U"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",      // Persian
          U"\u0646\u0640\u200d",                                    // Arabic, at the end of a word
          U"\u0915\u094d\u200d\u0937", U"\u0915\u094d\u200c\u0937", // Hindi
          U"\u0d28\u0d4d\u200d ",                                   // Malayalam
          U"\u0dc1\u0dca\u200d\u0dbb\u0dd3", U"\u0995\u09cd\u200d\u09af",  // Sinhala, Bengali
          U"\u1780\u200c\u1780", U"\U00011103\U00011133\u200d\U00011107"}) // Khmer, Chakma
    {
        EXPECT_EQ(starred(utf8(kept)), utf8(kept));
    }
}

TEST(TextPiece, KeepsNoJoinerThatNobodyNeeds)
{
    EXPECT_EQ(starred(utf8(U"a\u200cb\u200dc")), "a*b*c");
    EXPECT_EQ(starred(utf8(U"\u200c\u0645\u200c")), "*" + utf8(U"\u0645") + "*");
    EXPECT_EQ(starred(utf8(U"\u200d\u0645")), "*" + utf8(U"\u0645"));
    EXPECT_EQ(starred(utf8(U"\u0645\u200ca")), utf8(U"\u0645") + "*a");
    EXPECT_EQ(starred(utf8(U"\u0645\u200d\u200d\u0645")),
              utf8(U"\u0645\u200d") + "*" + utf8(U"\u0645"));
    EXPECT_EQ(starred(utf8(U"\u044f\u200d\u0416")), utf8(U"\u044f") + "*" + utf8(U"\u0416"));
    // A neighbour of a block of such letters that is no letter.
    EXPECT_EQ(starred(utf8(U"\u061c\u200d\u180e\u200d")), "****");
}

TEST(TextPiece, IsOneOctetWhereTheTextIsNotUtf8)
{
    const std::string text = "\xED\xA0\x80";
    const TextPiece piece = pieceAt(text, 0);
    EXPECT_EQ(piece.octets, "\xED");
    EXPECT_EQ(piece.value, 0xEDU);
    EXPECT_FALSE(piece.isUtf8);
    EXPECT_STREQ(piece.hidden, "an octet that is not UTF-8");
    EXPECT_EQ(starred("a\xFF\xC3(\xE2\x80"), "a**(**");
    // What stands before a joiner may be broken too.
    EXPECT_EQ(starred("\x85\xE2\x80\x8C"
                      "a"),
              "**a");
}

} // namespace notifyhost
