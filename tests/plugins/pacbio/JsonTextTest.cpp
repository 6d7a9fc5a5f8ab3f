#include "JsonText.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::pacbio {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string faultOf(std::string_view text)
{
    const auto read = readJson(text);
    return std::holds_alternative<std::string>(read) ? std::get<std::string>(read) : "";
}

/// Members or elements as "key=content" or "key=exact text".
std::vector<std::string> contentOf(std::string_view text)
{
    std::vector<std::string> result;
    const JsonValue root = std::get<JsonValue>(readJson(text));
    const auto note = [&](std::string_view key, const JsonValue& value) {
        result.push_back(std::string(key) + "=" +
                         (value.json.empty() ? value.text : std::string(value.json)));
    };
    root.forMembers(note);
    root.forElements([&](const JsonValue& value) { note("", value); });
    return result;
}

TEST(JsonText, GivesContainersByTheirExactText)
{
    EXPECT_THAT(
        contentOf(" {\"a\" : { \"x\":[1, 2 ] ,\n\"y\":{}} , \"b\":[ ],\"c\":1.0e0, "
                  "\"d\":\"\\u00e9\\n\", \"e\":true, \"f\":null}\n"),
        ElementsAre("a={ \"x\":[1, 2 ] ,\n\"y\":{}}", "b=[ ]", "c=1.0e0", "d=é\n", "e=true", "f="));
    EXPECT_THAT(contentOf("[ {\"a\":1} ,[2],\"x\",{ }]"),
                ElementsAre("={\"a\":1}", "=[2]", "=x", "={ }"));
}

TEST(JsonText, ShowsARepeatedKeyAgain)
{
    EXPECT_THAT(contentOf(R"({"a":1,"a":2})"), ElementsAre("a=1", "a=2"));
}

TEST(JsonText, TellsEveryShapeOfARoot)
{
    for (const auto& [text, shape] :
         std::vector<std::pair<std::string, Shape>>{{"null", Shape::null},
                                                    {"false", Shape::boolean},
                                                    {"-1", Shape::number},
                                                    {"\"\"", Shape::text},
                                                    {"{}", Shape::object},
                                                    {"[]", Shape::array}})
    {
        EXPECT_EQ(std::get<JsonValue>(readJson(text)).shape, shape) << text;
    }
}

TEST(JsonText, RefusesWhatIsNotOneWholeValueOfStrictJson)
{
    const std::pair<std::string, std::string> cases[] = {
        {"", "it is empty"},
        {" \n", "it is empty"},
        {"{\"a\":[1,2", "it is cut off"},
        {"{\"a\":\"tex", "it is cut off"},
        {"{} {}", "it is not JSON (octet 4)"},
        {"{'a':1}", "it is not JSON (octet 2)"},
        {"[1,]", "it is not JSON (octet 4)"},
        {"[01]", "it is not JSON"},
        {"[NaN]", "it is not JSON"},
        {"<html>", "it is not JSON (octet 1)"},
        {"\xEF\xBB\xBF{}", "byte order mark"},
        {"[\"\xFF\"]", "it is not JSON"},
        {"[\"\xED\xA0\x80\"]", "it is not JSON"},
        {"[\"\\udc00\"]", "half a surrogate pair"},
        {"{\"\\udc00\":1}", "half a surrogate pair"},
        {"[\"\\ud800\"]", "it is not JSON"},
        {std::string("{}\0x", 4), "it is not JSON (octet 3)"},
        {std::string(101, '[') + std::string(101, ']'), "nested more than 100 deep"},
        {std::string(1000000, '['), "nested more than 100 deep"}};
    for (const auto& [text, fault] : cases) {
        EXPECT_THAT(faultOf(text), HasSubstr(fault)) << text.substr(0, 40);
    }
    EXPECT_EQ(faultOf(std::string(100, '[') + std::string(100, ']')), "");
}

} // namespace

} // namespace notifyhost::pacbio
