#include "queue/PorchTesting.h"
#include "queue/TaskIdentity.h"

#include <thread>

namespace notifyhost::test {
namespace {

using queue::AddResult;
using queue::PorchClient;
using queue::QueueError;
using queue::TaskStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kInput = R"({ "run": 77,"well" :"A1", "x": 1.0 })";

TEST(PorchClient, AddsTheInputAsItIsAndTellsNewFromKnown)
{
    const ScriptedHttpServer peer(
        {answer(201, taskAnswer(R"({"run": 77})")), answer(200, taskAnswer(kInput, "DONE"))});
    PorchClient porch(settingsFor(peer.url()));
    const auto results = porch.add(kMails, {R"({"run": 77})", kInput});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].kind, AddResult::Kind::added);
    EXPECT_EQ(results[0].id, queue::taskInputId(R"({"run": 77})"));
    EXPECT_EQ(results[1].kind, AddResult::Kind::known);
    EXPECT_EQ(results[1].status, TaskStatus::done);
    const auto request = peer.requests().at(1);
    EXPECT_EQ(request.line(), "POST /tasks/ HTTP/1.1");
    EXPECT_EQ(request.header("Authorization"), "Bearer " + kPipelineToken);
    EXPECT_EQ(request.header("Content-Type"), "application/json");
    EXPECT_EQ(request.header("Accept"), "application/json");
    EXPECT_EQ(request.body, R"({"pipeline": )" + kMailsJson + R"(, "task_input": )" + kInput +
                                R"(, "status": "PENDING"})");
    EXPECT_EQ(peer.connections(), 1);
}

TEST(PorchClient, GivesResultsInTheOrderOfInputsOverTwoConnections)
{
    const ScriptedHttpServer peer([](const ScriptedRequest& request) {
        const auto at = request.body.find("{\"n\":");
        const auto input = request.body.substr(at, request.body.find('}', at) + 1 - at);
        auto reply = answer(input.size() % 2 == 0 ? 201 : 200, taskAnswer(input));
        reply.delay = std::chrono::milliseconds{input.ends_with("3}") ? 30 : 1};
        return reply;
    });
    auto settings = settingsFor(peer.url());
    settings.connections = 2;
    PorchClient porch(settings);
    std::vector<std::string> inputs;
    for (int number = 1; number <= 60; ++number) {
        inputs.push_back("{\"n\":" + std::to_string(number) + "}");
    }
    const auto results = porch.add(kMails, inputs);
    ASSERT_EQ(results.size(), inputs.size());
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        EXPECT_EQ(results[index].id, queue::taskInputId(inputs[index]));
        EXPECT_EQ(results[index].kind,
                  inputs[index].size() % 2 == 0 ? AddResult::Kind::added : AddResult::Kind::known);
    }
    EXPECT_EQ(peer.connections(), 2);
    EXPECT_EQ(peer.mostAtOnce(), 2);
}

TEST(PorchClient, SendsAnInputTwiceInAGroupOneAfterTheOther)
{
    auto first = answer(201, taskAnswer(R"({"n": 1})"));
    first.delay = std::chrono::milliseconds{50};
    const ScriptedHttpServer peer({first, answer(200, taskAnswer(R"({"n": 1})"))});
    auto settings = settingsFor(peer.url());
    settings.connections = 2;
    const auto results = PorchClient(settings).add(kMails, {R"({"n": 1})", R"({ "n":1 })"});
    EXPECT_EQ(results.at(0).kind, AddResult::Kind::added);
    EXPECT_EQ(results.at(1).kind, AddResult::Kind::known);
    EXPECT_EQ(peer.mostAtOnce(), 1);
}

TEST(PorchClient, RefusesAnInputOfItsOwnAccordAndAddsTheOthers)
{
    const ScriptedHttpServer peer(
        {answer(422, R"({"detail": [{"msg": "odd"}]})"), answer(201, taskAnswer(R"({"n": 2})"))});
    const auto results = PorchClient(settingsFor(peer.url()))
                             .add(kMails, {"[1]", R"({"n": 1}, "status": {})", R"({"n": 1})",
                                           R"({"n": 1e400})", R"({"n": 2})"});
    ASSERT_EQ(results.size(), 5U);
    for (const auto index : {0, 1, 2, 3}) {
        EXPECT_EQ(results[static_cast<std::size_t>(index)].kind, AddResult::Kind::refused) << index;
    }
    EXPECT_THAT(results[2].reason, HasSubstr("422 Scripted: {\"detail\": [{\"msg\": \"odd\"}]}"));
    EXPECT_EQ(results[4].kind, AddResult::Kind::added);
    EXPECT_EQ(peer.requests().size(), 2U);
}

