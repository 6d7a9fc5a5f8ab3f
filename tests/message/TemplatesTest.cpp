#include "message/Templates.h"

#include "support/TemporaryFolder.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

using namespace notifyhost;
using message::TemplateError;
using message::Templates;
using testing::HasSubstr;
using testing::Not;

namespace {

Poco::JSON::Object facts(const std::string& json)
{
    Poco::JSON::Parser parser;
    return *parser.parse(json).extract<Poco::JSON::Object::Ptr>();
}

/// A folder of templates; each has a subject unless the case writes its own.
class TemplatesTest : public testing::Test {
protected:
    TemplatesTest() { folder.write("subject.mustache", "subject\n"); }

    message::RenderedText render(const std::string& json)
    {
        return Templates({folder.path()}).render(facts(json));
    }

    std::string text(const std::string& source, const std::string& json)
    {
        folder.write("text.mustache", source);
        return render(json).text;
    }

    std::string html(const std::string& source, const std::string& json)
    {
        folder.write("text.mustache", "text\n");
        folder.write("html.mustache", source);
        return render(json).html;
    }

    std::string subject(const std::string& source, const std::string& json)
    {
        folder.write("text.mustache", "text\n");
        folder.write("subject.mustache", source);
        return render(json).subject;
    }

    /// What the templates are refused with, the folder's path taken out.
    std::string refusal(const std::string& source, const std::string& json = "{}")
    {
        try {
            text(source, json);
        } catch (const TemplateError& error) {
            return shortened(error.what());
        }
        return "";
    }

    std::string shortened(std::string message) const
    {
        const auto path = folder.path().string() + "/";
        for (auto at = message.find(path); at != std::string::npos; at = message.find(path)) {
            message.erase(at, path.size());
        }
        return message;
    }

    test::TemporaryFolder folder;
};

} // namespace

TEST_F(TemplatesTest, PrintsTextsAndNumbersAsTheyAre)
{
    EXPECT_EQ(text("{{a}} {{b}} {{c}} {{d}}\n", R"({"a": "Ærø <&>", "b": 3, "c": -7, "d": 2.5})"),
              "Ærø <&> 3 -7 2.5\n");
    auto large = facts("{}");
    large.set("n", std::uint64_t{18446744073709551615u});
    folder.write("text.mustache", "{{n}}\n");
    EXPECT_EQ(Templates({folder.path()}).render(large).text, "18446744073709551615\n");
}

TEST_F(TemplatesTest, PrintsNothingForNullAndTakesItForFalse)
{
    EXPECT_EQ(text("[{{a}}]{{#a}}yes{{/a}}{{^a}}no{{/a}}\n", R"({"a": null})"), "[]no\n");
}

TEST_F(TemplatesTest, TakesTextsAndNumbersForTrueEvenEmptyOnes)
{
    EXPECT_EQ(text("{{^a}}None{{/a}}{{^b}}None{{/b}}{{#a}}.{{/a}}\n", R"({"a": "", "b": 0})"),
              ".\n");
}

TEST_F(TemplatesTest, OpensSectionsForBooleansListsAndObjects)
{
    EXPECT_EQ(
        text("{{#yes}}y{{/yes}}{{^yes}}n{{/yes}}{{#no}}y{{/no}}{{^no}}n{{/no}} {{yes}} {{no}}\n",
             R"({"yes": true, "no": false})"),
        "yn true false\n");
    EXPECT_EQ(text("{{#list}}<{{.}}>{{/list}}{{#none}}x{{/none}}{{^none}}-{{/none}}\n",
                   R"({"list": ["a", 2, null], "none": []})"),
              "<a><2><>-\n");
    EXPECT_EQ(text("{{#o}}{{a}}{{b}}{{/o}} {{o.a}} {{o.p.q}}\n",
                   R"({"o": {"a": 1, "p": {"q": "deep"}}, "b": 2})"),
              "12 1 deep\n");
    EXPECT_EQ(
        text("{{#rows}}{{#cells}}{{x}}{{y}} {{/cells}}{{/rows}}\n",
             R"({"y": "!", "rows": [{"cells": [{"x": 1}, {"x": 2}]}, {"cells": [{"x": 3}]}]})"),
        "1! 2! 3!\n");
    EXPECT_EQ(text("{{#lists}}{{#.}}{{x}}{{/.}};{{/lists}}\n",
                   R"({"lists": [[{"x": 1}, {"x": 2}], [], [{"x": 3}]]})"),
              "12;;3;\n");
}

