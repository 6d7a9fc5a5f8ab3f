#include "Engines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace notifyhost::test {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct RunName {
    std::string experiment;
    std::string slot;
    std::string flowcell;
};

/// The questions of a run, as SQL that suits both engines: what an event source asks.
class RunQueries : public BothEngines {
protected:
    std::vector<Warehouse::Row> ask(const std::string& sql, const RunName& run) const
    {
        return open()->query(sql, {run.experiment, run.slot, run.flowcell});
    }

    std::vector<Warehouse::Row> rows(const RunName& run) const
    {
        return ask("SELECT f.id_oseq_flowcell_tmp, s.id_study_lims, f.tag_identifier,"
                   " f.tag_sequence, p.name FROM oseq_flowcell f"
                   " JOIN study s ON s.id_study_tmp = f.id_study_tmp"
                   " JOIN sample p ON p.id_sample_tmp = f.id_sample_tmp" +
                       kOfRun + " ORDER BY f.id_oseq_flowcell_tmp",
                   run);
    }

    std::set<std::string> studies(const RunName& run) const
    {
        std::set<std::string> result;
        for (const auto& row : rows(run)) {
            result.insert(row.at(1).value());
        }
        return result;
    }

    /// Barcode and well, parted by a blank, of all samples of the run.
    std::vector<std::string> wells(const RunName& run) const
    {
        std::vector<std::string> result;
        for (const auto& row :
             ask("SELECT r.labware_human_barcode, r.labware_coordinate FROM oseq_flowcell f"
                 " JOIN stock_resource r ON r.id_sample_tmp = f.id_sample_tmp" +
                     kOfRun + " ORDER BY f.id_oseq_flowcell_tmp, r.id_stock_resource_tmp",
                 run))
        {
            result.push_back(row.at(0).value() + " " + row.at(1).value_or("NULL"));
        }
        return result;
    }

    const std::string kOfRun = " WHERE f.experiment_name = ? AND f.instrument_slot = ?"
                               " AND f.flowcell_id = ?";
};

std::vector<std::string> tags(int last)
{
    std::vector<std::string> result;
    for (int tag = 1; tag <= last; ++tag) {
        result.push_back((tag < 10 ? "NB0" : "NB") + std::to_string(tag));
    }
    return result;
}

std::vector<std::string> column(const std::vector<Warehouse::Row>& rows, std::size_t index)
{
    std::vector<std::string> result;
    for (const auto& row : rows) {
        result.push_back(row.at(index).value_or("NULL"));
    }
    return result;
}

const RunName kFirst{"ONTRUN-901", "3", "PBA90101"};
const RunName kSecond{"ONTRUN-902", "11", "PBA90202"};
const RunName kThird{"ONTRUN-903", "24", "PBA90303"};

INSTANTIATE_TEST_SUITE_P(, RunQueries, ::testing::Values(Engine::sqlite, Engine::mariaDb), nameOf);

TEST_P(RunQueries, AnswersForARunOfOneUntaggedSample)
{
    EXPECT_THAT(rows(kFirst), SizeIs(1));
    EXPECT_THAT(studies(kFirst), ElementsAre("7101"));
    EXPECT_THAT(wells(kFirst), ElementsAre("DN901A A1"));
    EXPECT_THAT(column(rows(kFirst), 2), ElementsAre("NULL"));
    EXPECT_THAT(column(rows(kFirst), 3), ElementsAre("NULL"));
}

TEST_P(RunQueries, AnswersForARunOfTwoPlates)
{
    EXPECT_THAT(studies(kSecond), ElementsAre("7102"));
    EXPECT_EQ(column(rows(kSecond), 2), tags(24));
    std::vector<std::string> expected;
    for (const std::string plate : {"DN902A ", "DN902B "}) {
        for (const std::string well :
             {"A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1", "A2", "B2", "C2", "D2"})
        {
            expected.push_back(plate + well);
        }
    }
    EXPECT_EQ(wells(kSecond), expected);
}

