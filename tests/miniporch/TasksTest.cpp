#include "miniporch/Miniporch.h"

#include "queue/QueueStore.h"
#include "queue/TaskIdentity.h"

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

const std::string kPipeline = pipelineText("mails");

class Tasks : public BothGenerations {
protected:
    HttpReply add(const std::string& input, const std::string& status = "PENDING",
                  const std::string& pipeline = kPipeline)
    {
        return porch.call("POST", "/tasks/", token, taskText(pipeline, input, status));
    }
    HttpReply set(const std::string& input, const std::string& status,
                  const std::string& pipeline = kPipeline)
    {
        return porch.call("PUT", "/tasks/", token, taskText(pipeline, input, status));
    }
    HttpReply claim(const std::string& query = "", const std::string& pipeline = kPipeline)
    {
        return porch.call("POST", "/tasks/claim" + query, token, pipeline);
    }
    HttpReply list(const std::string& query = "") { return porch.call("GET", "/tasks/" + query); }

    std::string token = porch.tokenFor("mails");
};

/// A task's answer, with its input as it was sent.
std::string answerText(const std::string& input, const std::string& status)
{
    return R"({"pipeline":)" + kPipeline + R"(,"task_input_id":")" + queue::taskInputId(input) +
           R"(","task_input":)" + input + R"(,"status":")" + status + R"("})";
}

