#include "PacBioTesting.h"

namespace notifyhost::pacbio {

namespace {

using namespace notifyhost::test;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using PacBioCompose = PacBio;
using Kind = ServiceError::Kind;

std::string task(const std::string& product, const std::string& outcome = "true")
{
    return R"({"id_product":")" + product + R"(","qc_state":"Passed","outcome":)" + outcome + "}";
}

/// The one failure of a task that gave no notification.
Composed::Failure failureOf(const Composed& composed)
{
    EXPECT_THAT(composed.notifications, IsEmpty());
    if (composed.failures.size() != 1) {
        ADD_FAILURE() << composed.failures.size() << " failures";
        return {"", ComposeFailure::refused, ""};
    }
    return composed.failures[0];
}

TEST_F(PacBioCompose, TellsAWellOfOneLibrary)
{
    const Composed composed = compose(sampleTask(product::kOneLibrary));
    EXPECT_THAT(composed.failures, IsEmpty());
    ASSERT_THAT(composed.notifications, SizeIs(1));
    const Notification& told = composed.notifications[0];
    EXPECT_EQ(told.key, "7101");
    EXPECT_THAT(told.recipients, ElementsAre("ada.marsh@example.org", "b.okafor@example.org"));
    EXPECT_THAT(words(told.facts, {"study_id", "study_name", "run", "well", "plate"}),
                ElementsAre("7101", "Tidal flat metagenomes", "TRACTION-RUN-9001", "A1", "1"));
    EXPECT_THAT(words(told.facts, {"qc_state", "outcome", "passed", "failed", "undecided",
                                   "qc_type", "qc_date", "product"}),
                ElementsAre("Passed", "pass", "yes", "no", "no", "sequencing",
                            "2026-10-28T11:09:25", product::kOneLibrary));
    EXPECT_THAT(words(told.facts, {"library_count", "one_library", "sample_count", "one_sample",
                                   "shown_count", "more_libraries", "more_count"}),
                ElementsAre("1", "yes", "1", "yes", "1", "no", "0"));
    EXPECT_THAT(words(told.facts, {"run_page", "run_link", "manual_url", "mail_domain"}),
                ElementsAre(langQc.url() + "ui/run/TRACTION-RUN-9001",
                            langQc.url() + "ui/run/TRACTION-RUN-9001", "null", "null"));
    EXPECT_EQ(services.questions, 1);
}

TEST_F(PacBioCompose, TellsEachStudyOfItsOwnSamples)
{
    const Composed composed = compose(sampleTask(product::kTwoStudies));
    EXPECT_THAT(composed.failures, IsEmpty());
    ASSERT_THAT(composed.notifications, SizeIs(2));
    const Notification& first = composed.notifications[0];
    const Notification& second = composed.notifications[1];
    EXPECT_EQ(first.key, "7101");
    EXPECT_EQ(second.key, "7104");
    EXPECT_THAT(first.recipients, ElementsAre("ada.marsh@example.org", "b.okafor@example.org"));
    EXPECT_THAT(second.recipients, ElementsAre("ada.marsh@example.org", "k.nowak@example.com"));
    EXPECT_EQ(count(first.facts, "libraries"), 2u);
    EXPECT_EQ(count(second.facts, "libraries"), 3u);
    EXPECT_THAT(words(second.facts, {"study_name", "qc_state", "outcome", "library_count"}),
                ElementsAre("Łódź long-read pilot", "Failed, SMRT cell", "fail", "3"));
    EXPECT_EQ(services.questions, 1);
}

TEST_F(PacBioCompose, NamesFiveSamplesAndCountsTheRest)
{
    const Composed composed = compose(sampleTask(product::kSevenLibraries));
    ASSERT_THAT(composed.notifications, SizeIs(1));
    const Poco::JSON::Object& facts = composed.notifications[0].facts;
    EXPECT_THAT(column(facts, "first_libraries", "sample_name"),
                ElementsAre("atlas_005", "atlas_001", "atlas_007", "atlas_002", "atlas_006"));
    EXPECT_THAT(column(facts, "libraries", "sample_name"), SizeIs(7));
    EXPECT_THAT(words(facts, {"library_count", "shown_count", "more_libraries", "more_count"}),
                ElementsAre("7", "5", "yes", "2"));
}

TEST_F(PacBioCompose, CountsASampleInTwoLibrariesOnce)
{
    std::string answerText = LangQcStandIn::libraries(product::kTwoStudies);
    const auto second = answerText.rfind("\"sample_id\": \"");
    const auto before = answerText.rfind("\"sample_id\": \"", second - 1);
    const auto valueAt = [&](std::size_t at) {
        return at + std::string("\"sample_id\": \"").size();
    };
    const auto end = answerText.find('"', valueAt(before));
    answerText.replace(valueAt(second), answerText.find('"', valueAt(second)) - valueAt(second),
                       answerText.substr(valueAt(before), end - valueAt(before)));
    langQc.answer("libraries", answer(200, answerText));
    const Composed composed = compose(sampleTask(product::kTwoStudies));
    ASSERT_THAT(composed.notifications, SizeIs(2));
    EXPECT_THAT(words(composed.notifications[1].facts, {"library_count", "sample_count"}),
                ElementsAre("3", "2"));
}

TEST_F(PacBioCompose, KeepsNeitherPassNorFailApartFromFail)
{
    const Composed composed = compose(sampleTask(product::kOddNames));
    ASSERT_THAT(composed.notifications, SizeIs(1));
    const Poco::JSON::Object& facts = composed.notifications[0].facts;
    EXPECT_THAT(words(facts, {"outcome", "passed", "failed", "undecided"}),
                ElementsAre("undecided", "no", "no", "yes"));
    EXPECT_THAT(words(member(facts, "libraries", 1),
                      {"sample_name", "sample_id", "tag_text", "library_type", "pool"}),
                ElementsAre("東海_07", "9150002", "ATGGAACAAGGACGCT GTCTGAGACTAGAAGA",
                            "HiFi_standard", "POOL-9905"));
}

TEST_F(PacBioCompose, TakesTheLastOfARepeatedKeyAsTheQueueDoes)
{
    const Composed composed =
        compose(R"({"qc_state":"Passed","outcome":true,"id_product":")" + product::kOneLibrary +
                R"(","qc_state":"Aborted","outcome":false})");
    ASSERT_THAT(composed.notifications, SizeIs(1));
    EXPECT_THAT(words(composed.notifications[0].facts, {"qc_state", "outcome"}),
                ElementsAre("Aborted", "fail"));
}

