#include "message/CanonicalFacts.h"

#include <Poco/JSON/Parser.h>

#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

std::string canonical(const std::string& json)
{
    Poco::JSON::Parser parser;
    return message::canonicalFacts(*parser.parse(json).extract<Poco::JSON::Object::Ptr>());
}

TEST(CanonicalFacts, AreOneForFactsThatSayTheSame)
{
    EXPECT_EQ(canonical(R"({"a": "x", "b": [1, {"c": null, "d": true}]})"),
              canonical(R"({"b": [1, {"d": true, "c": null}], "a": "x"})"));
    const auto date = canonical(R"({"date": "2026-10-28T11:09:25"})");
    EXPECT_EQ(canonical(R"({"date": "2026-10-28T11:09:25.000"})"), date);
    EXPECT_EQ(canonical(R"({"date": "2026-10-28T11:09:25Z"})"), date);
    EXPECT_EQ(canonical(R"({"date": "2026-10-28T11:09:25+00:00"})"), date);
    EXPECT_NE(canonical(R"({"date": "2026-10-28T11:09:26"})"), date);
}

TEST(CanonicalFacts, DifferForAllThatIsDifferent)
{
    const std::vector<std::string> different{
        R"({})",
        R"({"a": null})",
        R"({"a": ""})",
        R"({"a": "x"})",
        R"({"b": "x"})",
        R"({"a": 1})",
        R"({"a": "1"})",
        R"({"a": true})",
        R"({"a": "true"})",
        R"({"a": []})",
        R"({"a": {}})",
        R"({"a": ["x"]})",
        R"({"a": ["x", "y"]})",
        R"({"a": ["y", "x"]})",
        R"({"a": [["x"], "y"]})",
        R"({"a": [["x", "y"]]})",
        R"({"a": {"x": "y"}})",
        R"({"a": "2026-10-28T11:09:25"})",
        R"({"a": "1793185765000000000"})",
        R"({"a": "2026-10-28"})",
        R"({"a": "x", "b": "y"})",
        R"({"a": "x1:bs1:y"})",
    };
    for (const auto& one : different) {
        for (const auto& other : different) {
            EXPECT_EQ(canonical(one) == canonical(other), one == other) << one << " " << other;
        }
    }
}

} // namespace
} // namespace notifyhost::test