TEST(PorchClient, TellsOneInputThatPorchFailsOnFromAPorchThatFails)
{
    const auto failing = answer(500, "Internal Server Error", "text/plain");
    const auto fine = answer(201, taskAnswer(R"({"n": 1})"));
    {
        const ScriptedHttpServer peer({failing, fine});
        const auto results =
            PorchClient(settingsFor(peer.url())).add(kMails, {R"({"n": 0})", R"({"n": 1})"});
        EXPECT_EQ(results.at(0).kind, AddResult::Kind::refused);
        EXPECT_THAT(results.at(0).reason, HasSubstr("500 Scripted: Internal Server Error"));
        EXPECT_EQ(results.at(1).kind, AddResult::Kind::added);
    }
    const ScriptedHttpServer peer({fine, failing, failing, failing});
    try {
        PorchClient(settingsFor(peer.url()))
            .add(kMails, {R"({"n": 0})", R"({"n": 1})", R"({"n": 2})", R"({"n": 3})", R"({"n": 4})",
                          R"({"n": 5})"});
        FAIL();
    } catch (const queue::AddInterrupted& error) {
        EXPECT_EQ(error.kind(), QueueError::Kind::unavailable);
        EXPECT_EQ(error.before().size(), 1U);
        EXPECT_EQ(peer.requests().size(), 4U);
    }
}

TEST(PorchClient, SaysWhatWasAddedBeforePorchWentAway)
{
    auto last = answer(201, taskAnswer(R"({"n": 1})"));
    last.then = ScriptedReply::Then::close;
    const ScriptedHttpServer peer([&](const ScriptedRequest& request) {
        return request.connection == 1 ? last : ScriptedReply{"", ScriptedReply::Then::reset};
    });
    try {
        PorchClient(settingsFor(peer.url())).add(kMails, {"[]", R"({"n": 1})", R"({"n": 2})"});
        FAIL();
    } catch (const queue::AddInterrupted& error) {
        EXPECT_EQ(error.kind(), QueueError::Kind::unavailable);
        ASSERT_EQ(error.before().size(), 2U);
        EXPECT_EQ(error.before()[0].kind, AddResult::Kind::refused);
        EXPECT_EQ(error.before()[1].kind, AddResult::Kind::added);
    }
}

TEST(PorchClient, ClaimsWhatIsThereAndKeepsInputsToTheLetter)
{
    const std::string id(64, 'c');
    const ScriptedHttpServer peer(
        {answer(200, "[" + taskAnswer(kInput, "CLAIMED", kMailsJson, id) + " , " +
                         taskAnswer(R"({"n": 1e2, "m": [1, 1.0, "1", 100000000000000000000]})",
                                    "CLAIMED") +
                         "]"),
         answer(200, " [ ] ")});
    PorchClient porch(settingsFor(peer.url()));
    const auto tasks = porch.claim(kMails, 5);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].inputText, kInput);
    EXPECT_EQ(tasks[0].id, id);
    EXPECT_EQ(tasks[0].status, TaskStatus::claimed);
    EXPECT_EQ(tasks[0].pipeline, kMails);
    EXPECT_EQ(tasks[1].inputText, R"({"n": 1e2, "m": [1, 1.0, "1", 100000000000000000000]})");
    EXPECT_EQ(tasks[1].id, queue::taskInputId(tasks[1].inputText));
    EXPECT_THAT(porch.claim(kMails, 5), IsEmpty());
    const auto request = peer.requests().at(0);
    EXPECT_EQ(request.line(), "POST /tasks/claim?num_tasks=5 HTTP/1.1");
    EXPECT_EQ(request.body, kMailsJson);
}

TEST(PorchClient, LosesNoClaimedTaskToAStrangeOne)
{
    const std::string deep(2000, '[');
    const ScriptedHttpServer peer({answer(
        200, "[" + taskAnswer(R"({"n": 1})", "CLAIMED") + "," + taskAnswer("null", "CLAIMED") +
                 "," + taskAnswer(R"({"n": 2})", "STARTED") + R"(, 7, "a]b\"}", {"a": NaN},)" +
                 taskAnswer(R"({"n": )" + deep + std::string(2000, ']') + "}", "CLAIMED") +
                 R"(,{"a": "\ud800"},)" + taskAnswer(R"({"n": 3})", "CLAIMED") + "]")});
    auto settings = settingsFor(peer.url());
    std::vector<std::string> warnings;
    settings.warn = [&](const std::string& text) { warnings.push_back(text); };
    const auto tasks = PorchClient(settings).claim(kMails, 10);
    ASSERT_EQ(tasks.size(), 2U);
    EXPECT_EQ(tasks[0].inputText, R"({"n": 1})");
    EXPECT_EQ(tasks[1].inputText, R"({"n": 3})");
    EXPECT_EQ(warnings.size(), 7U);
    EXPECT_THAT(warnings.at(1), HasSubstr("claiming from pipeline well mails"));
    EXPECT_THAT(warnings.at(1), HasSubstr("\"STARTED\" is not a task's status"));
}