TEST_F(PacBioCompose, HasNullForWhatIsNotKnown)
{
    const Composed composed = compose(sampleTask(product::kNoPlate));
    ASSERT_THAT(composed.notifications, SizeIs(1));
    const Poco::JSON::Object& facts = composed.notifications[0].facts;
    EXPECT_THAT(words(facts, {"plate", "completed"}), Each("null"));
    EXPECT_THAT(words(member(facts, "libraries", 0), {"tag_text", "library_type", "pool"}),
                Each("null"));
}

TEST_F(PacBioCompose, TellsAStudyWithoutContactsToNobody)
{
    const Composed composed = compose(sampleTask(product::kNoContacts));
    EXPECT_THAT(composed.failures, IsEmpty());
    ASSERT_THAT(composed.notifications, SizeIs(1));
    EXPECT_THAT(composed.notifications[0].recipients, IsEmpty());
}

TEST_F(PacBioCompose, EncodesTheRunsNameInItsLinkOnly)
{
    std::string text = LangQcStandIn::libraries(product::kOneLibrary);
    text.replace(text.find("TRACTION-RUN-9001"), 17, "run 9/é?");
    langQc.answer("libraries", answer(200, text));
    const Composed composed = compose(sampleTask(product::kOneLibrary));
    ASSERT_THAT(composed.notifications, SizeIs(1));
    EXPECT_THAT(
        words(composed.notifications[0].facts, {"run_page", "run_link"}),
        ElementsAre(langQc.url() + "ui/run/run 9/é?", langQc.url() + "ui/run/run%209%2F%C3%A9%3F"));
}

TEST_F(PacBioCompose, TriesAWellAgainThatLangQcDoesNotKnow)
{
    const std::string unknown(64, 'e');
    const Composed::Failure failure = failureOf(compose(task(unknown)));
    EXPECT_EQ(failure.key, "");
    EXPECT_EQ(failure.failure, ComposeFailure::tryAgain);
    EXPECT_THAT(failure.reason, AllOf(HasSubstr("product " + unknown),
                                      HasSubstr("LangQC does not know it (yet): 404")));
    EXPECT_THAT(langQc.requests(), SizeIs(1));
    EXPECT_EQ(services.questions, 0);
}

