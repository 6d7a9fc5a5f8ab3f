#include "ComposeTesting.h"

namespace notifyhost::ont {

namespace {

using namespace notifyhost::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(OntCompose, TellsARunOfOneUntaggedSample)
{
    const Notification told = notificationOf("ONTRUN-901", "PBA90101", 3);
    EXPECT_THAT(told.recipients, ElementsAre("ada.marsh@example.org", "b.okafor@example.org"));
    EXPECT_THAT(words(told.facts, {"experiment", "flowcell", "slot", "path", "event", "event_given",
                                   "instrument"}),
                ElementsAre("ONTRUN-901", "PBA90101", "3", "/seq/ont/PBA90101", "uploaded",
                            "uploaded", "PC24B990"));
    EXPECT_THAT(words(told.facts, {"sample_count", "one_sample", "study_count", "one_study",
                                   "plate_count", "has_plates"}),
                ElementsAre("1", "yes", "1", "yes", "1", "yes"));
    EXPECT_EQ(json(member(told.facts, "studies", 0)),
              R"({"colour":"1","id":"7101","mark":"A","name":"Tidal flat metagenomes"})");
    const Poco::JSON::Object sample = member(told.facts, "samples", 0);
    EXPECT_THAT(words(sample, {"plate", "well", "tag", "tag_sequence", "tag2", "tag2_sequence",
                               "sample_id", "study_id", "study_name", "more_resources"}),
                ElementsAre("DN901A", "A1", "null", "null", "null", "null", "9010001", "7101",
                            "Tidal flat metagenomes", "no"));
    EXPECT_EQ(word(sample, "sample_name").size(), 255u);
    EXPECT_EQ(services.questions, 2);
}

TEST_F(OntCompose, TellsARunOfTwoPlates)
{
    const Notification told = notificationOf("ONTRUN-902", "PBA90202", 11);
    EXPECT_THAT(told.recipients,
                ElementsAre("l.ito@example.org", "m.wren@example.org", "s.holm@example.org"));
    EXPECT_THAT(column(told.facts, "plate_list", "barcode"), ElementsAre("DN902A", "DN902B"));
    EXPECT_THAT(column(told.facts, "plate_maps", "barcode"), ElementsAre("DN902A", "DN902B"));
    const std::vector<std::string> tags = column(told.facts, "samples", "tag");
    ASSERT_THAT(tags, SizeIs(24));
    EXPECT_EQ(tags.front(), "NB01");
    EXPECT_EQ(tags.back(), "NB24");
    EXPECT_THAT(words(member(told.facts, "samples", 3), {"plate", "well", "sample_name"}),
                ElementsAre("DN902A", "D1", "東海_07"));
    EXPECT_THAT(words(told.facts, {"sample_count", "one_sample", "plate_count"}),
                ElementsAre("24", "no", "2"));
    EXPECT_EQ(services.questions, 2);
}

TEST_F(OntCompose, TellsTheContactsOfAllStudiesTogether)
{
    const Notification told = notificationOf("ONTRUN-903", "PBA90303", 24, "BASECALLED_SUP");
    EXPECT_THAT(told.recipients, ElementsAre("ada.marsh@example.org", "b.okafor@example.org",
                                             "k.nowak@example.com"));
    EXPECT_THAT(column(told.facts, "studies", "id"), ElementsAre("7101", "7104"));
    EXPECT_THAT(column(told.facts, "studies", "mark"), ElementsAre("A", "B"));
    EXPECT_THAT(words(told.facts, {"event", "event_given", "study_count", "one_study"}),
                ElementsAre("basecalled (SUP)", "BASECALLED_SUP", "2", "no"));
    EXPECT_EQ(services.questions, 2);
}

TEST_F(OntCompose, SaysTheSameOfAnEventByItsNameAndByItsDisplayText)
{
    for (const auto& [name, text] :
         {std::pair{"UPLOADED", "uploaded"}, {"BASECALLED_HAC", "basecalled (HAC)"}})
    {
        auto named = notificationOf("ONTRUN-902", "PBA90202", 11, name);
        auto shown = notificationOf("ONTRUN-902", "PBA90202", 11, text);
        EXPECT_EQ(named.about, shown.about);
        EXPECT_EQ(named.asOf, shown.asOf);
        EXPECT_EQ(word(named.facts, "event_given"), name);
        EXPECT_EQ(word(shown.facts, "event_given"), text);
        ASSERT_THAT(named.incidental, ElementsAre("event_given"));
        ASSERT_THAT(shown.incidental, ElementsAre("event_given"));
        named.facts.remove("event_given");
        shown.facts.remove("event_given");
        EXPECT_EQ(json(named.facts), json(shown.facts));
    }
    EXPECT_NE(notificationOf("ONTRUN-902", "PBA90202", 11, "BASECALLED").about,
              notificationOf("ONTRUN-902", "PBA90202", 11, "BASECALLED_SUP").about);
}

TEST_F(OntCompose, TriesAnUnknownRunAgain)
{
    expectFailure(composeRun("ONTRUN-902", "PBA90202", 12), ComposeFailure::tryAgain,
                  "run ONTRUN-902, slot 12, flowcell PBA90202 is not in the warehouse (yet)");
    EXPECT_EQ(services.questions, 1);
}

TEST_F(OntCompose, RefusesTasksThatAreNotItsOwn)
{
    const std::string good = R"("event":"e","experiment_name":"x","flowcell_id":"f")";
    const std::string ours = "this task is not one of an ONT run: ";
    const std::pair<std::string, std::string> cases[] = {
        {"{}", "it has no event"},
        {R"({"id_product":"7ab4"})", "it has no event"},
        {"{" + good + R"(,"path":"/p"})", "it has no instrument_slot"},
        {"{" + good + R"(,"instrument_slot":1})", "it has no path"},
        {"{" + good + R"(,"path":"/p","instrument_slot":0})",
         "instrument_slot 0 is not within 1 to 24"},
        {"{" + good + R"(,"path":"/p","instrument_slot":25})",
         "instrument_slot 25 is not within 1 to 24"},
        {"{" + good + R"(,"path":"/p","instrument_slot":-1})",
         "instrument_slot -1 is not within 1 to 24"},
        {"{" + good + R"(,"path":"/p","instrument_slot":9223372036854775807})",
         "is not within 1 to 24"},
        {"{" + good + R"(,"path":"/p","instrument_slot":1.0})",
         "instrument_slot is not a whole number"},
        {"{" + good + R"(,"path":"/p","instrument_slot":"1"})",
         "instrument_slot is not a whole number"},
        {"{" + good + R"(,"path":"/p","instrument_slot":true})",
         "instrument_slot is not a whole number"},
        {"{" + good + R"(,"path":"/p","instrument_slot":null})",
         "instrument_slot is not a whole number"},
        {"{" + good + R"(,"path":7,"instrument_slot":1})", "path is not a text"},
        {"{" + good + R"(,"path":null,"instrument_slot":1})", "path is not a text"},
        {"{" + good + R"(,"path":{},"instrument_slot":1})", "path is not a text"},
        {"{" + good + R"(,"path":"/p","instrument_slot":1,"more":2})",
         "it has other keys than event, experiment_name, flowcell_id, instrument_slot and path"}};
    for (const auto& [input, reason] : cases) {
        SCOPED_TRACE(input);
        const Composed composed = compose(input);
        expectFailure(composed, ComposeFailure::refused, reason);
        EXPECT_THAT(composed.failures[0].reason, StartsWith(ours));
    }
    EXPECT_EQ(services.questions, 0);
}

TEST_F(OntCompose, AsksNothingForANotificationThatIsFrozen)
{
    Composed composed;
    composed.frozen = true;
    source->compose(taskOf(R"({"event":"uploaded","experiment_name":"ONTRUN-901",)"
                           R"("flowcell_id":"PBA90101","instrument_slot":3,"path":"/p"})"),
                    composed);
    EXPECT_EQ(services.questions, 0);
    EXPECT_THAT(composed.failures, IsEmpty());
}

TEST_F(OntCompose, LetsAWarehouseThatIsDownPass)
{
    WarehouseOnly down;
    const auto other = makeOntSource();
    configureOnt(*other, down);
    Composed composed;
    EXPECT_THROW(other->compose(taskOf(R"({"event":"uploaded","experiment_name":"E",)"
                                       R"("flowcell_id":"F","instrument_slot":3,"path":"/p"})"),
                                composed),
                 ServiceError);
}

/// The keys of an object, and of the first member of each list in it, with their depth.
std::vector<std::string> shapeOf(const Poco::JSON::Object& object, const std::string& prefix = "")
{
    std::vector<std::string> result;
    for (const auto& [key, value] : object) {
        result.push_back(prefix + key);
        if (value.type() == typeid(Poco::JSON::Array) && count(object, key) > 0) {
            const auto inner = shapeOf(member(object, key, 0), prefix + key + ".");
            result.insert(result.end(), inner.begin(), inner.end());
        }
    }
    return result;
}

TEST_F(OntCompose, GivesExamplesOfTheShapeOfRealFacts)
{
    const std::vector<Example> examples = source->examples();
    ASSERT_THAT(examples, SizeIs(2));
    EXPECT_EQ(examples[0].name, "full");
    EXPECT_EQ(examples[1].name, "sparse");
    EXPECT_EQ(shapeOf(examples[0].facts),
              shapeOf(notificationOf("ONTRUN-901", "PBA90101", 3).facts));
    EXPECT_THAT(json(examples[0].facts), ::testing::Not(HasSubstr("null")));
    const Poco::JSON::Object& sparse = examples[1].facts;
    EXPECT_EQ(word(sparse, "instrument"), "null");
    EXPECT_EQ(word(member(sparse, "studies", 0), "name"), "null");
    EXPECT_THAT(words(member(sparse, "samples", 0), {"plate", "well", "tag", "tag_sequence", "tag2",
                                                     "tag2_sequence", "sample_name", "study_name"}),
                ::testing::Each("null"));
}

} // namespace

} // namespace notifyhost::ont
