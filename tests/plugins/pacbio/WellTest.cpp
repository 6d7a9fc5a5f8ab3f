#include "Well.h"

#include "support/LangQcStandIn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace notifyhost::pacbio {

namespace {

using namespace notifyhost::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Well sampleWell(const std::string& id)
{
    return std::get<Well>(readWell(LangQcStandIn::libraries(id), id));
}

/// The sample of two ends with one thing replaced.
std::string spoilt(const std::string& pattern, const std::string& replacement)
{
    const std::string text = LangQcStandIn::libraries(product::kOddNames);
    const std::string result = std::regex_replace(text, std::regex(pattern), replacement,
                                                  std::regex_constants::format_first_only);
    EXPECT_NE(result, text) << pattern;
    return result;
}

TEST(Well, IsReadWithItsLibrariesInTheirOrder)
{
    const Well well = sampleWell(product::kTwoStudies);
    EXPECT_EQ(well.run, "TRACTION-RUN-9002");
    EXPECT_EQ(well.label, "A1");
    EXPECT_EQ(well.plate, "1");
    std::vector<std::string> studies;
    for (const Library& library : well.libraries) {
        studies.push_back(library.studyId);
    }
    EXPECT_THAT(studies, ElementsAre("7101", "7104", "7101", "7104", "7104"));
}

TEST(Well, MayLackWhatMayBeNull)
{
    const Well well = sampleWell(product::kNoPlate);
    EXPECT_EQ(well.plate, std::nullopt);
    EXPECT_EQ(well.completed, std::nullopt);
    EXPECT_EQ(well.instrument, "seq-03");
    ASSERT_THAT(well.libraries, SizeIs(1));
    EXPECT_THAT(well.libraries[0].tags, IsEmpty());
    EXPECT_EQ(well.libraries[0].type, std::nullopt);
    EXPECT_EQ(well.libraries[0].pool, std::nullopt);
}

TEST(Well, HasNoPlateZero)
{
    const auto read =
        readWell(spoilt("\"plate_number\": 1", "\"plate_number\": 0"), product::kOddNames);
    EXPECT_EQ(std::get<Well>(read).plate, std::nullopt);
}

TEST(Well, KeepsNamesOutsideAsciiAndBothTags)
{
    const Well well = sampleWell(product::kOddNames);
    ASSERT_THAT(well.libraries, SizeIs(3));
    EXPECT_EQ(well.libraries[0].sampleName, "Ærø_strand");
    EXPECT_EQ(well.libraries[1].sampleName, "東海_07");
    EXPECT_EQ(well.libraries[2].sampleName.size(), 255u);
    EXPECT_THAT(well.libraries[0].tags, ElementsAre("CTACGACGCGCTCATT", "CCCTTGTCGGAGAGTT"));
}

TEST(Well, SaysWhichOfItsMembersIsWrong)
{
    const std::string& id = product::kOddNames;
    const std::tuple<std::string, std::string, std::string> cases[] = {
        {"\"label\": \"B1\"", "\"label\": 7", "label is the number 7, not a text"},
        {"\"label\": \"B1\",", "", "it has no label"},
        {"\"run_name\": \"[^\"]*\"", "\"run_name\": null", "run_name is null, not a text"},
        {"\"plate_number\": 1", "\"plate_number\": \"1\"",
         "plate_number is a text, not a whole number"},
        {"\"plate_number\": 1", "\"plate_number\": 1.5",
         "plate_number is the number 1.5, not a whole number"},
        {"\"instrument_name\": \"[^\"]*\"", "\"instrument_name\": {}",
         "instrument_name is an object, not a text"},
        {"\"id_product\": \"bf60", "\"id_product\": \"af60", "it is about another product, af60"},
        {"\"libraries\"", "\"lib\"", "it has no libraries"},
        {"\"study_id\": \"7102\"", "\"study_id\": 7102",
         "library 1: study_id is the number 7102, not a text"},
        {"\"study_id\": \"7102\"", "\"study_id\": \"\"", "library 1: study_id is empty"},
        {"\"sample_name\": \"東海_07\"", "\"sample_name\": null",
         "library 2: sample_name is null, not a text"},
        {"\"CTACGACGCGCTCATT\"", "5", "library 1: tag_sequence holds a number, not only texts"},
        {"\"tag_sequence\": \\[", "\"tag_sequence\": \"A\", \"x\": [",
         "library 1: tag_sequence is a text, not an array"}};
    for (const auto& [pattern, replacement, fault] : cases) {
        const auto read = readWell(spoilt(pattern, replacement), id);
        ASSERT_TRUE(std::holds_alternative<std::string>(read)) << replacement;
        EXPECT_THAT(std::get<std::string>(read), HasSubstr(fault));
    }
    EXPECT_EQ(std::get<std::string>(readWell("[]", id)), "it is an array, not an object");
    const auto none = readWell(
        R"({"id_product":")" + id + R"(","run_name":"R","label":"A1","libraries":[]})", id);
    EXPECT_EQ(std::get<std::string>(none), "it has no libraries");
    const auto number = readWell(
        R"({"id_product":")" + id + R"(","run_name":"R","label":"A1","libraries":[3]})", id);
    EXPECT_EQ(std::get<std::string>(number), "library 1: it is a number, not an object");
}

} // namespace

} // namespace notifyhost::pacbio
