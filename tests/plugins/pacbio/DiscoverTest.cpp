#include "PacBioTesting.h"
#include "queue/TaskIdentity.h"

namespace notifyhost::pacbio {

namespace {

using namespace notifyhost::test;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using PacBioDiscover = PacBio;
using Kind = ServiceError::Kind;

std::string state(const std::string& product, const std::string& more = R"("outcome":true)")
{
    return R"({"id_product":")" + product + R"(","qc_state":"Passed",)" + more + "}";
}

const std::string kA(64, 'a');
const std::string kB(64, 'b');
const std::string kC(64, 'c');

TEST_F(PacBioDiscover, AddsEveryStateOfTheSampleAsItCame)
{
    const FoundEvents found = discover();
    EXPECT_THAT(found.refused, IsEmpty());
    ASSERT_THAT(found.events, SizeIs(30));
    const std::string answer = LangQcStandIn::recentStates();
    for (const FoundEvent& event : found.events) {
        EXPECT_THAT(answer, HasSubstr("[\n    " + event.inputJson + "\n  ]")) << event.origin;
        EXPECT_EQ(event.echo, std::nullopt);
    }
    EXPECT_EQ(found.events[0].origin, "product " + product::kOneLibrary);
    EXPECT_THAT(langQc.requests(),
                ElementsAre("GET /api/products/qc?weeks=4&final=yes&seq_level=yes HTTP/1.1"));
}

TEST_F(PacBioDiscover, GivesTasksTheIdentityThatPorchGivesThem)
{
    EXPECT_EQ(queue::taskInputId(discover().events[0].inputJson),
              "9b268dceba6a73bbd06e3aa3ac742560ab0f430874ff1b53cf3f5a9f94066ef6");
}

TEST_F(PacBioDiscover, TouchesNothingOfAState)
{
    const std::string odd = "{ \"id_product\" :\"" + kA +
                            "\",\"n\":1.0,\"big\":18446744073709551617,\"qc_state\":\"\\u0050\","
                            "\"outcome\" : null,\n\t\"new\":{\"z\":[1e2],\"a\":\"/\\/\"}}";
    langQc.answer("qc", answer(200, "{\"" + kA + "\":[" + odd + "]}"));
    const FoundEvents found = discover();
    ASSERT_THAT(found.events, SizeIs(1));
    EXPECT_EQ(found.events[0].inputJson, odd);
}

TEST_F(PacBioDiscover, AddsEachStateOfAProductThatHasSeveral)
{
    langQc.answer("qc",
                  answer(200, "{\"" + kA + "\":[" + state(kA) + "," +
                                  state(kA, R"("outcome":false,"qc_type":"library")") + "]}"));
    EXPECT_THAT(discover().events, SizeIs(2));
}

TEST_F(PacBioDiscover, AsksForWhatTheConfiguredPathSays)
{
    configure({{"recent_path", "products/qc?weeks=1&final=no"}});
    langQc.answer("qc", answer(200, "{}"));
    EXPECT_THAT(discover().events, IsEmpty());
    EXPECT_THAT(langQc.requests(), ElementsAre("GET /products/qc?weeks=1&final=no HTTP/1.1"));
}

TEST_F(PacBioDiscover, ReportsAProductThatCannotBeReadAndGoesOn)
{
    const std::string no = "this is not a QC state: ";
    const std::tuple<std::string, std::string, std::string> cases[] = {
        {kA, "[]", "LangQC lists it without a QC state"},
        {kB, "[" + state(kB) + "]", ""},
        {kC, "{\"a\":[{}]}", "it is an object, not an array"},
        {"d", "null", "it is null, not an array"},
        {"e", "[" + state(kA) + "]", "its QC state is that of another product, " + kA},
        {"f", "[7]", "its QC state is a number, not an object"},
        {"g", "[" + state("g") + "]", no + "its id_product is not 64 hex digits"},
        {"h", "[{}]", no + "it has no id_product"},
        {"i", R"([{"id_product":"i","qc_state":1,"outcome":"yes"}])",
         no + "qc_state is the number 1, not a text"},
        {"j", R"([{"id_product":"j","qc_state":"P","outcome":"yes"}])",
         no + "outcome is a text, not true, false or null"},
        {"k", "[7,{},\"\"]",
         "its QC state is a number, not an object (nor can 2 more of its states be used)"}};
    std::string text = "{";
    std::vector<std::pair<std::string, std::string>> expected;
    for (const auto& [key, list, fault] : cases) {
        text += (text == "{" ? "\"" : ",\"") + key + "\":" + list;
        if (!fault.empty()) {
            expected.emplace_back("product " + key, fault);
        }
    }
    langQc.answer("qc", answer(200, text + "}"));
    const FoundEvents found = discover();
    ASSERT_THAT(found.events, SizeIs(1));
    EXPECT_EQ(found.events[0].origin, "product " + kB);
    EXPECT_EQ(found.refused, expected);
}

TEST_F(PacBioDiscover, AddsTheGoodStatesOfAProductThatHasABadOne)
{
    langQc.answer("qc", answer(200, "{\"" + kA + "\":[3," + state(kA) + "]}"));
    const FoundEvents found = discover();
    EXPECT_THAT(found.events, SizeIs(1));
    EXPECT_THAT(found.refused, SizeIs(1));
}

TEST_F(PacBioDiscover, TakesTheLastOfARepeatedProduct)
{
    const std::string last = state(kA, R"("outcome":null)");
    langQc.answer("qc", answer(200, "{\"" + kA + "\":[" + state(kA) + "],\"" + kB + "\":[" +
                                        state(kB) + "],\"" + kA + "\":[" + last + "]}"));
    const FoundEvents found = discover();
    ASSERT_THAT(found.events, SizeIs(2));
    EXPECT_EQ(found.events[0].inputJson, last);
}

TEST_F(PacBioDiscover, EndsWhereTheOperatorWantsIt)
{
    TextInput input("");
    input.stopAfter(3);
    FoundEvents found;
    source->discover(input, found);
    EXPECT_THAT(found.events, SizeIs(3));
}

TEST_F(PacBioDiscover, SaysWhatCameInPlaceOfAnAnswer)
{
    const std::tuple<ScriptedReply, Kind, std::string> cases[] = {
        {answer(500, "Internal Server Error", "text/plain"), Kind::unavailable,
         "500 Scripted: Internal Server Error"},
        {answer(502, "<html>\n<h1>Bad gateway</h1>", "text/html"), Kind::unavailable,
         "502 Scripted: <html>"},
        {answer(503, ""), Kind::unavailable, "503 Scripted, without a word"},
        {answer(429, R"({"detail":"slow down, Ærø"})"), Kind::unavailable, "slow down, Ærø"},
        {answer(401, "{}"), Kind::credentials, "401"},
        {answer(403, "{}"), Kind::credentials, "403"},
        {answer(404, R"({"detail":"Not Found"})"), Kind::configuration,
         "Not Found. Check langqc_url and recent_path"},
        {answer(422, R"({"detail":[{"msg":"weeks"}]})"), Kind::configuration,
         R"({"detail":[{"msg":"weeks"}]})"},
        {answer(307, "", "text/plain", "Location: http://other.example.org/\r\n"),
         Kind::configuration, "to http://other.example.org/: redirects are not followed"},
        {answer(200, "<!DOCTYPE html>\n<html>", "text/html"), Kind::configuration,
         "it begins \"<!DOCTYPE html>\". Check langqc_url and recent_path"},
        {answer(200, ""), Kind::configuration, "the answer cannot be used: it is empty"},
        {answer(200, "[]"), Kind::configuration, "it is an array, not an object"},
        {answer(200, "{\"a\":[{"), Kind::unavailable, "it is cut off"},
        {answer(200, "{\"a\":[{]}"), Kind::unavailable, "it is not JSON (octet 8)"},
        {answer(200, "\x1f\x8b\x08zip"), Kind::configuration, "it is not JSON"}};
    for (const auto& [reply, kind, text] : cases) {
        langQc.answer("qc", reply);
        const ServiceError error = discoverError();
        EXPECT_EQ(error.kind(), kind) << error.what();
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("LangQC: GET " + langQc.url() + "api/products/qc?…: "),
                          HasSubstr(text), Not(HasSubstr("weeks=4"))));
    }
}

