#include "message/Addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::message {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Texts = std::vector<std::string>;

/// What is usable, and behind a bar what is refused.
Texts sorted(const Texts& stored, LocalPart local = LocalPart::anyCase)
{
    const auto checked = checkAddresses(stored, local);
    Texts all = checked.usable;
    for (const auto& refused : checked.refused) {
        all.push_back("| " + refused.shown);
    }
    return all;
}

/// Why one text is refused.
std::string reason(const std::string& text)
{
    const auto checked = checkAddresses({text});
    EXPECT_THAT(checked.usable, IsEmpty()) << text;
    return checked.refused.size() == 1 ? checked.refused.front().reason : "(not one refusal)";
}

// The contacts of study 7203 in the sample data.
TEST(Addresses, SortsTheTrapsOfTheWarehouse)
{
    EXPECT_THAT(sorted({"", "  spaced@example.org ", "Dora Display <dora@example.org>",
                        "Zed.Ash@example.org", "not-an-address", "one@example.org, two@example.org",
                        "zed.ash@example.org"}),
                ElementsAre("spaced@example.org", "dora@example.org", "Zed.Ash@example.org",
                            "one@example.org", "two@example.org", "| (empty)", "| not-an-address"));
}

TEST(Addresses, TellsEachOnceAndRefusesEachTextOnce)
{
    EXPECT_THAT(sorted({"b@example.org", "a@example.org", " b@example.org", "B <b@example.org>",
                        "b@example.org;b@example.org", "bad", "bad", " bad\t", "", " \u00a0"}),
                ElementsAre("b@example.org", "a@example.org", "| bad", "| (empty)"));
    EXPECT_THAT(checkAddresses({"b@example.org", " b@example.org"}).folded, IsEmpty());
}

TEST(Addresses, TakesAwayWhatSurroundsAnAddressAsPeopleTypeIt)
{
    for (const auto& text : {"a@x.org\u00a0"s,
                             "\u00a0a@x.org"s,
                             "\ufeffa@x.org"s,
                             "\u200ba@x.org\u200d"s,
                             "\u3000a@x.org\u2003"s,
                             "\ta@x.org\r\n"s,
                             "\u2028a@x.org\u0085"s,
                             "\u202aa@x.org\u202c"s,
                             "<a@x.org>"s,
                             "< a@x.org >"s,
                             " <a@x.org>\n"s,
                             "mailto:a@x.org"s,
                             "MailTo: a@x.org"s,
                             "<mailto:a@x.org>"s,
                             "mailto:a@x.org?subject=Hi"s,
                             "a@x.org,"s,
                             "a@x.org ;"s,
                             ";;a@x.org, ,"s,
                             "'a@x.org'"s,
                             "A <a@x.org>,"s,
                             "a@x.org <a@x.org>"s,
                             "a@x.org<mailto:a@x.org>"s,
                             "Okafor, A <a@x.org>"s,
                             "Ærø, A <a@x.org>;"s,
                             "\"Lab @ Home, \\\"east\\\"; a\" <a@x.org>"s})
    {
        EXPECT_THAT(sorted({text}), ElementsAre("a@x.org")) << text;
    }
}

TEST(Addresses, TakesSeveralOutOfOneField)
{
    for (const auto& text :
         {"a@x.org; b@x.org"s, "a@x.org;b@x.org;"s, "a@x.org,b@x.org"s, "a@x.org , b@x.org"s,
          "a@x.org b@x.org"s, "a@x.org\nb@x.org"s, "a@x.org\u00a0b@x.org"s, "<a@x.org> <b@x.org>"s,
          "<a@x.org>,<b@x.org>"s, "<a@x.org; b@x.org>"s, "A <a@x.org>, B <b@x.org>"s,
          "a@x.org,B <b@x.org>"s, "a@x.org B B <b@x.org>"s, "A, C <a@x.org>; B, C <b@x.org>"s,
          "mailto:a@x.org, mailto:b@x.org"s, "a@x.org, \u200bb@x.org"s})
    {
        EXPECT_THAT(sorted({text}), ElementsAre("a@x.org", "b@x.org")) << text;
    }
}

TEST(Addresses, TellsTheGoodOnesOfAFieldAndNamesTheBad)
{
    EXPECT_THAT(sorted({"a@x.org; nonsense"}), ElementsAre("a@x.org", "| nonsense"));
    EXPECT_THAT(sorted({"nonsense;a@x.org"}), ElementsAre("a@x.org", "| nonsense"));
    EXPECT_THAT(sorted({"a@x.org, b@"}), ElementsAre("a@x.org", "| b@"));
    EXPECT_THAT(sorted({"a@x.org b..c@x.org"}), ElementsAre("a@x.org", "| b..c@x.org"));
    EXPECT_THAT(sorted({"a.x.org, B <b@x.org>"}), ElementsAre("b@x.org", "| a.x.org"));
    EXPECT_THAT(sorted({"A <a@x.org>, B <>"}), ElementsAre("a@x.org", "| B <>"));
    EXPECT_THAT(sorted({"A a@x.org <b@x.org>"}), ElementsAre("b@x.org", "| A a@x.org"));
}

