#include "BatonLine.h"
#include "OntTesting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::ont {

namespace {

using test::batonLine;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::variant<Run, std::string> read(const std::string& line)
{
    BatonLine reader;
    return reader.read(line);
}

/// The task of an accepted line, or "refused: " and why.
std::string taskOf(const std::string& line)
{
    const std::variant<Run, std::string> result = read(line);
    if (const auto* reason = std::get_if<std::string>(&result)) {
        return "refused: " + *reason;
    }
    return taskInput("uploaded", std::get<Run>(result));
}

std::string reasonOf(const std::string& line)
{
    const std::variant<Run, std::string> result = read(line);
    const auto* reason = std::get_if<std::string>(&result);
    return reason == nullptr ? "accepted" : *reason;
}

std::string pathOf(const std::string& path)
{
    const std::variant<Run, std::string> result = read(batonLine("1", '"' + path + '"'));
    return std::holds_alternative<ont::Run>(result) ? std::get<Run>(result).path
                                                    : std::get<std::string>(result);
}

/// An object in an object, as deep as asked for; all of them look like collections.
std::string nested(std::size_t depth)
{
    std::string inner = R"({"collection": "/x"})";
    for (std::size_t level = 1; level < depth; ++level) {
        inner = R"({"collection": "/x", "more": )" + inner + "}";
    }
    return inner;
}

TEST(BatonLine, TurnsACollectionIntoATask)
{
    EXPECT_EQ(taskOf(batonLine("\"3\"")),
              R"({"event":"uploaded","experiment_name":"E1","flowcell_id":"F1",)"
              R"("instrument_slot":3,"path":"/seq/ont/1"})");
}

TEST(BatonLine, NormalisesThePathButKeepsTwoDots)
{
    EXPECT_EQ(pathOf("/a/b/"), "/a/b");
    EXPECT_EQ(pathOf("/a//b///"), "/a/b");
    EXPECT_EQ(pathOf("/./a/./b/."), "/a/b");
    EXPECT_EQ(pathOf("/a/../b"), "/a/../b");
    EXPECT_EQ(pathOf("/../a"), "/../a");
    EXPECT_EQ(pathOf("//a/b"), "//a/b");
    EXPECT_EQ(pathOf("///a/b"), "/a/b");
    EXPECT_EQ(pathOf("/"), "/");
    EXPECT_EQ(pathOf("//"), "//");
    EXPECT_EQ(pathOf("/a/.b/c./..."), "/a/.b/c./...");
    EXPECT_EQ(pathOf("/a b/ c "), "/a b/ c ");
}

TEST(BatonLine, RefusesRelativeAndEmptyPaths)
{
    EXPECT_EQ(pathOf("seq/a"), "collection \"seq/a\" is a relative path");
    EXPECT_EQ(pathOf("./seq"), "collection \"./seq\" is a relative path");
    EXPECT_EQ(pathOf(""), "collection is an empty path");
}

TEST(BatonLine, TakesTimestampsAndReplicatesWhereverBatonWritesThem)
{
    const std::string timestamps = R"("timestamps": [{"created": "2026-11-20T10:00:00Z"},)"
                                   R"( {"modified": "2026-11-20T11:00:00Z", "replicates": 0}])";
    const std::string replicates =
        R"("replicates": [{"number": 0, "resource": "r1", "location": "h1", "checksum": "c",)"
        R"( "valid": true}])";
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", " + timestamps)), "accepted");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"",
                                 R"(, "contents": [{"collection": "/a", "data_object": "x", )" +
                                     timestamps + ", " + replicates + "}]")),
              "accepted");
}

TEST(BatonLine, RefusesAnErrorReportWithItsMessage)
{
    const std::string error = R"("error": {"code": -310000, "message": "no such collection"})";
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", " + error)),
              "baton reports an error (-310000): \"no such collection\"");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"",
                                 R"(, "contents": [{"collection": "/b", )" + error + "}]")),
              "baton reports an error (-310000): \"no such collection\"");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", \"error\": {}")),
              "baton reports an error");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", \"error\": \"down\"")),
              "baton reports an error");
}

TEST(BatonLine, RefusesAnObjectThatBatonDoesNotWriteAnywhereInTheLine)
{
    const std::string stranger = "an object in it is no collection";
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "x": {"y": 1})")),
                StartsWith(stranger));
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "x": [[{}]])")),
                StartsWith(stranger));
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "x": {"y": 1}, "x": 2)")),
                StartsWith(stranger));
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "replicates": [{"number": 1}])")),
                StartsWith(stranger));
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "x": {"attribute": "y"})")),
              "the AVU of attribute \"y\" has no value");
}

