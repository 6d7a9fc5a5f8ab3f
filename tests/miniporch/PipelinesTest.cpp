#include "miniporch/Miniporch.h"

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

class Pipelines : public BothGenerations {
protected:
    HttpReply create(const std::string& body)
    {
        return porch.call("POST", "/pipelines/", porch.administrator(), body);
    }
};

class Versions : public testing::Test {
protected:
    Miniporch porch{{"--generation", "3"}};
};

} // namespace

TEST_P(Pipelines, AreCreatedOnceByName)
{
    const auto created = create(pipelineText("mails"));
    EXPECT_EQ(created.status, 201);
    EXPECT_EQ(created.body, pipelineText("mails"));
    EXPECT_EQ(create(pipelineText("mails")).status, 409);
    const auto other = create(pipelineText("mails", "2"));
    EXPECT_EQ(other.status, 409);
    EXPECT_FALSE(textAt(other.body, {"detail"}).empty());
}

TEST_P(Pipelines, NeedNameUriAndVersion)
{
    for (const std::string body :
         {R"({"uri":"u","version":"1"})", R"({"name":"mails","version":"1"})",
          R"({"name":"mails","uri":"u"})", R"({"name":"mails","uri":null,"version":"1"})",
          R"({"name":"mails","uri":"u","version":null})", "{}"})
    {
        EXPECT_EQ(create(body).status, 400) << body;
    }
    EXPECT_EQ(porch.call("GET", "/pipelines/").body, "[]");
}

TEST_P(Pipelines, OfTheWrongShapeAre422WithTheWayToEachFault)
{
    const auto reply = create(R"({"name":null,"uri":1,"version":["1"],"extra":true})");
    EXPECT_EQ(reply.status, 422);
    const json::Value answer = json::parse(reply.body);
    const auto& faults = answer.find("detail")->elements;
    ASSERT_EQ(faults.size(), 4U);
    std::set<std::string> members;
    for (const auto& fault : faults) {
        EXPECT_EQ(fault.find("loc")->elements.at(0).text, "body");
        members.insert(fault.find("loc")->elements.at(1).text);
        EXPECT_EQ(fault.find("msg")->kind, json::ValueKind::text);
        EXPECT_EQ(fault.find("type")->kind, json::ValueKind::text);
    }
    EXPECT_EQ(members, (std::set<std::string>{"name", "uri", "version", "extra"}));
    for (const std::string body : {"[]", "7", "null", "\"text\"", "", R"({"name":"a\u0000b"})"}) {
        EXPECT_EQ(create(body).status, 422) << body;
    }
}

TEST_P(Pipelines, AreListedAndNarrowedByExactMatch)
{
    create(pipelineText("a", "1"));
    create(R"({"name":"b c","uri":"https://git.example.org/a","version":"2"})");
    const auto names = [&](const std::string& query) {
        std::string joined;
        const json::Value list = json::parse(porch.call("GET", "/pipelines/" + query).body);
        for (const auto& pipeline : list.elements) {
            joined += pipeline.find("name")->text + ";";
        }
        return joined;
    };
    EXPECT_EQ(names(""), "a;b c;");
    EXPECT_EQ(names("?version=2"), "b c;");
    EXPECT_EQ(names("?uri=https%3A%2F%2Fgit.example.org%2Fa"), "a;b c;");
    EXPECT_EQ(names("?uri=https://git.example.org/a&version=1"), "a;");
    EXPECT_EQ(names("?uri=https://git.example.org/"), "");
    EXPECT_EQ(porch.call("GET", "/pipelines/?uri=none").body, "[]");
    EXPECT_EQ(porch.call("GET", "/pipelines/?uri=%FF").status, 422);
}

TEST_P(Pipelines, AreFoundByName)
{
    create(pipelineText("well mails"));
    const auto found = porch.call("GET", "/pipelines/well%20mails");
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(found.body, pipelineText("well mails"));
    const auto missing = porch.call("GET", "/pipelines/others");
    EXPECT_EQ(missing.status, 404);
    EXPECT_NE(textAt(missing.body, {"detail"}).find("others"), std::string::npos);
}

FOR_BOTH_GENERATIONS(Pipelines);

TEST_F(Versions, AreCreatedByThePipelineAndListedInOrder)
{
    const std::string token = porch.tokenFor("mails");
    EXPECT_EQ(porch.call("POST", "/versions/", token, pipelineText("mails", "1")).status, 409);
    const auto created = porch.call("POST", "/versions/", token, pipelineText("mails", "0.9"));
    EXPECT_EQ(created.status, 201);
    EXPECT_EQ(created.body, pipelineText("mails", "0.9"));
    EXPECT_EQ(porch.call("POST", "/versions/", token, pipelineText("mails", "0.9")).status, 409);
    EXPECT_EQ(porch.call("GET", "/versions/mails").body, R"(["1","0.9"])");
    EXPECT_EQ(porch.call("GET", "/versions/others").body, "[]");
}

TEST_F(Versions, NeedAllThreeParts)
{
    const std::string token = porch.tokenFor("mails");
    for (const std::string body :
         {R"({"name":"mails","uri":"u"})", R"({"name":"mails","version":"2"})",
          R"({"name":"mails","uri":null,"version":"2"})"})
    {
        EXPECT_EQ(porch.call("POST", "/versions/", token, body).status, 400) << body;
    }
    EXPECT_EQ(porch.call("POST", "/versions/", "", pipelineText("mails", "2")).status, 401);
}

TEST_F(Versions, HaveAtMost32Characters)
{
    const std::string token = porch.tokenFor("mails");
    const std::string longest = "é" + std::string(31, '1');
    EXPECT_EQ(porch.call("POST", "/versions/", token, pipelineText("mails", longest)).status, 201);
    EXPECT_EQ(porch.call("POST", "/versions/", token, pipelineText("mails", longest + "1")).status,
              422);
    EXPECT_EQ(porch
                  .call("POST", "/pipelines/", porch.administrator(),
                        pipelineText("more", std::string(33, '1')))
                  .status,
              422);
}