// A part of what was mistyped may be the address of a stranger.
TEST(Addresses, TakesNoPartOutOfAMistypedAddress)
{
    for (const auto& text :
         {"b.okafor@example,org"s, "b.okafor@example.ac,uk"s, "b,okafor@example.org"s,
          "b.okafor@example, org"s, "ann lee@example.org"s, "ann@example .org"s,
          "ann@example.co m"s, "ann @example.org"s, "ann@ example.org"s, "ann@exam\u200bple.org"s,
          "a@x.org nonsense"s, "Ann a@x.org"s, "\"Ann\" a@x.org"s})
    {
        const auto checked = checkAddresses({text});
        EXPECT_THAT(checked.usable, IsEmpty()) << text;
        ASSERT_EQ(checked.refused.size(), 1U) << text;
        EXPECT_EQ(checked.refused.front().stored, text);
    }
}

TEST(Addresses, SplitsNothingInQuotes)
{
    EXPECT_THAT(sorted({R"("a, b; c"@x.org)"}), ElementsAre(R"("a, b; c"@x.org)"));
    EXPECT_THAT(sorted({R"("a@x.org, b@x.org" <c@x.org>)"}), ElementsAre("c@x.org"));
    EXPECT_THAT(sorted({R"("a\",b@x.org" <c@x.org>)"}), ElementsAre("c@x.org"));
    EXPECT_THAT(sorted({R"("a, b@x.org; c@x.org)"}), ElementsAre(R"(| "a, b@x.org; c@x.org)"));
}

TEST(Addresses, TakesAddressesOutsideAscii)
{
    EXPECT_THAT(sorted({"søren@eksempel.example", "伊藤 りん <l.ito@例え.example>"}),
                ElementsAre("søren@eksempel.example", "l.ito@例え.example"));
}

TEST(Addresses, KeepsToTheRulesForWhatStandsBeforeTheAt)
{
    for (const auto* text : {"old..phone@x.org", ".a@x.org", "a.@x.org"}) {
        EXPECT_THAT(reason(text), HasSubstr("a dot at the beginning or end")) << text;
    }
    EXPECT_THAT(reason("@x.org"), HasSubstr("nothing before the @"));
    EXPECT_THAT(reason("@"), HasSubstr("nothing before the @"));
    EXPECT_THAT(reason(std::string(65, 'a') + "@x.org"), HasSubstr("65 octets before the @"));
    EXPECT_THAT(reason("a@b@x.org"), HasSubstr("more than one @"));
    EXPECT_THAT(reason("a(b)@x.org"), HasSubstr("no address can hold"));
    const Texts good{std::string(64, 'a') + "@x.org", R"("a..b"@x.org)", "a+b_c=d/e@x.org",
                     "o'brien@x.org"};
    EXPECT_EQ(checkAddresses(good).usable, good);
}

TEST(Addresses, KeepsToTheRulesForDomains)
{
    for (const auto* text : {"a@.x.org", "a@x..org", "a@x.org.", "a@."}) {
        EXPECT_THAT(reason(text), HasSubstr("of its domain")) << text;
    }
    EXPECT_THAT(reason("a@"), HasSubstr("nothing behind the @"));
    EXPECT_THAT(reason("a@x_y!.org"), HasSubstr("cannot be one"));
    EXPECT_THAT(reason("a@-x.org"), HasSubstr("cannot be one"));
    EXPECT_THAT(reason("a@" + std::string(64, 'x') + ".org"), HasSubstr("more than 63"));
    std::string longest = std::string(63, 'x') + "." + std::string(63, 'x') + "." +
                          std::string(63, 'x') + "." + std::string(63, 'x');
    EXPECT_THAT(sorted({"a@" + longest}), ElementsAre("a@" + longest));
    EXPECT_THAT(reason("a@" + longest + "x"), HasSubstr("256 octets behind the @"));
    const Texts good{"a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "a@mailhost", "a@my_host.x.org"};
    EXPECT_EQ(checkAddresses(good).usable, good);
    for (const auto* text : {"a@[192.0.2.999]", "a@[IPv6:nonsense]", "a@[]", "a@[192.0.2.1"}) {
        EXPECT_NE(reason(text), "") << text;
    }
}

TEST(Addresses, RefusesControlCharactersAndShowsNoneOfThem)
{
    for (const auto& text :
         {"a@example.org\r\nBcc: b"s, "a\nb@example.org"s, "a\0b@example.org"s, "a\tb@example.org"s,
          "a\x7F@example.org"s, "a\x1b[2J@example.org"s, "a\u202eb@example.org"s,
          "\"a\x07\"@example.org"s, "a\xff@example.org"s})
    {
        const auto checked = checkAddresses({text});
        EXPECT_THAT(checked.usable, IsEmpty()) << text;
        ASSERT_EQ(checked.refused.size(), 1U) << text;
        const auto& refused = checked.refused.front();
        EXPECT_EQ(refused.stored, text);
        EXPECT_EQ(refused.shown.find_first_of("\r\n\t\x7F\x1b\x07\xff"s + '\0'), std::string::npos);
        EXPECT_THAT(refused.shown, HasSubstr("\\x")) << text;
    }
}

TEST(Addresses, NamesTheCharacterThatCannotBeSeen)
{
    using std::pair;
    for (const auto& [text, name] :
         {pair{"an\u200bn@x.org"s, "U+200B, a character that takes no room"s},
          pair{"ann@x\u200d.org"s, "U+200D, a character that takes no room"s},
          pair{"\u0646\u0645\u06cc\u200c\u062e@x.org"s, "U+200C"s},
          pair{"an\u202en@x.org"s, "U+202E, a mark of direction"s},
          pair{"\u202eann@x.org"s, "U+202E, a mark of direction"s},
          pair{"ann@x.org\u202d"s, "U+202D, a mark of direction"s},
          pair{"ann@x.org\U000e0041"s, "U+E0041, a tag"s},
          pair{"an\u2066n@x.org"s, "U+2066, a mark of direction"s},
          pair{"an\ufeffn@x.org"s, "U+FEFF, a character that takes no room"s},
          pair{"an\U000e0041n@x.org"s, "U+E0041, a tag"s},
          pair{"an\u00adn@x.org"s, "U+00AD, a character that takes no room"s},
          pair{"\"a \u202e b\"@x.org"s, "U+202E, a mark of direction"s},
          pair{"Ann <an\u200bn@x.org>"s, "U+200B, a character that takes no room"s},
          pair{"a\0b@x.org"s, "U+0000, a control character"s}})
    {
        EXPECT_EQ(reason(text), "it holds a character that cannot be seen: " + name);
        const auto shown = checkAddresses({text}).refused.front().shown;
        EXPECT_THAT(shown, HasSubstr("\\x")) << shown;
        for (const auto& mark : {"\u200b"s, "\u200c"s, "\u200d"s, "\u202e"s, "\u2066"s, "\ufeff"s,
                                 "\U000e0041"s, "\u00ad"s})
        {
            EXPECT_THAT(shown, testing::Not(HasSubstr(mark)));
        }
    }
    EXPECT_THAT(sorted({R"("a <b> c"@x.org)"}), ElementsAre(R"("a <b> c"@x.org)"));
}

TEST(Addresses, ShowsTheBeginningOfALongText)
{
    const auto checked = checkAddresses({std::string(5000, 'x'), std::string(100000, '<')});
    ASSERT_EQ(checked.refused.size(), 2U);
    EXPECT_EQ(checked.refused[0].shown, std::string(160, 'x') + "… (5000 octets)");
    EXPECT_EQ(checked.refused[0].stored.size(), 5000U);
    EXPECT_THAT(checked.refused[1].reason, HasSubstr("100000 octets"));
}

TEST(Addresses, TakesSpellingsThatDifferInCaseForOnePerson)
{
    const Texts spellings{"Ash.Zed@example.org", "ash.zed@Example.ORG", "ASH.ZED@example.org",
                          "Ash.Zed@EXAMPLE.org", "Søren@Ærø.example",   "SØREN@ærø.example"};
    const auto any = checkAddresses(spellings);
    EXPECT_THAT(any.usable, ElementsAre("Ash.Zed@example.org", "Søren@Ærø.example"));
    EXPECT_THAT(any.folded, testing::SizeIs(4));
    EXPECT_EQ(any.folded.front(), "ash.zed@Example.ORG is told as Ash.Zed@example.org, which "
                                  "differs in the case of letters only");
    const auto exact = checkAddresses(spellings, LocalPart::exactCase);
    EXPECT_THAT(exact.usable,
                ElementsAre("Ash.Zed@example.org", "ash.zed@Example.ORG", "ASH.ZED@example.org",
                            "Søren@Ærø.example", "SØREN@ærø.example"));
    EXPECT_THAT(exact.folded, ElementsAre(HasSubstr("Ash.Zed@EXAMPLE.org is told as ")));
}

} // namespace
} // namespace notifyhost::message