TEST_P(RunQueries, AnswersForARunOfTwoStudies)
{
    EXPECT_THAT(studies(kThird), ElementsAre("7101", "7104"));
    EXPECT_EQ(column(rows(kThird), 2), tags(12));
    EXPECT_THAT(wells(kThird), ElementsAre("DN903A A1", "DN903A B1", "DN903A C1", "DN903A D1",
                                           "DN903A E1", "DN903A F1", "DN903B A1", "DN903B B1",
                                           "DN903B C1", "DN903B D1", "DN903B E1", "DN903B F1"));
    std::set<std::string> told;
    for (const auto& study : open()->contacts({"7101", "7104"})) {
        told.insert(study.addresses.begin(), study.addresses.end());
    }
    EXPECT_THAT(
        told, ElementsAre("ada.marsh@example.org", "b.okafor@example.org", "k.nowak@example.com"));
}

TEST_P(RunQueries, AnswersWithNothingForAnotherSlotOrRun)
{
    EXPECT_THAT(rows({"ONTRUN-902", "12", "PBA90202"}), IsEmpty());
    EXPECT_THAT(rows({"ONTRUN-999", "1", "PBA99999"}), IsEmpty());
}

TEST_P(RunQueries, KeepsTextOutsideAsciiAndLongNamesWhole)
{
    const auto names = column(rows(kSecond), 4);
    EXPECT_EQ(names.at(0), "Ærø_strand");
    EXPECT_EQ(names.at(1), "Þórsmörk");
    EXPECT_EQ(names.at(3), "東海_07");
    EXPECT_EQ(names.at(5), "Ünye_β2");
    const std::string longest = column(rows(kFirst), 4).at(0);
    EXPECT_EQ(longest.size(), 255u);
    EXPECT_THAT(longest, ::testing::StartsWith("TIDALFLAT-core-layer01-"));
}

TEST_P(RunQueries, FindsNoRowWithoutAFlowcell)
{
    EXPECT_THAT(rows({"ONTRUN-927", "1", ""}), IsEmpty());
    EXPECT_THAT(rows({"ONTRUN-927", "1", "NULL"}), IsEmpty());
}

TEST_P(RunQueries, ShowsTheTrapsAsTheyAre)
{
    EXPECT_THAT(wells({"ONTRUN-921", "1", "PBT92101"}), ElementsAre("DN9210X B2", "DN9210A A1"));
    EXPECT_THAT(rows({"ONTRUN-922", "1", "PBT92201"}), SizeIs(1));
    EXPECT_THAT(wells({"ONTRUN-922", "1", "PBT92201"}), IsEmpty());
    EXPECT_THAT(wells({"ONTRUN-923", "1", "PBT92301"}), ElementsAre("TUBE-77 NULL"));
    EXPECT_THAT(wells({"ONTRUN-924", "1", "PBT92401"}), ElementsAre("DN9213G C3"));
    const auto untagged = rows({"ONTRUN-925", "1", "PBT92501"});
    EXPECT_THAT(column(untagged, 2), ElementsAre("NB01"));
    EXPECT_THAT(column(untagged, 3), ElementsAre("NULL"));
    EXPECT_THAT(column(rows({"ONTRUN-926", "1", "PBT92601"}), 1), ElementsAre("815", "7204"));
    EXPECT_THAT(rows({"ONTRUN-928", "1", "PBT92801"}), SizeIs(1));
    EXPECT_THAT(studies({"ONTRUN-930", "1", "PBT93001"}), ElementsAre("7201"));
}

TEST_P(RunQueries, FoldsLetterCaseInARunsName)
{
    EXPECT_THAT(rows({"ontrun-901", "3", "pba90101"}), SizeIs(1));
}

TEST_P(RunQueries, FoldsAccentsAndTrailingBlanksOnTheServerOnly)
{
    EXPECT_THAT(rows({"ONTRUN-929", "1", "PBT92901"}),
                SizeIs(GetParam() == Engine::mariaDb ? 1 : 0));
}

} // namespace

} // namespace notifyhost::test
