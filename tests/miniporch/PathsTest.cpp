#include "miniporch/Miniporch.h"

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

class Paths : public BothGenerations {};

} // namespace

TEST_P(Paths, HaveACanonicalFormThatTheOtherOneLeadsTo)
{
    const std::vector<std::array<std::string, 3>> forms{
        {"GET", "/pipelines", "/pipelines/"},
        {"POST", "/pipelines", "/pipelines/"},
        {"GET", "/tasks?status=DONE", "/tasks/?status=DONE"},
        {"POST", "/tasks", "/tasks/"},
        {"PUT", "/tasks", "/tasks/"},
        {"POST", "/tasks/claim/?num_tasks=7&a=%20b", "/tasks/claim?num_tasks=7&a=%20b"},
        {"GET", "/tasks/claim/", "/tasks/claim"},
        {"GET", "/pipelines/a%20b/", "/pipelines/a%20b"},
        {"POST", "/pipelines/a/token/b/", "/pipelines/a/token/b"},
        {"GET", "/api/v1/openapi.json/", "/api/v1/openapi.json"}};
    HttpClient client(porch.port());
    for (const auto& [method, target, canonical] : forms) {
        // Without a token: the way is shown to everybody.
        const auto reply = client.exchange(method, target);
        EXPECT_EQ(reply.status, 307) << method << " " << target;
        EXPECT_EQ(reply.headers.at("location"), "http://127.0.0.1" + canonical);
    }
}

TEST_P(Paths, LeadToTheHostTheClientNamed)
{
    HttpClient client(porch.port());
    client.send("GET /tasks HTTP/1.1\r\nHost: porch.example.org:81\r\n\r\n");
    EXPECT_EQ(client.reply().headers.at("location"), "http://porch.example.org:81/tasks/");
    client.send("GET /tasks HTTP/1.1\r\nHost: porch.example.org/evil\r\n\r\n");
    EXPECT_EQ(client.reply().status, 400);
}

TEST_P(Paths, UnknownOnesAre404)
{
    const std::vector<std::string> targets{"//tasks/",
                                           "/tasks//",
                                           "/task/",
                                           "/tasks/claim/x",
                                           "/pipelines/a/token",
                                           "/pipelines//token/x",
                                           "/pipelines/a%2Fb",
                                           "/TASKS/",
                                           "/api/v1/",
                                           "/%00",
                                           "/pipelines/%FF",
                                           "/tasks/../tasks/",
                                           "/nothing"};
    for (const auto& target : targets) {
        const auto reply = porch.call("GET", target);
        EXPECT_EQ(reply.status, 404) << target;
        EXPECT_FALSE(textAt(reply.body, {"detail"}).empty());
        EXPECT_EQ(reply.headers.at("content-type"), "application/json");
    }
    EXPECT_EQ(porch.call("GET", "//tasks/").body, R"({"detail":"Not Found"})");
}

TEST_P(Paths, WithAnotherMethodAre405)
{
    const std::vector<std::array<std::string, 3>> requests{
        {"GET", "/tasks/claim", "POST"},         {"DELETE", "/tasks/", "GET, POST, PUT"},
        {"PUT", "/pipelines/", "GET, POST"},     {"POST", "/pipelines/a", "GET"},
        {"GET", "/pipelines/a/token/b", "POST"}, {"POST", "/api/v1/openapi.json", "GET"},
        {"PATCH", "/tasks/", "GET, POST, PUT"},  {"BREW", "/tasks/", "GET, POST, PUT"}};
    for (const auto& [method, target, allowed] : requests) {
        const auto reply = porch.call(method, target);
        EXPECT_EQ(reply.status, 405) << method << " " << target;
        EXPECT_EQ(reply.body, R"({"detail":"Method Not Allowed"})");
        EXPECT_EQ(reply.headers.at("allow"), allowed);
    }
    EXPECT_EQ(porch.call("HEAD", "/tasks/").status, 405);
}

TEST_P(Paths, OfVersionsAreThereInThreeOnly)
{
    const std::string token = porch.tokenFor("mails");
    const auto reply = porch.call("POST", "/versions/", token, pipelineText("mails", "2"));
    EXPECT_EQ(reply.status, hasVersions() ? 201 : 404) << reply.body;
    EXPECT_EQ(porch.call("POST", "/versions").status, hasVersions() ? 307 : 404);
    EXPECT_EQ(porch.call("GET", "/versions/mails").status, hasVersions() ? 200 : 404);
    EXPECT_EQ(porch.call("GET", "/versions/").status, hasVersions() ? 405 : 404);
}

TEST_P(Paths, OfTheDescriptionAnswersWithTheStatusWords)
{
    const auto reply = porch.call("GET", "/api/v1/openapi.json");
    EXPECT_EQ(reply.status, 200);
    const json::Value document = json::parse(reply.body);
    const auto* words =
        document.find("components")->find("schemas")->find("TaskStateEnum")->find("enum");
    std::vector<std::string> texts;
    for (const auto& word : words->elements) {
        texts.push_back(word.text);
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"PENDING", "CLAIMED", "RUNNING", "DONE", "FAILED",
                                               "CANCELLED"}));
    EXPECT_EQ(document.find("paths")->find("/versions/") != nullptr, hasVersions());
    EXPECT_NE(document.find("paths")->find("/tasks/"), nullptr);
}

TEST_P(Paths, OfTheStartPageIsGoodForAProbe)
{
    const auto reply = porch.call("GET", "/");
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.headers.at("content-type").starts_with("text/html"));
    EXPECT_EQ(porch.call("GET", "/about").status, 200);
}

TEST_P(Paths, MayComeAsAWholeUrl)
{
    const auto reply = porch.call("GET", "http://porch.example.org/tasks/?status=DONE");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "[]");
}

FOR_BOTH_GENERATIONS(Paths);
