#include "PlateMap.h"

#include <Poco/JSON/Object.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::ont {

namespace {

using ::testing::ElementsAre;

FlowcellRow sampleIn(const std::string& sample, const std::string& study,
                     std::vector<StockResource> resources)
{
    FlowcellRow row;
    row.sampleId = sample;
    row.studyId = study;
    row.resources = std::move(resources);
    return row;
}

Poco::JSON::Array mapsOf(const std::vector<FlowcellRow>& rows)
{
    return *plateMaps(rows, studiesOf(rows));
}

Poco::JSON::Array list(const Poco::JSON::Object& object, const std::string& key)
{
    return *object.getArray(key);
}

Poco::JSON::Object at(const Poco::JSON::Array& array, unsigned index)
{
    return *array.getObject(index);
}

Poco::JSON::Object cell(const Poco::JSON::Array& maps, unsigned map, unsigned row, unsigned column)
{
    return at(list(at(list(at(maps, map), "rows"), row), "cells"), column);
}

std::string text(const Poco::JSON::Object& object, const std::string& key)
{
    return object.get(key).extract<std::string>();
}

std::vector<std::string> texts(const Poco::JSON::Object& cell)
{
    return {text(cell, "well"),  text(cell, "mark"),   text(cell, "colour"),
            text(cell, "study"), text(cell, "sample"), text(cell, "text")};
}

TEST(PlateMap, ReadsCoordinatesOfLettersAndANumber)
{
    EXPECT_EQ(readWell("A1"), (Well{0, 0}));
    EXPECT_EQ(readWell("H12"), (Well{7, 11}));
    EXPECT_EQ(readWell("p24"), (Well{15, 23}));
    EXPECT_EQ(readWell("B03"), (Well{1, 2}));
    EXPECT_EQ(readWell("AF48"), (Well{31, 47}));
    for (const char* other :
         {"", "A", "1", "1A", "A0", "A1 ", "A-1", "A1B", "Well", "Ä1", "AAA1", "A99999", "A1:B2"})
    {
        EXPECT_EQ(readWell(other), std::nullopt) << other;
    }
}

TEST(PlateMap, ShowsASampleInItsWellAndTheOthersEmpty)
{
    FlowcellRow row = sampleIn("S1", "7", {{"P1", "B3"}});
    row.sampleName = "moth";
    const Poco::JSON::Array maps = mapsOf({row});
    ASSERT_EQ(maps.size(), 1u);
    EXPECT_EQ(text(at(maps, 0), "barcode"), "P1");
    ASSERT_EQ(list(at(maps, 0), "columns").size(), 12u);
    EXPECT_EQ(text(at(list(at(maps, 0), "columns"), 11), "label"), "12");
    ASSERT_EQ(list(at(maps, 0), "rows").size(), 8u);
    EXPECT_EQ(text(at(list(at(maps, 0), "rows"), 7), "label"), "H");
    EXPECT_TRUE(cell(maps, 0, 1, 2).get("used").extract<bool>());
    EXPECT_THAT(texts(cell(maps, 0, 1, 2)),
                ElementsAre("B3", "A", "1", "7", "S1", "well B3: sample S1 (moth), study 7"));
    EXPECT_FALSE(cell(maps, 0, 2, 1).get("used").extract<bool>());
    EXPECT_THAT(texts(cell(maps, 0, 2, 1)), ElementsAre("", "", "", "", "", ""));
}

TEST(PlateMap, TakesTheBigPlateWhereAWellNeedsIt)
{
    const Poco::JSON::Array maps =
        mapsOf({sampleIn("S1", "7", {{"P1", "A1"}}), sampleIn("S2", "7", {{"P1", "P24"}}),
                sampleIn("S3", "7", {{"P2", "A13"}}), sampleIn("S4", "7", {{"P3", "H12"}})});
    ASSERT_EQ(maps.size(), 3u);
    EXPECT_EQ(list(at(maps, 0), "rows").size(), 16u);
    EXPECT_EQ(list(at(maps, 0), "columns").size(), 24u);
    EXPECT_EQ(text(cell(maps, 0, 15, 23), "sample"), "S2");
    EXPECT_EQ(list(at(maps, 1), "rows").size(), 16u);
    EXPECT_EQ(list(at(maps, 2), "rows").size(), 8u);
}

TEST(PlateMap, LeavesOutTubesAndPlatesThatNobodyMakes)
{
    EXPECT_EQ(mapsOf({sampleIn("S1", "7", {{"T1", std::nullopt}}), sampleIn("S2", "7", {}),
                      sampleIn("S3", "7", {{"P1", "Q1"}}), sampleIn("S4", "7", {{"P2", "A25"}}),
                      sampleIn("S5", "7", {{"P3", "shelf"}})})
                  .size(),
              0u);
}

TEST(PlateMap, NamesAllThatShareAWell)
{
    const Poco::JSON::Array maps = mapsOf(
        {sampleIn("S2", "9", {{"P1", "A1"}}), sampleIn("S1", "7", {{"P1", "A1"}}),
         sampleIn("S2", "9", {{"P1", "A1"}}), sampleIn("S3", "9", {{"P1", "A2"}, {"P0", "C1"}})});
    ASSERT_EQ(maps.size(), 2u);
    EXPECT_EQ(text(at(maps, 0), "barcode"), "P0");
    EXPECT_THAT(texts(cell(maps, 1, 0, 0)),
                ElementsAre("A1", "B+A", "2", "9 + 7", "S2 + S1",
                            "well A1: sample S2, study 9; sample S1, study 7"));
    EXPECT_EQ(text(cell(maps, 0, 2, 0), "sample"), "S3");
    EXPECT_EQ(text(cell(maps, 1, 0, 1), "sample"), "S3");
}

TEST(StudyMarks, GoOnAfterTheAlphabetAndRepeatTheColours)
{
    std::vector<FlowcellRow> rows;
    for (int number = 130; number >= 100; --number) {
        rows.push_back(sampleIn("S", std::to_string(number), {}));
    }
    rows.push_back(sampleIn("S", "100", {}));
    const std::vector<Study> studies = studiesOf(rows);
    ASSERT_EQ(studies.size(), 31u);
    EXPECT_EQ(studies[0].number, "100");
    EXPECT_EQ(studies[0].mark, "A");
    EXPECT_EQ(studies[25].mark, "Z");
    EXPECT_EQ(studies[26].mark, "AA");
    EXPECT_EQ(studies[27].mark, "AB");
    EXPECT_EQ(studies[7].colour, "8");
    EXPECT_EQ(studies[8].colour, "1");
}

} // namespace

} // namespace notifyhost::ont
