#include "json/Json.h"

#include <gtest/gtest.h>

#include <sstream>

using namespace notifyhost::json;

namespace {

std::string faultOf(std::string_view text, const Limits& limits = {})
{
    try {
        parse(text, limits);
    } catch (const JsonError& error) {
        return error.what();
    }
    return "accepted";
}

std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string printed(std::string_view text)
{
    std::ostringstream out;
    toPocoObject(parse(text)).stringify(out);
    return out.str();
}

/// The exact text a value was read from.
std::string_view textOf(const Value& value, std::string_view source)
{
    return source.substr(value.begin, value.end - value.begin);
}

} // namespace

TEST(Json, ReadsEveryKindOfValue)
{
    const Value value =
        parse(R"( {"a": null, "b": [true, false], "c": "x\u00e9\n", "d": -1.50e3} )");
    ASSERT_EQ(value.kind, ValueKind::object);
    ASSERT_EQ(value.members.size(), 4U);
    EXPECT_EQ(value.find("a")->kind, ValueKind::null);
    ASSERT_EQ(value.find("b")->elements.size(), 2U);
    EXPECT_TRUE(value.find("b")->elements[0].boolean);
    EXPECT_FALSE(value.find("b")->elements[1].boolean);
    EXPECT_EQ(value.find("c")->text, "x\xC3\xA9\n");
    EXPECT_EQ(value.find("d")->text, "-1.50e3");
    EXPECT_EQ(value.find("e"), nullptr);
}

TEST(Json, SaysWhereEachValueStood)
{
    const std::string source =
        "\t{ \"k\\\"1\" : {\"x\":[1 , -2.5e+1,\"a\\\\\" ,true,null,{}]} , \"k\":\"\\u0041\"}\r\n";
    const Value value = parse(source);
    EXPECT_EQ(textOf(value, source), source.substr(1, source.size() - 3));
    const Value& inner = *value.find("k\"1");
    EXPECT_EQ(textOf(inner, source), "{\"x\":[1 , -2.5e+1,\"a\\\\\" ,true,null,{}]}");
    const std::vector<Value>& elements = inner.find("x")->elements;
    ASSERT_EQ(elements.size(), 6U);
    EXPECT_EQ(textOf(elements[0], source), "1");
    EXPECT_EQ(textOf(elements[1], source), "-2.5e+1");
    EXPECT_EQ(textOf(elements[2], source), "\"a\\\\\"");
    EXPECT_EQ(textOf(elements[3], source), "true");
    EXPECT_EQ(textOf(elements[4], source), "null");
    EXPECT_EQ(textOf(elements[5], source), "{}");
    EXPECT_EQ(textOf(*value.find("k"), source), "\"\\u0041\"");
}

TEST(Json, KeepsRepeatedKeysOfWhichTheLastCounts)
{
    const Value value = parse(R"({"a":1,"b":2,"a":3})");
    EXPECT_EQ(value.members.size(), 3U);
    EXPECT_EQ(value.find("a")->text, "3");
}

TEST(Json, KeepsNumbersOfAnyLengthAsTheirText)
{
    const std::string digits(1000, '9');
    for (const std::string& number :
         {digits, "-" + digits, "0." + digits, digits + "." + digits + "E-7", std::string("1e400"),
          std::string("0e999999999999"), std::string("1e-999999999999"),
          std::string("18446744073709551616"), std::string("-0"), std::string("1E+05")})
    {
        const std::string source = "[\"1e400\", " + number + " ,1e999,\"\\\"9\"]";
        const Value value = parse(source);
        ASSERT_EQ(value.elements.size(), 4U) << number;
        EXPECT_EQ(value.elements[0].text, "1e400");
        EXPECT_EQ(value.elements[1].text, number);
        EXPECT_EQ(value.elements[2].text, "1e999");
        EXPECT_EQ(value.elements[3].text, "\"9");
        EXPECT_EQ(textOf(value.elements[1], source), number);
    }
}

TEST(Json, RefusesWhatIsNotOneValue)
{
    EXPECT_EQ(faultOf("{} {}"), "at octet 4: there is more after the value");
    EXPECT_EQ(faultOf("{}x"), "at octet 3: there is more after the value");
    EXPECT_EQ(faultOf(std::string_view("{}\0", 3)), "at octet 3: there is more after the value");
    EXPECT_EQ(faultOf(""), "at octet 1: there is nothing but blanks");
    EXPECT_EQ(faultOf(" \n"), "at octet 3: there is nothing but blanks");
    EXPECT_EQ(faultOf("{\"a\":1"), "at octet 7: cut off: the value does not end");
    EXPECT_EQ(faultOf("\"abc"), "at octet 5: cut off: the value does not end");
    EXPECT_EQ(faultOf("\xEF\xBB\xBF{}"), "at octet 1: it begins with a byte order mark");
}