TEST_F(TemplatesTest, TakesObjectsAndListsThatAreHeldByValue)
{
    Poco::JSON::Object inner;
    inner.set("x", "one");
    Poco::JSON::Array list;
    list.add(inner);
    Poco::JSON::Object outer;
    outer.set("list", list);
    outer.set("object", inner);
    folder.write("text.mustache", "{{#list}}{{x}}{{/list}} {{object.x}}\n");
    EXPECT_EQ(Templates({folder.path()}).render(outer).text, "one one\n");
}

TEST_F(TemplatesTest, PrintsTheElementItselfAlsoWhereItIsABoolean)
{
    EXPECT_EQ(text("{{#list}}{{.}}{{^last}}, {{/last}}{{/list}}\n",
                   R"({"list": [true, false, "a", null], "last": false})"),
              "true, false, a, ,\n");
    EXPECT_EQ(
        text("{{#list}}{{^no}}<{{.}}>{{/no}}{{/list}}\n", R"({"list": ["a", "b"], "no": false})"),
        "<a><b>\n");
}

TEST_F(TemplatesTest, AnInnerNullHidesAnOuterFact)
{
    EXPECT_EQ(text("{{#o}}{{name}}{{^name}}None{{/name}}{{/o}}\n",
                   R"({"name": "outer", "o": [{"name": null}]})"),
              "None\n");
}

TEST_F(TemplatesTest, LeavesNoLineWhereATagStoodAlone)
{
    EXPECT_EQ(text("a\n  {{#yes}}\nb\n{{/yes}}  \n{{^yes}}\nc\n{{/yes}}\n{{! gone }}\n{{#no}}\nd\n"
                   "{{/no}}\ne\n",
                   R"({"yes": true, "no": false})"),
              "a\nb\ne\n");
}

TEST_F(TemplatesTest, KeepsBlankLinesInSectionsAndLinesOfWhichNothingIsLeft)
{
    EXPECT_EQ(text("{{#list}}\n\n{{.}}\n\n{{/list}}\n{{#no}}x{{/no}}\nend\n",
                   R"({"list": ["a", "b"], "no": false})"),
              "\na\n\n\nb\n\n\nend\n");
}

TEST_F(TemplatesTest, PadsByCharactersAndNeverCuts)
{
    EXPECT_EQ(
        text("[{{#left6}}{{a}}{{/left6}}][{{#right6}}{{a}}{{/right6}}][{{#left2}}{{a}}{{/left2}}]"
             "[{{#right3}}{{a}}{{/right3}}]\n",
             R"({"a": "Łód東"})"),
        "[Łód東  ][  Łód東][Łód東][Łód東]\n");
    EXPECT_EQ(text("{{#left999}}{{/left999}}|{{#right1}}{{/right1}}|\n", "{}"),
              std::string(999, ' ') + "| |\n");
}

TEST_F(TemplatesTest, PadsWhatSectionsAndPaddingsInsideMade)
{
    EXPECT_EQ(
        text("[{{#left8}}{{#a}}{{a}}{{/a}}{{^a}}None{{/a}}{{#list}}{{.}}{{/list}}{{/left8}}]\n",
             R"({"a": null, "list": [1, 2]})"),
        "[None12  ]\n");
    EXPECT_EQ(text("[{{#right8}}<{{#left4}}ab{{/left4}}>{{/right8}}]\n", "{}"), "[  <ab  >]\n");
    EXPECT_EQ(text("{{#list}}{{#right3}}{{.}}{{/right3}}{{/list}}\n", R"({"list": [1, 22, 333]})"),
              "  1 22333\n");
}