TEST(PorchClient, SendsATaskBackInTheFormItCame)
{
    const std::string nulls = R"({"name": "well mails", "uri": null, "version": null})";
    const ScriptedHttpServer peer({answer(200, "[" + taskAnswer(kInput, "CLAIMED", nulls) + "]"),
                                   answer(200, taskAnswer(kInput, "RUNNING", nulls))});
    PorchClient porch(settingsFor(peer.url()));
    porch.update(porch.claim(kMails, 1).at(0), TaskStatus::running);
    const auto request = peer.requests().at(1);
    EXPECT_EQ(request.line(), "PUT /tasks/ HTTP/1.1");
    EXPECT_EQ(request.body, R"({"pipeline": )" + nulls + R"(, "task_input": )" + kInput +
                                R"(, "status": "RUNNING"})");
}

TEST(PorchClient, ListsOwnVersionAloneWhereThereAreVersions)
{
    const std::string other =
        R"({"name": "well mails", "uri": "https://git.example.org/mails.git", "version": "0"})";
    const std::string tasks = "[" + taskAnswer(R"({"n": 1})", "DONE", other) + "," +
                              taskAnswer(R"({"n": 2})", "DONE") + "," +
                              taskAnswer(R"({"n": 3})", "FAILED") + "]";
    const ScriptedHttpServer peer(
        {answer(200, tasks), answer(200, R"(["0", "1"])"), answer(200, tasks)});
    PorchClient porch(settingsFor(peer.url()));
    const auto done = porch.list(kMails, TaskStatus::done);
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done[0].inputText, R"({"n": 2})");
    EXPECT_EQ(porch.list(kMails, {}).size(), 2U);
    EXPECT_THAT(linesOf(peer), ElementsAre("GET /tasks/?pipeline_name=well%20mails&status=DONE",
                                           "GET /versions/well%20mails",
                                           "GET /tasks/?pipeline_name=well%20mails"));
    EXPECT_EQ(peer.requests().at(0).header("Authorization"), "");
}

TEST(PorchClient, ListsEverythingWhereThereIsOneVersionForEver)
{
    const std::string first =
        R"({"name": "well mails", "uri": "https://git.example.org/first.git", "version": "0"})";
    const ScriptedHttpServer peer(
        {answer(200, "[" + taskAnswer(R"({"n": 1})", "DONE", first) + "]"),
         answer(404, R"({"detail": "Not Found"})")});
    const auto tasks = PorchClient(settingsFor(peer.url())).list(kMails, TaskStatus::done);
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0].pipeline.version, "0");
}

TEST(PorchClient, RegistersPipelineAndVersionAndMayDoSoAgain)
{
    const auto conflict = answer(409, R"({"detail": "it is there"})");
    const ScriptedHttpServer peer(
        {answer(201, kMailsJson), conflict, conflict, answer(201, kMailsJson), conflict, conflict});
    PorchClient porch(settingsFor(peer.url()));
    const auto first = porch.registerPipeline(kMails);
    EXPECT_TRUE(first.pipelineCreated);
    EXPECT_TRUE(first.versionCreated);
    const auto second = porch.registerPipeline(kMails);
    EXPECT_FALSE(second.pipelineCreated);
    EXPECT_TRUE(second.versionCreated);
    const auto third = porch.registerPipeline(kMails);
    EXPECT_FALSE(third.pipelineCreated || third.versionCreated);
    EXPECT_THAT(linesOf(peer),
                ElementsAre("POST /pipelines/", "POST /versions/", "POST /pipelines/",
                            "POST /versions/", "POST /pipelines/", "POST /versions/"));
    EXPECT_EQ(peer.requests().at(0).header("Authorization"), "Bearer " + kAdminToken);
    EXPECT_EQ(peer.requests().at(1).header("Authorization"), "Bearer " + kPipelineToken);
    EXPECT_EQ(peer.requests().at(1).body, kMailsJson);
}