TEST(BatonLine, IgnoresUnknownKeysWithPlainValues)
{
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"",
                                 R"(, "x": null, "y": [1, "two", [true]], "z": 1.5)")),
              "accepted");
}

TEST(BatonLine, CountsTheLastOfRepeatedKeys)
{
    EXPECT_EQ(reasonOf(batonLine("1", "null, \"collection\": \"/a\"")), "accepted");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "collection": null)")),
              "collection is null, not a text");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "avus": [])")),
              "avus is empty, hence no metadata");
    EXPECT_EQ(reasonOf(R"({"avus": null, "access": 3, "avus": [7], "access": [4], )" +
                       batonLine("1", "\"/a\"", "\"E\"", R"(, "access": [])").substr(1)),
              "accepted");
    EXPECT_THAT(taskOf(batonLine(R"("1", "value": "2")")), HasSubstr("\"instrument_slot\":2"));
}

TEST(BatonLine, RefusesWrongElementsOfAvusAndAccess)
{
    EXPECT_EQ(reasonOf(batonLine("1}, {\"owner\": \"o\", \"level\": \"own\"")),
              "avus holds an object that is no AVU");
    EXPECT_EQ(reasonOf(batonLine("1}, 7, {\"attribute\": \"a\", \"value\": \"b\"")),
              "avus holds a number that is no AVU");
    EXPECT_EQ(reasonOf(batonLine("1}, [], {\"attribute\": \"a\", \"value\": \"b\"")),
              "avus holds an array that is no AVU");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "access": ["own"])")),
              "access holds a text that is no access entry");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", R"(, "access": null)")),
              "access is null, not an array");
}

TEST(BatonLine, TakesAccessLevelsInAnyLetterCase)
{
    for (const char* level : {"null", "READ", "Write", "oWn"}) {
        EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"",
                                     R"(, "access": [{"owner": "o", "level": ")" +
                                         std::string(level) + R"("}])")),
                  "accepted")
            << level;
    }
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"",
                                 R"(, "access": [{"owner": "o", "level": null}])")),
              "an access level is null, not a text");
}

TEST(BatonLine, MakesTextOfValuesThatAreNone)
{
    EXPECT_THAT(taskOf(batonLine("1", "\"/a\"", "3")), HasSubstr(R"("experiment_name":"3")"));
    EXPECT_THAT(taskOf(batonLine("1", "\"/a\"", "3.0")), HasSubstr(R"("experiment_name":"3.0")"));
    EXPECT_THAT(taskOf(batonLine("1", "\"/a\"", "true")), HasSubstr(R"("experiment_name":"True")"));
    EXPECT_THAT(taskOf(batonLine("1", "\"/a\"", "false")),
                HasSubstr(R"("experiment_name":"False")"));
    EXPECT_THAT(taskOf(batonLine("1", "\"/a\"", "\"\"")), HasSubstr(R"("experiment_name":"")"));
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "[\"E\"]")), HasSubstr("an array, not a text"));
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "\"\\u00a0\\t\"")), HasSubstr("blanks only"));
}

TEST(BatonLine, TellsUnitsAbsentFromUnitsEmpty)
{
    const auto twice = [](const std::string& first, const std::string& second) {
        return reasonOf(batonLine(R"(1}, {"attribute": "x:y", "value": "z", "units": "u"}, )"
                                  R"({"attribute": "ont:instrument_slot", "value": "1")" +
                                      second,
                                  "\"/a\"", "\"E\"" + first));
    };
    EXPECT_EQ(twice("", ""), "accepted");
    EXPECT_EQ(twice("", ", \"units\": null"), "accepted");
    EXPECT_EQ(twice("", ", \"units\": \"\""), "more than one ont:instrument_slot");
    EXPECT_EQ(twice("", ", \"units\": \"u\""), "more than one ont:instrument_slot");
    EXPECT_EQ(twice(", \"units\": \"\"", ""), "accepted");
}

TEST(BatonLine, NamesAllThatIsMissingAtOnce)
{
    EXPECT_EQ(reasonOf(R"({"collection": "/a", "avus": [{"attribute": "x", "value": "y"}]})"),
              "no ont:experiment_name; no ont:instrument_slot; no ont:flowcell_id");
}