TEST_F(TemplatesTest, PadsEscapedCharactersAsOne)
{
    EXPECT_EQ(html("[{{#left5}}{{a}}{{/left5}}]", R"({"a": "<&\""})"), "[&lt;&amp;&quot;  ]");
}

TEST_F(TemplatesTest, KnowsNoOtherWidths)
{
    for (const std::string name : {"left0", "left1000", "left", "right01", "left-1", "left1x"}) {
        EXPECT_EQ(refusal("{{#" + name + "}}a{{/" + name + "}}\n"),
                  "text.mustache:1: the facts hold nothing named '" + name + "'");
    }
}

TEST_F(TemplatesTest, CutsBlanksAtLineEndsInSubjectAndText)
{
    EXPECT_EQ(text("a {{b}}\t \n{{#left9}}c{{/left9}}\n  d  ", R"({"b": "  "})"), "a\nc\n  d");
    EXPECT_EQ(subject("  a {{b}}  \n", R"({"b": "x "})"), "  a x");
}

TEST_F(TemplatesTest, EscapesInHtmlAlone)
{
    const std::string fact = R"({"a": "<a href='x'>\"&"})";
    const std::string source = "{{a}}|{{{a}}}|{{& a }}\n";
    EXPECT_EQ(html(source, fact),
              "&lt;a href=&#39;x&#39;&gt;&quot;&amp;|<a href='x'>\"&|<a href='x'>\"&\n");
    EXPECT_EQ(text(source, fact), "<a href='x'>\"&|<a href='x'>\"&|<a href='x'>\"&\n");
    EXPECT_EQ(subject("{{a}}\n", fact), "<a href='x'>\"&");
}

TEST_F(TemplatesTest, ReplacesWhatCouldForgeLines)
{
    const std::string fact = R"({"a": "x\u0000\t\n\r\u001b\u007f\u0085\u2028\u202e\u2066y é"})";
    std::string expected = "x";
    for (int i = 0; i < 10; ++i) {
        expected += "\xEF\xBF\xBD";
    }
    expected += "y é\n";
    EXPECT_EQ(text("{{a}}\n", fact), expected);
    EXPECT_EQ(text("{{#a}}{{.}}{{/a}}\n", fact), expected);
    EXPECT_EQ(html("{{{a}}}\n", fact), expected);
}

TEST_F(TemplatesTest, ReplacesWhatCannotBeSeenAndKeepsWhatLettersNeed)
{
    // Persian, Hindi and Malayalam beside Latin letters with the same characters between them.
    const std::string letters = "\u0645\u06cc\u200c\u062e\u0648 \u0915\u094d\u200d\u0937 "
                                "\u0d28\u0d4d\u200d";
    const std::string replaced = "\xEF\xBF\xBD";
    Poco::JSON::Object object;
    object.set("a", letters + " a\u200bb\u200cc\u200dd\ufeffe\u202af\u2069g\U000e0041h");
    for (const char* part : {"subject", "text", "html"}) {
        folder.write(std::string(part) + ".mustache", "{{a}}\n");
    }
    const auto rendered = Templates({folder.path()}).render(object);
    const std::string expected = letters + " a" + replaced + "b" + replaced + "c" + replaced + "d" +
                                 replaced + "e" + replaced + "f" + replaced + "g" + replaced + "h";
    EXPECT_EQ(rendered.subject, expected);
    EXPECT_EQ(rendered.text, expected + "\n");
    EXPECT_EQ(rendered.html, expected + "\n");
}

TEST_F(TemplatesTest, ReplacesOctetsThatAreNotUtf8)
{
    Poco::JSON::Object object;
    object.set("a", "ok \xC3\x28 \xED\xA0\x80 \xF0\x9F\xA7\xAC");
    folder.write("text.mustache", "{{a}}\n");
    EXPECT_EQ(Templates({folder.path()}).render(object).text,
              "ok \xEF\xBF\xBD( \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD \xF0\x9F\xA7\xAC\n");
}