TEST(PorchClient, SeesFromTheMissingPathThatPorchIsA2)
{
    const ScriptedHttpServer peer(
        {answer(409, R"({"detail": "it is there"})"), answer(404, R"({"detail": "Not Found"})"),
         answer(200, R"({"name": "well mails", "uri": "https://x.example.org", "version": "0"})")});
    const auto result = PorchClient(settingsFor(peer.url())).registerPipeline(kMails);
    EXPECT_FALSE(result.pipelineCreated || result.versionCreated);
    EXPECT_THAT(result.note, HasSubstr("version 0, uri https://x.example.org"));
}

TEST(PorchClient, MakesATokenOnlyForAVersionThatIsMissing)
{
    const std::string token(32, 'f');
    const auto conflict = answer(409, R"({"detail": "it is there"})");
    const ScriptedHttpServer peer(
        {conflict, answer(200, R"(["0", "1"])"), conflict, answer(200, R"(["0"])"),
         answer(201,
                R"({"name": "well mails", "description": "register", "token": ")" + token + "\"}"),
         answer(403, R"({"detail": "not )" + token + "\"}")});
    auto settings = settingsFor(peer.url());
    settings.pipelineToken.text.clear();
    PorchClient porch(settings);
    EXPECT_FALSE(porch.registerPipeline(kMails).versionCreated);
    const auto error = failureOf([&] { porch.registerPipeline(kMails); });
    EXPECT_EQ(error.kind(), QueueError::Kind::credentials);
    EXPECT_THAT(error.what(), testing::Not(HasSubstr(token)));
    EXPECT_EQ(peer.requests().at(4).line(), "POST /pipelines/well%20mails/token/register HTTP/1.1");
    EXPECT_EQ(peer.requests().at(5).header("Authorization"), "Bearer " + token);
}

TEST(PorchClient, NeedsNoAdministratorWhereThePipelineIsThere)
{
    const ScriptedHttpServer peer({answer(200, kMailsJson), answer(201, kMailsJson),
                                   answer(404, R"({"detail": "no such pipeline"})")});
    auto settings = settingsFor(peer.url());
    settings.adminToken.text.clear();
    PorchClient porch(settings);
    EXPECT_TRUE(porch.registerPipeline(kMails).versionCreated);
    const auto error = failureOf([&] { porch.registerPipeline(kMails); });
    EXPECT_EQ(error.kind(), QueueError::Kind::credentials);
    EXPECT_THAT(error.what(), HasSubstr("set admin_token in [PORCH]"));
}

TEST(PorchClient, MakesATokenOnce)
{
    const std::string token(32, 'f');
    const ScriptedHttpServer peer(
        {answer(201, R"({"name": "well mails", "description": "a b", "token": ")" + token + "\"}"),
         {"", ScriptedReply::Then::reset},
         answer(201, R"({"tokken": ")" + token + "\"}"),
         answer(200, R"({"token": ")" + token + "\"}")});
    PorchClient porch(settingsFor(peer.url()));
    EXPECT_EQ(porch.makeToken(kMails, "a b"), token);
    EXPECT_EQ(peer.requests().at(0).line(), "POST /pipelines/well%20mails/token/a%20b HTTP/1.1");
    for (int turn = 0; turn < 3; ++turn) {
        const auto error = failureOf([&] { porch.makeToken(kMails, "a b"); });
        EXPECT_EQ(error.kind(), QueueError::Kind::lost);
        EXPECT_THAT(error.what(), testing::Not(HasSubstr(token)));
    }
    EXPECT_EQ(peer.requests().size(), 4U);
    for (const auto* description : {"", "a/b", ".."}) {
        EXPECT_EQ(failureOf([&] { porch.makeToken(kMails, description); }).kind(),
                  QueueError::Kind::refused);
    }
}

TEST(PorchClient, JoinsPathsTheWayOtherClientsDo)
{
    const ScriptedHttpServer peer({answer(200, "[]"), answer(404, R"({"detail": "Not Found"})")});
    EXPECT_THAT(PorchClient(settingsFor(peer.url("/porch/"))).list(kMails, {}), IsEmpty());
    const auto error =
        failureOf([&] { PorchClient(settingsFor(peer.url("/porch"))).list(kMails, {}); });
    EXPECT_THAT(error.what(), HasSubstr("does not end with a slash"));
    EXPECT_THAT(linesOf(peer), ElementsAre("GET /porch/tasks/?pipeline_name=well%20mails",
                                           "GET /tasks/?pipeline_name=well%20mails"));
}

TEST(PorchClient, ClaimsFromOneServerOneAfterTheOther)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) {
        auto reply = answer(200, "[]");
        reply.delay = std::chrono::milliseconds{20};
        return reply;
    });
    const TemporaryFolder folder;
    auto settings = settingsFor(peer.url());
    settings.lockFolder = folder.path();
    {
        std::vector<std::jthread> hosts;
        for (int count = 0; count < 4; ++count) {
            hosts.emplace_back([&] { PorchClient(settings).claim(kMails, 1); });
        }
    }
    EXPECT_EQ(peer.requests().size(), 4U);
    EXPECT_EQ(peer.mostAtOnce(), 1);
}

TEST(PorchClient, HasNoHistoryToTell)
{
    EXPECT_THAT(PorchClient(settingsFor("http://127.0.0.1:9/")).events(kMails, "x"), IsEmpty());
    EXPECT_EQ(PorchClient(settingsFor("http://127.0.0.1:9/")).describe(),
              "porch at http://127.0.0.1:9/");
}

} // namespace
} // namespace notifyhost::test