TEST(BatonLine, KeepsCharactersAsTheyAre)
{
    EXPECT_THAT(taskOf(batonLine("1", R"("/a/\"q\" \\ \u00e6\ud83e\uddec\t\u007f")")),
                HasSubstr("\"path\":\"/a/\\\"q\\\" \\\\ æ🧬\\u0009\x7f\""));
}

TEST(BatonLine, AcceptsTheDepthOfAHundredAndNoMore)
{
    const auto deep = [](std::size_t depth) {
        return reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", \"x\": " + nested(depth - 1)));
    };
    EXPECT_EQ(deep(100), "accepted");
    EXPECT_EQ(deep(101), "it is nested more than 100 deep");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"",
                                 ", \"x\": " + std::string(99, '[') + std::string(99, ']'))),
              "accepted");
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", \"x\": " + std::string(500'000, '['))),
              "it is nested more than 100 deep");
}

TEST(BatonLine, RefusesOctetsThatAreNotUtf8)
{
    for (const char* octets : {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                               "\xf4\x90\x80\x80", "\x80", "\xf0\x9f\xa7"})
    {
        EXPECT_THAT(reasonOf(batonLine("1", '"' + std::string("/a") + octets + '"')),
                    HasSubstr("it is not UTF-8 (octet 19)"));
    }
    EXPECT_THAT(reasonOf("\xff"), HasSubstr("it is not UTF-8 (octet 1)"));
    EXPECT_THAT(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", \"\xff\": 1")),
                HasSubstr("it is not UTF-8"));
}

TEST(BatonLine, RefusesHalvesOfSurrogatePairs)
{
    for (const char* escape : {"\\ud83e", "\\uddec", "\\ud83e\\ud83e", "x\\udfff"}) {
        EXPECT_NE(reasonOf(batonLine("1", '"' + std::string("/a") + escape + '"')), "accepted")
            << escape;
    }
    EXPECT_NE(reasonOf(batonLine("1", "\"/a\"", "\"E\"", ", \"\\uddec\": 1")), "accepted");
}

TEST(BatonLine, RefusesWhatOnlyLooksLikeJson)
{
    for (const std::string slot : {"01", "NaN", "Infinity", "'1'", "1,", "+1", ".5", "1."}) {
        EXPECT_THAT(reasonOf(batonLine(slot)), StartsWith("it is not JSON (octet ")) << slot;
    }
    EXPECT_THAT(reasonOf(batonLine("\"1\t2\"")), StartsWith("it is not JSON (octet "));
    EXPECT_THAT(reasonOf(batonLine("1") + std::string("\0{", 2)),
                StartsWith("there is more on the line than one JSON object"));
    EXPECT_THAT(reasonOf(batonLine("1") + " x"),
                StartsWith("there is more on the line than one JSON object"));
    EXPECT_EQ(reasonOf(batonLine("1", "\"/a\\u0000\"")),
              "it holds the character U+0000, which no queue and no warehouse can keep");
}

TEST(BatonLine, RefusesOtherRootsByName)
{
    EXPECT_EQ(reasonOf("\"/seq/a\""), "it is a text, not a JSON object");
    EXPECT_EQ(reasonOf("7"), "it is a number, not a JSON object");
    EXPECT_EQ(reasonOf("{}"), "it has no collection");
    EXPECT_EQ(reasonOf(R"({"collection": "/a", "attribute": "b", "value": "c"})"),
              "it is an AVU or access entry, not a collection");
    EXPECT_EQ(reasonOf(" \t\r"), "it is empty");
}

TEST(BatonLine, ForgetsTheLineBefore)
{
    BatonLine reader;
    EXPECT_TRUE(std::holds_alternative<ont::Run>(reader.read(batonLine("\"1\""))));
    EXPECT_EQ(std::get<std::string>(reader.read(
                  R"({"collection": "/a", "avus": [{"attribute": "x", "value": "y"}]})")),
              "no ont:experiment_name; no ont:instrument_slot; no ont:flowcell_id");
    EXPECT_TRUE(std::holds_alternative<std::string>(reader.read(std::string(200, '['))));
    EXPECT_TRUE(std::holds_alternative<ont::Run>(reader.read(batonLine("\"2\""))));
}

TEST(BatonLine, RefusesSlotsOutsideTheInstrument)
{
    EXPECT_THAT(taskOf(batonLine("\"1\"")), HasSubstr("\"instrument_slot\":1,"));
    EXPECT_THAT(taskOf(batonLine("\"\u0662\u0664\"")), HasSubstr("\"instrument_slot\":24,"));
    EXPECT_EQ(reasonOf(batonLine("\"99999999999999999999\"")),
              "ont:instrument_slot \"99999999999999999999\" is not within 1 to 24");
    EXPECT_EQ(reasonOf(batonLine("3e0")), "ont:instrument_slot \"3.0\" is not a whole number");
}

} // namespace

} // namespace notifyhost::ont