TEST_F(TemplatesTest, FactsCannotPassForMarksOfPadding)
{
    EXPECT_EQ(text("[{{#left4}}{{a}}{{/left4}}]\n", R"({"a": "\u0003l9\u0004\u0005\u0002"})"),
              "[\xEF\xBF\xBDl9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD]\n");
}

TEST_F(TemplatesTest, ASubjectIsOneLine)
{
    EXPECT_EQ(subject("{{a}}", R"({"a": "x\ty"})"), "x\xEF\xBF\xBDy");
    for (const std::string fact : {R"({"a": "x\nBcc: y"})", R"({"a": "x\r"})"}) {
        try {
            subject("Run {{{a}}}\n", fact);
            ADD_FAILURE() << fact;
        } catch (const TemplateError& error) {
            EXPECT_EQ(shortened(error.what()),
                      "subject.mustache:1: the fact 'a' holds a line break, which no subject can");
        }
    }
    EXPECT_THROW(subject("one\ntwo\n", "{}"), TemplateError);
    EXPECT_THROW(subject("{{#a}}{{.}}\n{{/a}}", R"({"a": [1, 2]})"), TemplateError);
    EXPECT_THROW(subject("{{a}}\n", R"({"a": null})"), TemplateError);
}

TEST_F(TemplatesTest, RefusesAnAbsentNameWithItsPlace)
{
    EXPECT_EQ(refusal("one\n{{#a}}\n\n{{b}}\n{{/a}}\n", R"({"a": true})"),
              "text.mustache:4: the facts hold nothing named 'b'");
    EXPECT_EQ(refusal("{{#b}}x{{/b}}\n"), "text.mustache:1: the facts hold nothing named 'b'");
    EXPECT_EQ(refusal("\n{{^b}}x{{/b}}\n"), "text.mustache:2: the facts hold nothing named 'b'");
    EXPECT_EQ(refusal("{{a.b}}\n", R"({"a": {"c": 1}})"),
              "text.mustache:1: the facts hold nothing named 'a.b'");
    EXPECT_EQ(refusal("{{#left9}}\n{{b}}{{/left9}}\n"),
              "text.mustache:2: the facts hold nothing named 'b'");
    EXPECT_EQ(refusal("{{#a}}never asked {{b}}{{/a}}\n", R"({"a": false})"), "");
}

TEST_F(TemplatesTest, RefusesToPrintListsAndObjects)
{
    const std::string said = "is a list or an object, which cannot be printed; open it with {{#";
    EXPECT_EQ(refusal("{{a}}\n", R"({"a": [1]})"), "text.mustache:1: 'a' " + said + "a}}");
    EXPECT_EQ(refusal("{{a}}\n", R"({"a": {}})"), "text.mustache:1: 'a' " + said + "a}}");
    EXPECT_EQ(refusal("{{.}}\n"), "text.mustache:1: '.' " + said + ".}}");
    EXPECT_EQ(refusal("{{#a}}{{.}}{{/a}}\n", R"({"a": [{}]})"),
              "text.mustache:1: '.' " + said + ".}}");
}

TEST_F(TemplatesTest, TellsAllParseErrorsAtOnce)
{
    folder.write("subject.mustache", "{{#a}}x\n");
    folder.write("html.mustache", "\n{{a\n");
    EXPECT_EQ(refusal("{{#a}}\n{{/b}}\n{{/c}}\n{{x y}}\n{{}}\n{{=<% %>=}}\n{{> nowhere}}\n"),
              "subject.mustache:1: the section 'a' is never closed\n"
              "text.mustache:2: {{/b}} where the section 'a' of line 1 is to be closed first\n"
              "text.mustache:3: {{/c}} closes a section that is not open\n"
              "text.mustache:4: 'x y' in a tag is not a name\n"
              "text.mustache:5: '' in a tag is not a name\n"
              "text.mustache:6: the delimiters {{ and }} cannot be changed\n"
              "text.mustache:7: there is no partial 'nowhere' (nowhere.mustache)\n"
              "html.mustache:2: a tag that is not closed by }}");
}