TEST_F(PacBioCompose, TriesAWellAgainWhoseLaboratoryDataAreMissing)
{
    langQc.answer("libraries", answer(409, R"({"detail":"not linked"})"));
    const Composed::Failure failure = failureOf(compose(task(product::kOneLibrary)));
    EXPECT_EQ(failure.failure, ComposeFailure::tryAgain);
    EXPECT_THAT(failure.reason, AllOf(HasSubstr("product " + product::kOneLibrary),
                                      HasSubstr("(yet): 409"), HasSubstr("not linked")));
    EXPECT_THAT(langQc.requests(), SizeIs(1));
}

TEST_F(PacBioCompose, TriesAgainWhereLangQcFailsForThisWellAlone)
{
    ScriptedReply cut = answer(200, LangQcStandIn::libraries(product::kOneLibrary));
    cut.octets.resize(cut.octets.size() - 9);
    cut.then = ScriptedReply::Then::cut;
    const std::string id = R"({"id_product":")" + product::kOneLibrary + R"(",)";
    const std::pair<ScriptedReply, std::string> cases[] = {
        {answer(500, "Internal Server Error", "text/plain"), "Internal Server Error"},
        {answer(504, "<html>late", "text/html"), "504 Scripted: <html>late"},
        {answer(403, "{}"), "403"},
        {answer(404, R"({"detail":"Not Found"})"),
         "Not Found; check libraries_path, and that LangQC is 2.4.0 or newer"},
        {answer(200, "<html>", "text/html"), "the answer cannot be used: it is not JSON"},
        {answer(200, id + R"("run_name":"R","label":"A1","libraries":[]})"),
         "the answer cannot be used: it has no libraries"},
        {answer(200, id + R"("run_name":"R","label":1,"libraries":[]})"),
         "label is the number 1, not a text"},
        {cut, "libraries: "},
        {{"", ScriptedReply::Then::reset}, "libraries: "}};
    for (const auto& [reply, reason] : cases) {
        langQc.answer("libraries", reply);
        const Composed::Failure failure = failureOf(compose(task(product::kOneLibrary)));
        EXPECT_EQ(failure.key, "");
        EXPECT_EQ(failure.failure, ComposeFailure::tryAgain);
        EXPECT_THAT(failure.reason,
                    AllOf(HasSubstr("product " + product::kOneLibrary +
                                    ": LangQC answers, but not for this well: GET " + langQc.url() +
                                    "api/pacbio/wells/"),
                          HasSubstr(reason)));
    }
    EXPECT_EQ(services.questions, 0);
}

TEST_F(PacBioCompose, LetsLangQcPassWhereAllOfItIsInTrouble)
{
    const std::string input = task(product::kOneLibrary);
    const std::pair<ScriptedReply, Kind> cases[] = {
        {answer(500, "Internal Server Error", "text/plain"), Kind::unavailable},
        {answer(503, ""), Kind::unavailable},
        {answer(401, "{}"), Kind::credentials},
        {answer(404, R"({"detail":"Not Found"})"), Kind::configuration},
        {answer(200, "<html>log in", "text/html"), Kind::configuration},
        {{"", ScriptedReply::Then::reset}, Kind::unavailable}};
    for (const auto& [reply, kind] : cases) {
        langQc.answer("api", reply);
        try {
            compose(input);
            ADD_FAILURE() << reply.octets;
        } catch (const ServiceError& error) {
            EXPECT_EQ(error.kind(), kind) << error.what();
        }
    }
    configure({{"langqc_url", "http://127.0.0.1:" + std::to_string(freePort())}});
    EXPECT_THROW(compose(input), ServiceError);
    EXPECT_EQ(services.questions, 0);
}

TEST_F(PacBioCompose, TellsTheOtherStudiesOfAWellWhereOneIsUnknown)
{
    std::string text = LangQcStandIn::libraries(product::kTwoStudies);
    for (auto at = text.find("\"7101\""); at != std::string::npos; at = text.find("\"7101\"")) {
        text.replace(at, 6, "\"9999\"");
    }
    langQc.answer("libraries", answer(200, text));
    const Composed composed = compose(sampleTask(product::kTwoStudies));
    ASSERT_THAT(composed.notifications, SizeIs(1));
    EXPECT_EQ(composed.notifications[0].key, "7104");
    ASSERT_THAT(composed.failures, SizeIs(1));
    EXPECT_EQ(composed.failures[0].key, "9999");
    EXPECT_EQ(composed.failures[0].failure, ComposeFailure::tryAgain);
    EXPECT_EQ(composed.failures[0].reason,
              "product " + product::kTwoStudies +
                  ", run TRACTION-RUN-9002, well A1: study 9999 is not in the warehouse (yet)");
}