TEST_F(PacBioDiscover, KeepsMessagesShortAndOnOneLine)
{
    std::string key;
    for (int count = 0; count < 1000; ++count) {
        key += "é";
    }
    langQc.answer("qc", answer(200, "{\"a" + key + "\":0,\"b\\n\\u001b\":0}"));
    const FoundEvents found = discover();
    ASSERT_THAT(found.refused, SizeIs(2));
    EXPECT_EQ(found.refused[0].first, "product a" + key.substr(0, 158) + "…");
    EXPECT_EQ(found.refused[1].first, "product b  ");
    langQc.answer("qc", answer(503, "{\"detail\":\"a\\n" + key + "\"}"));
    EXPECT_THAT(discoverError().what(), AllOf(HasSubstr("503 Scripted: a éé"), HasSubstr("é…")));
}

TEST_F(PacBioDiscover, SaysWhatBecameOfALinkThatBroke)
{
    ScriptedReply cut = answer(200, LangQcStandIn::recentStates());
    cut.octets.resize(cut.octets.size() / 2);
    cut.then = ScriptedReply::Then::cut;
    langQc.answer("qc", cut);
    EXPECT_EQ(discoverError().kind(), Kind::unavailable);

    ScriptedReply endless{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
                          ScriptedReply::Then::endless};
    langQc.answer("qc", endless);
    EXPECT_THAT(discoverError().what(), HasSubstr("16777216"));

    configure({{"timeout_seconds", "1"}});
    langQc.answer("qc", {"", ScriptedReply::Then::silence});
    EXPECT_THAT(discoverError().what(), HasSubstr("gave up after 1"));

    configure({{"langqc_url", "http://127.0.0.1:" + std::to_string(freePort())}});
    const ServiceError refused = discoverError();
    EXPECT_EQ(refused.kind(), Kind::unavailable);
    EXPECT_THAT(refused.what(), AllOf(HasSubstr("LangQC: GET http://127.0.0.1:"),
                                      HasSubstr("/api/products/qc?…: connecting to")));
}

TEST_F(PacBioDiscover, AsksForNothingThatItCannotRead)
{
    ScriptedHttpServer server({answer(200, "{}")});
    configure({{"langqc_url", server.url()}});
    discover();
    ASSERT_THAT(server.requests(), SizeIs(1));
    EXPECT_EQ(server.requests()[0].header("Accept"), "application/json");
    EXPECT_EQ(server.requests()[0].header("Accept-Encoding"), "");
}

} // namespace

} // namespace notifyhost::pacbio