TEST(Json, RefusesWhatTheGrammarDoesNotKnow)
{
    for (const std::string_view text :
         {"{a:1}",         "{'a':1}",   "[1,]",          "{\"a\":1,}",  "[01]",
          "[1.]",          "[.5]",      "[1e]",          "[+1]",        "[-]",
          "[0x1]",         "[NaN]",     "[Infinity]",    "[-Infinity]", "[nul]",
          "[1 2]",         "/*c*/{}",   "[1]//c",        "[\"\\x\"]",   "[\"\t\"]",
          "[\"\\u12g4\"]", "{\"a\"}",   "{1:2}",         "[1e400,01]",  "[1e400,1.5.6]",
          "[1e400 1e400]", "[1e400,-]", "[1e4001e400x]", "nope",        "\xC2\xA0{}"})
    {
        EXPECT_NE(faultOf(text).find("at octet "), std::string::npos) << text;
    }
    EXPECT_NE(faultOf(std::string_view("[\"a\0b\"]", 7)).find("at octet 4"), std::string::npos);
}

TEST(Json, RefusesTextThatIsNotUnicode)
{
    for (const std::string_view text :
         {"[\"\xC3\"]", "[\"\x80\"]", "[\"\xC0\xAF\"]", "[\"\xED\xA0\x80\"]", "[\"\xED\xB0\x80\"]",
          "[\"\xF4\x90\x80\x80\"]", "[\"\xF8\x88\x80\x80\x80\"]", "{\"\xFF\":1}"})
    {
        EXPECT_NE(faultOf(text).find("not UTF-8"), std::string::npos) << text;
    }
    for (const std::string_view text :
         {R"(["\ud800"])", R"(["\udc00"])", R"(["a\udFFFb"])", R"(["\ud83e\u0041"])",
          R"({"\udd00":1})", R"(["\udd00\ud83e"])"})
    {
        EXPECT_NE(faultOf(text).find("half of a surrogate pair"), std::string::npos) << text;
    }
    EXPECT_EQ(parse(R"(["\ud83e\uddec\ud7ff\uE000\u0000"])").elements[0].text,
              std::string("\xF0\x9F\xA7\xAC\xED\x9F\xBF\xEE\x80\x80\0", 11));
}

TEST(Json, BoundsDepthAndSize)
{
    EXPECT_EQ(faultOf(nested(100)), "accepted");
    EXPECT_EQ(faultOf(nested(101)), "at octet 101: nested more than 100 deep");
    EXPECT_EQ(faultOf(std::string(5'000'000, '[')), "at octet 101: nested more than 100 deep");
    EXPECT_EQ(faultOf("{\"a\":{\"b\":{}}}", {2, 100}), "at octet 11: nested more than 2 deep");
    EXPECT_EQ(faultOf("[1234567]", {100, 9}), "accepted");
    EXPECT_EQ(faultOf("[12345678]", {100, 9}), "at octet 10: longer than 9 octets");
}

TEST(Json, ShowsObjectsAsPocoDoes)
{
    EXPECT_EQ(printed(R"({"b":[1,{"z":null,"y":"é"}],"a":true,"a":false})"),
              R"({"a":false,"b":[1,{"y":"é","z":null}]})");
}

TEST(Json, HandsOnOnlyNumbersThatPocoKeepsExactly)
{
    const Poco::JSON::Object view = toPocoObject(parse(
        R"({"int":-9223372036854775808,"nat":18446744073709551615,"big":18446744073709551616,
            "real":1.50,"long":0.10000000000000000555,"huge":1e400,"zero":0.0,"slot":3})"));
    EXPECT_TRUE(view.get("int").isInteger());
    EXPECT_EQ(view.getValue<Poco::Int64>("int"), std::numeric_limits<Poco::Int64>::min());
    EXPECT_EQ(view.getValue<Poco::UInt64>("nat"), std::numeric_limits<Poco::UInt64>::max());
    EXPECT_TRUE(view.get("big").isString());
    EXPECT_EQ(view.getValue<std::string>("big"), "18446744073709551616");
    EXPECT_TRUE(view.get("real").isNumeric());
    EXPECT_EQ(view.getValue<double>("real"), 1.5);
    EXPECT_TRUE(view.get("long").isString());
    EXPECT_TRUE(view.get("huge").isString());
    EXPECT_EQ(view.getValue<std::string>("huge"), "1e400");
    EXPECT_EQ(view.getValue<double>("zero"), 0.0);
    EXPECT_EQ(view.getValue<int>("slot"), 3);
}

TEST(Json, QuotesTextSoThatItReadsBack)
{
    std::string text = "\"\\/ é\x7F";
    for (char control = 0; control < 0x20; ++control) {
        text.push_back(control);
    }
    const std::string quoted = quote(text);
    EXPECT_TRUE(quoted.starts_with("\"\\\"\\\\/ é\x7F\\u0000\\u0001")) << quoted;
    EXPECT_NE(quoted.find("\\b\\t\\n\\u000b\\f\\r\\u000e"), std::string::npos) << quoted;
    EXPECT_EQ(parse(quoted).text, text);
}