TEST_F(TemplatesTest, PutsPartialsInWithTheirIndentation)
{
    folder.write("part.mustache", "1 {{a}}\n{{#a}}\n2\n{{/a}}\n");
    EXPECT_EQ(text("  {{> part}}\nx {{> part}}|\n", R"({"a": "A"})"), "  1 A\n  2\nx 1 A\n2\n|\n");
}

TEST_F(TemplatesTest, NamesThePartialInWhichANameIsAbsent)
{
    folder.write("part.mustache", "\n{{b}}\n");
    EXPECT_EQ(refusal("{{> part}}\n"), "part.mustache:2: the facts hold nothing named 'b'");
    folder.write("part.mustache", "{{#b}}\n");
    EXPECT_EQ(refusal("{{> part}}{{> part}}{{/b}}\n"),
              "part.mustache:1: the section 'b' is never closed\n"
              "text.mustache:1: {{/b}} closes a section that is not open");
}

TEST_F(TemplatesTest, RefusesPartialsThatIncludeThemselves)
{
    folder.write("a.mustache", "{{> b}}\n");
    folder.write("b.mustache", "\n{{> a}}\n");
    EXPECT_EQ(refusal("{{> a}}\n"), "b.mustache:2: the partial 'a' includes itself");
}

TEST_F(TemplatesTest, BracesBesideTagsAreText)
{
    folder.write("brace.mustache", "{");
    EXPECT_EQ(text("{ {{a}} } }} {{> brace}}{{a}}}\n", R"({"a": "x"})"), "{ x } }} {x}\n");
}

TEST_F(TemplatesTest, TheSitesFolderOverridesFileByFile)
{
    test::TemporaryFolder site;
    folder.write("text.mustache", "default {{> who}}\n");
    folder.write("html.mustache", "<p>default</p>\n");
    folder.write("who.mustache", "team");
    site.write("who.mustache", "site");
    EXPECT_EQ(Templates({folder.path(), site.path()}).render(facts("{}")).text, "default site\n");
    site.write("html.mustache", "");
    EXPECT_EQ(Templates({folder.path(), site.path()}).render(facts("{}")).html, "");
}

TEST_F(TemplatesTest, TellsWhichFoldersAndFilesAreMissing)
{
    test::TemporaryFolder site;
    try {
        const Templates templates({site.path(), folder / "none"});
        ADD_FAILURE();
    } catch (const TemplateError& error) {
        const std::string both = site.path().string() + " or " + (folder / "none").string();
        EXPECT_EQ(error.what(),
                  (folder / "none").string() + ": the folder of templates does not exist\n" + both +
                      ": there is no subject.mustache\n" + both + ": there is no text.mustache");
    }
}

TEST_F(TemplatesTest, RefusesFilesThatAreNotTextInUtf8)
{
    EXPECT_EQ(refusal("ok\n\xFF\n"), "text.mustache:2: not UTF-8");
    EXPECT_EQ(refusal("ok\n\n\x05\n"), "text.mustache:3: a control character");
    std::filesystem::remove(folder / "text.mustache");
    std::filesystem::create_directory(folder / "text.mustache");
    EXPECT_THROW(Templates({folder.path()}), TemplateError);
}

TEST_F(TemplatesTest, ReadsFilesOfOtherEditors)
{
    EXPECT_EQ(text("\xEF\xBB\xBF{{#a}}\r\nx\r\n{{/a}}\r\ny\r\n", R"({"a": true})"), "x\ny\n");
}

TEST_F(TemplatesTest, RendersAgainAfterAnError)
{
    folder.write("text.mustache", "{{#list}}{{#left4}}{{x}}{{/left4}}|{{/list}}\n");
    const Templates templates({folder.path()});
    EXPECT_THROW(templates.render(facts(R"({"list": [{"x": 1}, {}]})")), TemplateError);
    EXPECT_EQ(templates.render(facts(R"({"list": [{"x": 1}]})")).text, "1   |\n");
}
