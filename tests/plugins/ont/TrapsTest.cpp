#include "ComposeTesting.h"

namespace notifyhost::ont {

namespace {

using namespace notifyhost::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using OntTraps = OntCompose;

TEST_F(OntTraps, T1NamesBothLimsAndTriesAgain)
{
    const Composed composed = composeRun("ONTRUN-930", "PBT93001");
    expectFailure(composed, ComposeFailure::tryAgain, "study number 7201");
    EXPECT_THAT(composed.failures[0].reason, HasSubstr("GCLP and SQSCP"));
}

TEST_F(OntTraps, T2AndT3LeaveRolesAndAddressesToTheContactsRule)
{
    const std::vector<StudyContacts> contacts = rows->contacts({"7203"});
    EXPECT_THAT(contacts.at(0).addresses,
                ElementsAre("", "  spaced@example.org ", "Dora Display <dora@example.org>",
                            "Zed.Ash@example.org", "not-an-address",
                            "one@example.org, two@example.org", "zed.ash@example.org"));
}

TEST_F(OntTraps, T4ListsAllResourcesAndShowsTheLowestId)
{
    const Notification told = notificationOf("ONTRUN-921", "PBT92101");
    ASSERT_EQ(count(told.facts, "samples"), 1u);
    const Poco::JSON::Object sample = member(told.facts, "samples", 0);
    EXPECT_THAT(words(sample, {"plate", "well", "more_resources"}),
                ElementsAre("DN9210X", "B2", "yes"));
    EXPECT_THAT(column(sample, "resources", "plate"), ElementsAre("DN9210X", "DN9210A"));
    EXPECT_THAT(column(sample, "resources", "well"), ElementsAre("B2", "A1"));
    EXPECT_THAT(column(told.facts, "plate_list", "barcode"), ElementsAre("DN9210A", "DN9210X"));
    EXPECT_THAT(column(told.facts, "plate_maps", "barcode"), ElementsAre("DN9210A", "DN9210X"));
}

TEST_F(OntTraps, T5HasNullsForASampleWithoutResource)
{
    const Notification told = notificationOf("ONTRUN-922", "PBT92201");
    const Poco::JSON::Object sample = member(told.facts, "samples", 0);
    EXPECT_THAT(words(sample, {"plate", "well", "more_resources"}),
                ElementsAre("null", "null", "no"));
    EXPECT_EQ(count(sample, "resources"), 0u);
    EXPECT_THAT(words(told.facts, {"plate_count", "has_plates"}), ElementsAre("0", "no"));
    EXPECT_THAT(told.recipients, ElementsAre("nameless@example.org"));
}

TEST_F(OntTraps, T6HasATubeWithoutWellOrMap)
{
    const Notification told = notificationOf("ONTRUN-923", "PBT92301");
    EXPECT_THAT(words(member(told.facts, "samples", 0), {"plate", "well"}),
                ElementsAre("TUBE-77", "null"));
    EXPECT_THAT(column(told.facts, "plate_list", "barcode"), ElementsAre("TUBE-77"));
    EXPECT_EQ(count(told.facts, "plate_maps"), 0u);
}

TEST_F(OntTraps, T7FindsAResourceOfAnotherLims)
{
    EXPECT_THAT(words(member(notificationOf("ONTRUN-924", "PBT92401").facts, "samples", 0),
                      {"plate", "well"}),
                ElementsAre("DN9213G", "C3"));
}

TEST_F(OntTraps, T8HasNullsForAMissingTagSequence)
{
    EXPECT_THAT(words(member(notificationOf("ONTRUN-925", "PBT92501").facts, "samples", 0),
                      {"tag", "tag_sequence"}),
                ElementsAre("NB01", "null"));
}

TEST_F(OntTraps, T9KeepsBothRowsInOrderAndSortsStudiesAsText)
{
    const Notification told = notificationOf("ONTRUN-926", "PBT92601");
    EXPECT_THAT(column(told.facts, "samples", "tag"), ElementsAre("NB02", "NB01"));
    EXPECT_THAT(column(told.facts, "samples", "study_id"), ElementsAre("815", "7204"));
    EXPECT_THAT(
        column(told.facts, "samples", "tag_sequence"),
        ElementsAre("ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT", "TTGCATTGCATTGCATTGCATTGC"));
    EXPECT_THAT(column(told.facts, "studies", "id"), ElementsAre("7204", "815"));
    EXPECT_THAT(words(told.facts, {"sample_count", "one_sample", "study_count"}),
                ElementsAre("1", "yes", "2"));
    EXPECT_THAT(told.recipients, ElementsAre("nameless@example.org", "other@example.org"));
}

TEST_F(OntTraps, T10DoesNotFindARowWithoutFlowcell)
{
    for (const char* flowcell : {"", "NULL", "unassigned", "PBT92701"}) {
        expectFailure(composeRun("ONTRUN-927", flowcell), ComposeFailure::tryAgain,
                      "is not in the warehouse (yet)");
    }
}

TEST_F(OntTraps, T11UsesRowsMarkedAsDeleted)
{
    EXPECT_THAT(words(member(notificationOf("ONTRUN-928", "PBT92801").facts, "samples", 0),
                      {"plate", "sample_name"}),
                ElementsAre("DN9218A", "deleted"));
}

TEST_F(OntTraps, T12ComparesNamesAsTheDatabaseDoes)
{
    const Notification told = notificationOf("OnTrüN-929 ", "pbt92901");
    EXPECT_EQ(word(told.facts, "experiment"), "OnTrüN-929 ");
    EXPECT_EQ(word(told.facts, "flowcell"), "pbt92901");
    EXPECT_EQ(word(member(told.facts, "samples", 0), "plate"), "DN9219A");
}

TEST_F(OntTraps, T13HasNullForAStudyWithoutName)
{
    EXPECT_THAT(words(member(notificationOf("ONTRUN-922", "PBT92201").facts, "studies", 0),
                      {"id", "name", "mark"}),
                ElementsAre("7204", "null", "A"));
}

TEST_F(OntTraps, T14TriesARunThatTheWarehouseDoesNotHaveAgain)
{
    expectFailure(composeRun("ONTRUN-904", "PBA90401"), ComposeFailure::tryAgain,
                  "run ONTRUN-904, slot 1, flowcell PBA90401 is not in the warehouse (yet)");
}

TEST_F(OntTraps, T17DoesNotAskForCharactersThatTheWarehouseCannotHold)
{
    expectFailure(composeRun("ONTRUN-912 🧬", "PBA91201", 12), ComposeFailure::tryAgain,
                  "is not in the warehouse (yet)");
    expectFailure(composeRun("ONTRUN-912", "🧬"), ComposeFailure::tryAgain,
                  "is not in the warehouse (yet)");
    EXPECT_EQ(services.questions, 0);
}

} // namespace

} // namespace notifyhost::ont