std::vector<std::string> inputsIn(const std::string& array)
{
    std::vector<std::string> inputs;
    const json::Value list = json::parse(array);
    for (const auto& task : list.elements) {
        const auto* input = task.find("task_input");
        inputs.push_back(array.substr(input->begin, input->end - input->begin));
    }
    return inputs;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_P(Tasks, AreCreatedOnceAndKnownAfterwards)
{
    const std::string input = R"({"well": "A1", "run": 77})";
    const auto first = add(input);
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(first.body, answerText(input, "PENDING"));
    EXPECT_EQ(textAt(first.body, {"task_input_id"}),
              "80ec93d2f3e406703bd04b8242b1532417bafab93fcd3f27e3c3f466555a4b5c");
    const auto second = add(R"({"run":77,"well":"A1"})");
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(second.body, answerText(input, "PENDING"));
    EXPECT_EQ(sizeOf(list().body), 1U);
}

TEST_P(Tasks, AreAddedPendingWhateverStatusIsSent)
{
    const auto reply = add("{}", "DONE");
    EXPECT_EQ(reply.status, 201);
    EXPECT_EQ(textAt(reply.body, {"status"}), "PENDING");
    EXPECT_EQ(sizeOf(claim().body), 1U);
}

TEST_P(Tasks, AreNotRevivedByAddingThemAgain)
{
    add("{}");
    for (const std::string status : {"CLAIMED", "RUNNING", "DONE", "FAILED", "CANCELLED"}) {
        set("{}", status);
        const auto reply = add("{}");
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(textAt(reply.body, {"status"}), status);
        EXPECT_EQ(claim().body, "[]");
    }
}

TEST_P(Tasks, AreToldApartAsPorchDoes)
{
    const Texts different{R"({"a":1})",
                          R"({"a":1.0})",
                          R"({"a":"1"})",
                          R"({"a":true})",
                          R"({"a":0})",
                          R"({"a":0.0})",
                          R"({"a":-0.0})",
                          R"({"a":null})",
                          R"({})",
                          R"({"a":""})",
                          R"({"a":"é"})",
                          R"({"a":"e\u0301"})",
                          R"({"a":18446744073709551616})",
                          R"({"a":"\u0000"})"};
    for (const auto& input : different) {
        const auto reply = add(input);
        EXPECT_EQ(reply.status, 201) << input;
        EXPECT_EQ(reply.body, answerText(input, "PENDING"));
    }
    for (const std::string same :
         {R"({"a":"\u00e9"})", R"({"a":1e0})", R"({"a":7,"a":1})", "{ \"a\" : 1 }"})
    {
        EXPECT_EQ(add(same).status, 200) << same;
    }
    EXPECT_EQ(sizeOf(list().body), different.size());
}

TEST_P(Tasks, OfTheWrongShapeAre422)
{
    const Texts bodies{
        R"({"task_input":{},"status":"PENDING"})",
        R"({"pipeline":[],"task_input":{},"status":"PENDING"})",
        R"({"pipeline":{"name":"mails","uri":1},"task_input":{},"status":"PENDING"})",
        R"({"pipeline":{"name":null},"task_input":{},"status":"PENDING"})",
        R"({"pipeline":{"name":"mails","more":1},"task_input":{},"status":"PENDING"})",
        R"({"pipeline":)" + kPipeline + R"(,"status":"PENDING"})",
        taskText(kPipeline, "null"),
        taskText(kPipeline, "[]"),
        taskText(kPipeline, "\"text\""),
        taskText(kPipeline, R"({"a":1e400})"),
        taskText(kPipeline, R"({"a":NaN})"),
        taskText(kPipeline, R"({"a":"\ud800"})"),
        taskText(kPipeline, "{}", "pending"),
        taskText(kPipeline, "{}", ""),
        R"({"pipeline":)" + kPipeline + R"(,"task_input":{}})",
        R"({"pipeline":)" + kPipeline + R"(,"task_input":{},"status":null})",
        R"({"pipeline":)" + kPipeline + R"(,"task_input":{},"status":"DONE","task_input_id":7})",
        "[]",
        "null"};
    for (const auto& body : bodies) {
        for (const std::string method : {"POST", "PUT"}) {
            const auto reply = porch.call(method, "/tasks/", token, body);
            EXPECT_EQ(reply.status, 422) << method << " " << body;
            const json::Value answer = json::parse(reply.body);
            EXPECT_FALSE(answer.find("detail")->elements.empty());
        }
    }
    EXPECT_EQ(list().body, "[]");
}

TEST_P(Tasks, MayHaveUnknownMembersAndAnIdThatIsNotLookedAt)
{
    const auto reply = porch.call("POST", "/tasks/", token,
                                  R"({"more":[1],"pipeline":)" + kPipeline +
                                      R"(,"task_input":{},"status":"DONE","task_input_id":"x"})");
    EXPECT_EQ(reply.status, 201);
    EXPECT_EQ(reply.body, answerText("{}", "PENDING"));
    EXPECT_EQ(porch
                  .call("PUT", "/tasks/", token,
                        R"({"pipeline":)" + kPipeline +
                            R"(,"task_input":{},"status":"DONE","task_input_id":null})")
                  .status,
              200);
}

TEST_P(Tasks, TakeAnyStatusAfterAnyOther)
{
    add("{}");
    const Texts words{"PENDING", "CLAIMED", "RUNNING", "DONE", "FAILED", "CANCELLED"};
    int changes = 0;
    for (const auto& from : words) {
        for (const auto& to : words) {
            EXPECT_EQ(set("{}", from).status, 200);
            const auto reply = set("{}", to);
            EXPECT_EQ(reply.status, 200) << from << " " << to;
            EXPECT_EQ(reply.body, answerText("{}", to));
            changes += 2;
        }
    }
    // Each left a line in the history.
    queue::QueueStore store(porch.file());
    EXPECT_EQ(store.events(store.list({}).at(0).id).size(), static_cast<std::size_t>(changes + 1));
}

TEST_P(Tasks, ThatAreNotThereCannotBeSet)
{
    add(R"({"a":1})");
    const auto reply = set(R"({"a":1.0})", "DONE");
    EXPECT_EQ(reply.status, 404);
    EXPECT_FALSE(textAt(reply.body, {"detail"}).empty());
    EXPECT_EQ(set("{}", "DONE").status, 404);
}

TEST_P(Tasks, AreClaimedOldestFirst)
{
    for (int number = 1; number <= 5; ++number) {
        add("{\"n\":" + std::to_string(number) + "}");
    }
    const auto one = claim();
    EXPECT_EQ(one.status, 200);
    EXPECT_EQ(one.body, "[" + answerText(R"({"n":1})", "CLAIMED") + "]");
    EXPECT_EQ(inputsIn(claim("?num_tasks=2").body), (Texts{R"({"n":2})", R"({"n":3})"}));
    set(R"({"n":2})", "PENDING");
    const std::string most = "?num_tasks=" + std::string(40, '9');
    EXPECT_EQ(inputsIn(claim(most).body), (Texts{R"({"n":2})", R"({"n":4})", R"({"n":5})"}));
    EXPECT_EQ(claim(most).body, "[]");
}

TEST_P(Tasks, AreNotClaimedInAnotherNumberThanAWholeOneAboveZero)
{
    add("{}");
    for (const std::string number : {"0", "-1", "x", "", "1.5", "1x", "%31%00"}) {
        EXPECT_EQ(claim("?num_tasks=" + number).status, 422) << number;
    }
    EXPECT_EQ(claim("?num_tasks=1", "[]").status, 422);
    EXPECT_EQ(claim("?num_tasks=1", R"({"name":"mails","input":{}})").status, 422);
    EXPECT_EQ(sizeOf(claim("?num_tasks=0&num_tasks=1&other=7").body), 1U);
}

TEST_P(Tasks, AreListedByPipelineAndStatus)
{
    const std::string other = porch.tokenFor("others");
    add(R"({"n":1})");
    add(R"({"n":2})");
    set(R"({"n":2})", "DONE");
    porch.call("POST", "/tasks/", other, taskText(pipelineText("others"), R"({"n":3})"));
    EXPECT_EQ(inputsIn(list().body), (Texts{R"({"n":1})", R"({"n":2})", R"({"n":3})"}));
    EXPECT_EQ(inputsIn(list("?pipeline_name=mails").body), (Texts{R"({"n":1})", R"({"n":2})"}));
    EXPECT_EQ(list("?pipeline_name=mails&status=DONE").body,
              "[" + answerText(R"({"n":2})", "DONE") + "]");
    EXPECT_EQ(inputsIn(list("?status=PENDING").body), (Texts{R"({"n":1})", R"({"n":3})"}));
    EXPECT_EQ(list("?pipeline_name=mail").body, "[]");
    EXPECT_EQ(list("?pipeline_name=mails&status=FAILED").body, "[]");
    for (const std::string status : {"done", "", "ALL"}) {
        EXPECT_EQ(list("?status=" + status).status, 422) << status;
    }
}

TEST_P(Tasks, OfAnotherVersionAreAnotherMatterInThreeOnly)
{
    const std::string second = pipelineText("mails", "2");
    add(R"({"n":1})");
    const auto unregistered = add(R"({"n":1})", "PENDING", second);
    if (!hasVersions()) {
        // What was registered is shown, what was sent is ignored.
        EXPECT_EQ(unregistered.status, 200);
        EXPECT_EQ(unregistered.body, answerText(R"({"n":1})", "PENDING"));
        EXPECT_EQ(add(R"({"n":2})", "PENDING", R"({"name":"mails","uri":"x"})").status, 201);
        EXPECT_EQ(set(R"({"n":2})", "DONE", R"({"name":"mails"})").status, 200);
        EXPECT_EQ(claim("", second).body, "[" + answerText(R"({"n":1})", "CLAIMED") + "]");
        EXPECT_EQ(sizeOf(list("?pipeline_version=2").body), 2U);
        return;
    }
    EXPECT_EQ(unregistered.status, 404);
    EXPECT_EQ(claim("", second).status, 404);
    EXPECT_EQ(set(R"({"n":1})", "DONE", second).status, 404);
    ASSERT_EQ(porch.call("POST", "/versions/", token, second).status, 201);
    EXPECT_EQ(claim("", second).body, "[]");
    const auto added = add(R"({"n":1})", "PENDING", second);
    EXPECT_EQ(added.status, 201);
    EXPECT_EQ(textAt(added.body, {"pipeline", "version"}), "2");
    EXPECT_EQ(set(R"({"n":1})", "DONE", second).status, 200);
    EXPECT_EQ(claim().body, "[" + answerText(R"({"n":1})", "CLAIMED") + "]");
    EXPECT_EQ(sizeOf(list("?pipeline_name=mails").body), 2U);
    EXPECT_EQ(sizeOf(list("?pipeline_name=mails&pipeline_version=2&status=DONE").body), 1U);
    EXPECT_EQ(list("?pipeline_name=mails&pipeline_version=3").body, "[]");
    EXPECT_EQ(list("?pipeline_version=2").status, 400);
}

TEST_P(Tasks, ShowOnThePagesForPeopleAsTextOnly)
{
    add(R"({"n":"<script>&"})");
    set(R"({"n":"<script>&"})", "FAILED");
    const auto page = porch.call("GET", "/recently_failed");
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find(R"({"n":"&lt;script&gt;&amp;"})"), std::string::npos) << page.body;
    EXPECT_NE(porch.call("GET", "/").body.find("<td>mails</td><td>FAILED</td><td>1</td>"),
              std::string::npos);
    add("{}");
    claim();
    EXPECT_NE(porch.call("GET", "/long_running").body.find("<td>CLAIMED</td>"), std::string::npos);
}

FOR_BOTH_GENERATIONS(Tasks);
