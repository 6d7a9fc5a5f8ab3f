#include "contract/Porch.h"
#include "net/ResponseReader.h"
#include "queue/TaskIdentity.h"

#include <gmock/gmock.h>

namespace notifyhost::test {
namespace {

using queue::AddResult;
using queue::PorchClient;
using queue::QueueError;
using queue::TaskStatus;
using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

INSTANTIATE_TEST_SUITE_P(At, PorchContract, testing::ValuesIn(porchesToTest()),
                         [](const auto& porch) { return porch.param; });

TEST_P(PorchContract, RegisteringIsSafeToRepeat)
{
    PorchClient porch(settings(token));
    const auto again = porch.registerPipeline(pipeline);
    EXPECT_FALSE(again.pipelineCreated);
    EXPECT_FALSE(again.versionCreated);
    EXPECT_EQ(call("POST", "pipelines/", adminToken, pipelineText(pipeline)).status, 409);
    const auto found = call("GET", "pipelines/" + pipeline.name);
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(memberText(found.body, "name"), pipeline.name);
    EXPECT_EQ(memberText(found.body, "uri"), pipeline.uri);
    const auto absent = call("GET", "pipelines/" + pipeline.name + "x");
    EXPECT_EQ(absent.status, 404);
    EXPECT_NE(memberText(absent.body, "detail"), "-");
}

TEST_P(PorchContract, AnIncompletePipelineIsNotCreated)
{
    EXPECT_THAT(
        call("POST", "pipelines/", adminToken, R"({"name": "notifyhost-contract-odd"})").status,
        AnyOf(400, 409));
    EXPECT_EQ(call("POST", "pipelines/", adminToken, R"({"name": 7})").status, 422);
    EXPECT_EQ(call("POST", "pipelines/", adminToken,
                   R"({"name": "x", "uri": "y", "version": "1", "colour": "blue"})")
                  .status,
              422);
    EXPECT_EQ(call("POST", "pipelines/", adminToken, R"({"name": )").status, 422);
}

TEST_P(PorchContract, TokensAreThirtyTwoDigitsAndGoodForTheirPipelineAlone)
{
    EXPECT_THAT(token, MatchesRegex("[0-9a-fA-F]{32}"));
    EXPECT_NE(newToken(pipeline), token);
    const auto other = newPipeline();
    const std::string otherToken = newToken(other);
    const std::string body = task(R"({"n": 1})");
    EXPECT_THAT(call("POST", "tasks/", "", body).status, AnyOf(401, 403));
    for (const auto& wrong :
         {std::string(32, '0'), std::string(31, 'a'), std::string("x"), adminToken, otherToken})
    {
        EXPECT_EQ(call("POST", "tasks/", wrong, body).status, 403);
        EXPECT_EQ(call("PUT", "tasks/", wrong, body).status, 403);
        EXPECT_EQ(call("POST", "tasks/claim?num_tasks=1", wrong, pipelineText(pipeline)).status,
                  403);
    }
    EXPECT_EQ(call("POST", "pipelines/", token,
                   R"({"name": "notifyhost-contract-odd", "uri": "u", "version": "1"})")
                  .status,
              403);
    EXPECT_EQ(call("POST", "tasks/", token, body).status, 201);
}

TEST_P(PorchContract, ReadingNeedsNoToken)
{
    add(R"({"n": 1})");
    for (const auto& any : {std::string(), std::string("nonsense"), std::string(32, '0')}) {
        const auto list = call("GET", "tasks/?pipeline_name=" + pipeline.name, any);
        EXPECT_EQ(list.status, 200);
        EXPECT_THAT(json::parse(list.body).elements, SizeIs(1));
    }
}

TEST_P(PorchContract, ATaskIsKeptOnce)
{
    const auto first = call("POST", "tasks/", token, task(R"({"well": "A1", "run": 77})", "DONE"));
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(memberText(first.body, "status"), "PENDING");
    EXPECT_EQ(memberText(first.body, "task_input_id"),
              "80ec93d2f3e406703bd04b8242b1532417bafab93fcd3f27e3c3f466555a4b5c");
    EXPECT_EQ(call("PUT", "tasks/", token, task(R"({"run": 77, "well": "A1"})", "FAILED")).status,
              200);
    const auto again = call("POST", "tasks/", token, task(R"({ "run":77,"well":"\u00411" })"));
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(memberText(again.body, "status"), "FAILED");
    EXPECT_THAT(claim(10), IsEmpty());
}

TEST_P(PorchContract, IdentityIsAsDocumented)
{
    const std::pair<const char*, const char*> kVectors[] = {
        {R"({"event":"uploaded","experiment_name":"ONTRUN-901","flowcell_id":"PBA90101",)"
         R"("instrument_slot":3,"path":"/seq/nanopore/flow/ONTRUN-901/PBA90101"})",
         "53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa"},
        {"{\"name\":\"\xC3\x86r\xC3\xB8 \xF0\x9F\xA7\xAC\",\"note\":\"a/b\\t\\\"q\\\" \\\\ "
         "\x7F\\u0001\",\"b\":[3,1,{\"z\":null,\"a\":true}],\"B\":{}}",
         "74325a9119d28be475e4f7130434a2a6b23ca4461b23e530caea32a05a27ab2e"},
        {R"({"big":1e16,"edge":1000000000000000.0,"f":1.0,"i":1,"int64":9223372036854775807,)"
         R"("neg":-0.0,"small":1.5e-7,"tiny":0.0001})",
         "08b47cffd866eef519a8d2d14a98393783ff936bf1d3438114c3d3e2a1731c68"},
        {"{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}};
    for (const auto& [input, digest] : kVectors) {
        const auto reply = call("POST", "tasks/", token, task(input));
        EXPECT_EQ(reply.status, 201) << input;
        EXPECT_EQ(memberText(reply.body, "task_input_id"), digest) << input;
        EXPECT_EQ(queue::taskInputId(input), digest) << input;
    }
}

TEST_P(PorchContract, KindsOfNumbersAreKept)
{
    const std::vector<std::string> inputs{R"({"n":1})",    R"({"n":1.0})",
                                          R"({"n":"1"})",  R"({"n":true})",
                                          R"({"n":-0.0})", R"({"n":0})",
                                          R"({"n":null})", R"({"n":""})",
                                          R"({})",         R"({"n":18446744073709551616})"};
    for (const auto& input : inputs) {
        EXPECT_EQ(add(input), 201) << input;
    }
    EXPECT_EQ(add(R"({"n": 1e0})"), 200);
    EXPECT_EQ(add(R"({"n": 2, "n": 1})"), 200);
    EXPECT_THAT(claim(100), testing::UnorderedElementsAreArray(inputs));
}

TEST_P(PorchContract, AStrangeTaskIsRefused)
{
    EXPECT_EQ(call("POST", "tasks/", token, "{").status, 422);
    EXPECT_EQ(call("POST", "tasks/", token, task("null")).status, 422);
    EXPECT_EQ(call("POST", "tasks/", token, task("[1]")).status, 422);
    EXPECT_EQ(call("POST", "tasks/", token, task("{}", "STARTED")).status, 422);
    EXPECT_EQ(call("POST", "tasks/", token, task("{}", "pending")).status, 422);
    const auto reply = call("POST", "tasks/", token, R"({"task_input": {}})");
    EXPECT_EQ(reply.status, 422);
    const auto detail = json::parse(reply.body);
    ASSERT_NE(detail.find("detail"), nullptr);
    EXPECT_EQ(detail.find("detail")->kind, json::ValueKind::array);
}

TEST_P(PorchContract, TheOldestIsClaimedFirstAndAlsoAfterItWasPutBack)
{
    EXPECT_THAT(claim(5), IsEmpty());
    for (const auto* input : {R"({"n":1})", R"({"n":2})", R"({"n":3})"}) {
        add(input);
    }
    EXPECT_THAT(claim(2), ElementsAre(R"({"n":1})", R"({"n":2})"));
    EXPECT_EQ(call("PUT", "tasks/", token, task(R"({"n": 1})")).status, 200);
    EXPECT_THAT(claim(5), ElementsAre(R"({"n":1})", R"({"n":3})"));
    EXPECT_THAT(claim(5), IsEmpty());
}

TEST_P(PorchContract, AClaimIsForAPositiveNumber)
{
    for (const auto* wrong : {"0", "-1", "many", "1.5"}) {
        EXPECT_EQ(call("POST", std::string("tasks/claim?num_tasks=") + wrong, token,
                       pipelineText(pipeline))
                      .status,
                  422)
            << wrong;
    }
    add(R"({"n": 1})");
    add(R"({"n": 2})");
    const auto one = call("POST", "tasks/claim", token, pipelineText(pipeline));
    EXPECT_EQ(one.status, 200);
    ASSERT_THAT(json::parse(one.body).elements, SizeIs(1));
    EXPECT_EQ(json::parse(one.body).elements[0].find("status")->text, "CLAIMED");
    EXPECT_EQ(call("GET", "tasks/claim").status, 405);
}

TEST_P(PorchContract, AnyStatusMayFollowAnyOther)
{
    add(R"({"n": 1})");
    for (const auto* status :
         {"DONE", "RUNNING", "RUNNING", "CANCELLED", "CLAIMED", "FAILED", "PENDING", "DONE"})
    {
        const auto reply = call("PUT", "tasks/", token, task(R"({"n": 1})", status));
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(memberText(reply.body, "status"), status);
    }
    EXPECT_EQ(call("PUT", "tasks/", token, task(R"({"n": 1.0})", "DONE")).status, 404);
}

TEST_P(PorchContract, ListsAreWholeAndFiltered)
{
    add(R"({"n": 1})");
    add(R"({"n": 2})");
    call("PUT", "tasks/", token, task(R"({"n": 2})", "DONE"));
    PorchClient porch(settings(token));
    EXPECT_THAT(porch.list(pipeline, {}), SizeIs(2));
    const auto done = porch.list(pipeline, TaskStatus::done);
    ASSERT_THAT(done, SizeIs(1));
    EXPECT_EQ(done[0].id, queue::taskInputId(R"({"n": 2})"));
    EXPECT_EQ(done[0].pipeline.name, pipeline.name);
    EXPECT_EQ(call("GET", "tasks/?pipeline_name=" + pipeline.name + "x").body, "[]");
    EXPECT_EQ(call("GET", "tasks/?status=STARTED").status, 422);
}

TEST_P(PorchContract, OtherFormsOfAPathAreRedirected)
{
    const std::pair<const char*, const char*> kForms[] = {
        {"GET", "tasks"}, {"GET", "pipelines"}, {"POST", "tasks"}, {"PUT", "tasks"}};
    for (const auto& [method, path] : kForms) {
        const auto reply = call(method, path, token);
        EXPECT_EQ(reply.status, 307) << method << " " << path;
        EXPECT_TRUE(net::headerValue(reply, "location").ends_with(std::string(path) + "/"));
    }
    const auto claimed = call("POST", "tasks/claim/?num_tasks=3", token, pipelineText(pipeline));
    EXPECT_EQ(claimed.status, 307);
    EXPECT_THAT(net::headerValue(claimed, "location"), StartsWith("http"));
    EXPECT_TRUE(net::headerValue(claimed, "location").ends_with("tasks/claim?num_tasks=3"));
    EXPECT_EQ(call("GET", "pipelines/" + pipeline.name + "/").status, 307);
}

TEST_P(PorchContract, TheStatusWordsAreInTheDocument)
{
    const auto reply = call("GET", "api/v1/openapi.json");
    ASSERT_EQ(reply.status, 200);
    const auto document = json::parse(reply.body);
    const auto* words = &document;
    for (const auto* step : {"components", "schemas", "TaskStateEnum", "enum"}) {
        words = words->find(step);
        ASSERT_NE(words, nullptr) << step;
    }
    std::vector<std::string> found;
    for (const auto& word : words->elements) {
        found.push_back(word.text);
    }
    EXPECT_THAT(found, testing::UnorderedElementsAre("PENDING", "CLAIMED", "RUNNING", "DONE",
                                                     "FAILED", "CANCELLED"));
}

TEST_P(PorchContract, AVersionIsAWorldOfItsOwnOrIgnored)
{
    queue::Pipeline newer = pipeline;
    newer.version = "2";
    PorchClient porch(settings(token));
    add(R"({"n": 1})");
    const auto registered = porch.registerPipeline(newer);
    EXPECT_FALSE(registered.pipelineCreated);
    EXPECT_EQ(registered.versionCreated, hasVersions());
    const auto result = porch.add(newer, {R"({"n": 1})"}).at(0);
    if (hasVersions()) {
        EXPECT_EQ(result.kind, AddResult::Kind::added);
        EXPECT_THAT(porch.list(pipeline, {}), SizeIs(1));
        EXPECT_THAT(porch.list(newer, {}), SizeIs(1));
        EXPECT_THAT(porch.claim(newer, 10), SizeIs(1));
        EXPECT_THAT(porch.list(pipeline, TaskStatus::pending), SizeIs(1));
        EXPECT_EQ(call("POST", "versions/", token, pipelineText(newer)).status, 409);
        EXPECT_EQ(call("POST", "versions/", adminToken, pipelineText(newer)).status, 403);
        EXPECT_EQ(call("GET", "tasks/?pipeline_version=1").status, 400);
    } else {
        EXPECT_EQ(result.kind, AddResult::Kind::known);
        EXPECT_NE(registered.note, "");
        EXPECT_THAT(porch.list(newer, {}), SizeIs(1));
        EXPECT_THAT(porch.claim(newer, 10), SizeIs(1));
        EXPECT_EQ(call("POST", "versions/", token, pipelineText(newer)).status, 404);
    }
}

TEST_P(PorchContract, TheClientTellsWhatIsNotThere)
{
    queue::Pipeline unknown = pipeline;
    unknown.version = "never registered";
    PorchClient porch(settings(token));
    if (hasVersions()) {
        try {
            porch.add(unknown, {"{}"});
            ADD_FAILURE() << "added to a version that is not there";
        } catch (const QueueError& error) {
            EXPECT_EQ(error.kind(), QueueError::Kind::unknown) << error.what();
        }
    }
    try {
        porch.update({pipeline, "", R"({"never": "added"})", {}}, TaskStatus::done);
        ADD_FAILURE() << "updated a task that is not there";
    } catch (const QueueError& error) {
        EXPECT_EQ(error.kind(), QueueError::Kind::unknown) << error.what();
    }
}

} // namespace
} // namespace notifyhost::test