TEST_F(PacBioCompose, NamesTheLimsOfAStudyNumberThatIsUsedTwice)
{
    std::string text = LangQcStandIn::libraries(product::kOneLibrary);
    text.replace(text.find("\"7101\""), 6, "\"7201\"");
    langQc.answer("libraries", answer(200, text));
    const Composed::Failure failure = failureOf(compose(sampleTask(product::kOneLibrary)));
    EXPECT_EQ(failure.key, "7201");
    EXPECT_EQ(failure.failure, ComposeFailure::tryAgain);
    EXPECT_THAT(failure.reason, HasSubstr("is used by several LIMS (GCLP and SQSCP)"));
}

TEST_F(PacBioCompose, AsksOnlyAboutStudiesThatAreNotFrozen)
{
    const std::string input = sampleTask(product::kTwoStudies);
    const Composed all = compose(input, {"7101", "7104"});
    EXPECT_EQ(services.questions, 0);
    EXPECT_THAT(all.notifications, SizeIs(2));
    const Composed one = compose(input, {"7101"});
    EXPECT_EQ(services.questions, 1);
    ASSERT_THAT(one.notifications, SizeIs(2));
    EXPECT_THAT(one.notifications[1].recipients, Not(IsEmpty()));
}

TEST_F(PacBioCompose, LetsAWarehouseThatIsDownPass)
{
    services.warehouseDown = true;
    EXPECT_THROW(compose(sampleTask(product::kOneLibrary)), ServiceError);
}

TEST_F(PacBioCompose, RefusesTasksThatAreNotItsOwn)
{
    const std::string upper = R"({"id_product":")" + std::string(64, 'A') + R"(",)";
    const std::pair<std::string, std::string> cases[] = {
        {"{}", "it has no id_product"},
        {R"({"id_product":"../../x","qc_state":"P","outcome":null})", "not 64 hex digits"},
        {R"({"id_product":")" + std::string(63, 'a') + R"(","qc_state":"P","outcome":null})",
         "not 64 hex digits"},
        {R"({"event":"uploaded","instrument_slot":3})", "it has no id_product"},
        {R"({"id_product":5,"qc_state":"P","outcome":null})",
         "id_product is the number 5, not a text"},
        {upper + R"("outcome":true})", "it has no qc_state"},
        {upper + R"("qc_state":null,"outcome":true})", "qc_state is null, not a text"},
        {upper + R"("qc_state":"P"})", "it has no outcome"},
        {upper + R"("qc_state":"P","outcome":1})", "outcome is the number 1, not true, false or"},
        {upper + R"("qc_state":"P","outcome":true,"date_updated":7})", "date_updated"}};
    for (const auto& [input, reason] : cases) {
        const Composed::Failure failure = failureOf(compose(input));
        EXPECT_EQ(failure.failure, ComposeFailure::refused) << input;
        EXPECT_THAT(failure.reason,
                    AllOf(HasSubstr("this task is not one of a PacBio well: "), HasSubstr(reason)));
    }
    EXPECT_THAT(langQc.requests(), IsEmpty());
}

TEST_F(PacBioCompose, GivesExamplesOfTheShapeOfRealFacts)
{
    const auto keysOf = [](const Poco::JSON::Object& facts) { return facts.getNames(); };
    configure({{"manual_url", "https://docs.example.org"}, {"mail_domain", "example.org"}});
    const Composed composed = compose(sampleTask(product::kOneLibrary));
    ASSERT_THAT(composed.notifications, SizeIs(1));
    const std::vector<Example> examples = source->examples();
    ASSERT_THAT(examples, SizeIs(2));
    EXPECT_EQ(examples[0].name, "full");
    EXPECT_EQ(examples[1].name, "sparse");
    for (const Example& example : examples) {
        EXPECT_EQ(keysOf(example.facts), keysOf(composed.notifications[0].facts));
        EXPECT_EQ(keysOf(member(example.facts, "libraries", 0)),
                  keysOf(member(composed.notifications[0].facts, "libraries", 0)));
    }
    EXPECT_THAT(json(examples[0].facts), Not(HasSubstr("null")));
    EXPECT_THAT(
        words(examples[1].facts, {"plate", "instrument", "instrument_type", "completed", "qc_type",
                                  "qc_date", "run_page", "run_link", "manual_url", "mail_domain"}),
        Each("null"));
}

} // namespace

} // namespace notifyhost::pacbio
