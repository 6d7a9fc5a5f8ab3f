#include "miniporch/Miniporch.h"

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

class Tokens : public BothGenerations {
protected:
    HttpReply withHeader(const std::string& value)
    {
        return HttpClient(porch.port())
            .exchange("POST", "/tasks/claim",
                      {{"Content-Type", "application/json"}, {"Authorization", value}},
                      pipelineText("mails"));
    }
};

std::string detailOf(const HttpReply& reply)
{
    return textAt(reply.body, {"detail"});
}

std::string upper(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return text;
}

} // namespace

TEST_P(Tokens, AreMissingWithoutTheHeaderOrWithAnotherScheme)
{
    const std::string token = porch.tokenFor("mails");
    const auto missing = porch.call("POST", "/tasks/claim", "", pipelineText("mails"));
    std::vector<HttpReply> replies{missing, withHeader("Basic " + token), withHeader(token),
                                   withHeader("Bearer"), withHeader("Bearer ")};
    for (const auto& reply : replies) {
        EXPECT_EQ(reply.status, hasVersions() ? 401 : 403);
        EXPECT_EQ(detailOf(reply), "Not authenticated");
        EXPECT_EQ(reply.headers.count("www-authenticate"), hasVersions() ? 1U : 0U);
    }
    if (hasVersions()) {
        EXPECT_EQ(missing.headers.at("www-authenticate"), "Bearer");
    }
}

TEST_P(Tokens, OfWhateverWrongnessHaveOneAnswer)
{
    const std::string token = porch.tokenFor("mails");
    ASSERT_EQ(withHeader("Bearer " + token).status, 200);
    std::string wrongCharacter = token;
    wrongCharacter.back() = 'g';
    std::vector<std::string> wrong{token + "0", token.substr(1), wrongCharacter,
                                   std::string(32, '0'), " " + token};
    if (upper(token) != token) {
        wrong.push_back(upper(token));
    }
    for (const auto& text : wrong) {
        const auto reply = withHeader("Bearer " + text);
        EXPECT_EQ(reply.status, 403) << text;
        EXPECT_EQ(detailOf(reply), "Invalid token");
    }
}

TEST_P(Tokens, AreTakenWhateverTheCaseOfTheScheme)
{
    const std::string token = porch.tokenFor("mails");
    EXPECT_EQ(withHeader("bearer " + token).status, 200);
    EXPECT_EQ(withHeader("BEARER " + token).status, 200);
}

TEST_P(Tokens, OfAnAdministratorAreRefusedForTasks)
{
    porch.tokenFor("mails");
    const std::string& admin = porch.administrator();
    const std::string pipeline = pipelineText("mails");
    for (const auto& reply : {porch.call("POST", "/tasks/", admin, taskText(pipeline, "{}")),
                              porch.call("PUT", "/tasks/", admin, taskText(pipeline, "{}")),
                              porch.call("POST", "/tasks/claim", admin, pipeline)})
    {
        EXPECT_EQ(reply.status, 403);
        EXPECT_NE(detailOf(reply).find("mails"), std::string::npos) << reply.body;
    }
    if (hasVersions()) {
        EXPECT_EQ(porch.call("POST", "/versions/", admin, pipelineText("mails", "2")).status, 403);
    }
}

TEST_P(Tokens, OfAPipelineAreGoodForItAlone)
{
    const std::string token = porch.tokenFor("mails");
    porch.tokenFor("others");
    for (const std::string name : {"others", "unknown"}) {
        const std::string pipeline = pipelineText(name);
        for (const auto& reply : {porch.call("POST", "/tasks/", token, taskText(pipeline, "{}")),
                                  porch.call("PUT", "/tasks/", token, taskText(pipeline, "{}")),
                                  porch.call("POST", "/tasks/claim", token, pipeline)})
        {
            EXPECT_EQ(reply.status, 403);
            EXPECT_EQ(detailOf(reply),
                      "Given credentials cannot be used for pipeline '" + name + "'");
        }
        if (hasVersions()) {
            EXPECT_EQ(porch.call("POST", "/versions/", token, pipeline).status, 403);
        }
    }
    EXPECT_EQ(porch.call("POST", "/tasks/", token, taskText("{}", "{}")).status, 403);
}

TEST_P(Tokens, OfAPipelineNeitherCreatePipelinesNorTokens)
{
    const std::string token = porch.tokenFor("mails");
    const auto create = porch.call("POST", "/pipelines/", token, pipelineText("more"));
    EXPECT_EQ(create.status, 403);
    EXPECT_EQ(detailOf(create), "Forbidden");
    EXPECT_EQ(porch.call("POST", "/pipelines/mails/token/x", token).status, 403);
    EXPECT_EQ(porch.call("POST", "/pipelines/unknown/token/x", token).status, 403);
}

TEST_P(Tokens, OfWhichOnePipelineHasSeveralAreAllGood)
{
    const std::string first = porch.tokenFor("mails");
    const std::string second = porch.tokenFor("mails");
    EXPECT_NE(first, second);
    EXPECT_EQ(porch.call("POST", "/tasks/claim", first, pipelineText("mails")).status, 200);
    EXPECT_EQ(porch.call("POST", "/tasks/claim", second, pipelineText("mails")).status, 200);
}

TEST_P(Tokens, AreMadeForANameAndADescription)
{
    const std::string name = "mails of Ærø";
    porch.call("POST", "/pipelines/", porch.administrator(), pipelineText(name));
    const std::string target = "/pipelines/mails%20of%20%C3%86r%C3%B8/token/cron%20%22a%22%3F";
    const auto reply = porch.call("POST", target, porch.administrator());
    EXPECT_EQ(reply.status, 201);
    EXPECT_EQ(textAt(reply.body, {"name"}), name);
    EXPECT_EQ(textAt(reply.body, {"description"}), "cron \"a\"?");
    const std::string token = textAt(reply.body, {"token"});
    EXPECT_EQ(token.size(), 32U);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(porch.call("POST", "/tasks/claim", token, pipelineText(name)).status, 200);
    EXPECT_EQ(porch.call("POST", "/pipelines/unknown/token/x", porch.administrator()).status, 404);
    // A slash cannot be expressed.
    EXPECT_EQ(porch.call("POST", "/pipelines/mails/token/a%2Fb", porch.administrator()).status,
              404);
}

TEST_P(Tokens, AreNotNeededAndNotLookedAtForReading)
{
    for (const std::string target :
         {"/pipelines/", "/tasks/", "/tasks/?status=DONE", "/api/v1/openapi.json", "/"})
    {
        EXPECT_EQ(porch.call("GET", target).status, 200) << target;
        EXPECT_EQ(porch.call("GET", target, "nonsense").status, 200) << target;
    }
}

TEST_P(Tokens, AreCheckedAfterTheJsonAndBeforeTheShape)
{
    const std::string token = porch.tokenFor("mails");
    const int missing = hasVersions() ? 401 : 403;
    EXPECT_EQ(porch.call("POST", "/tasks/", "", "{").status, 422);
    EXPECT_EQ(porch.call("POST", "/tasks/", "", "{}").status, missing);
    EXPECT_EQ(porch.call("POST", "/tasks/", "", "").status, missing);
    EXPECT_EQ(porch.call("POST", "/tasks/claim?num_tasks=0", "", "{}").status, missing);
    EXPECT_EQ(porch.call("POST", "/tasks/", "x", "[]").status, 403);
    // The shape comes before the permission.
    EXPECT_EQ(porch.call("POST", "/tasks/claim", token, R"({"name":"others","x":1})").status, 422);
    EXPECT_EQ(porch.call("POST", "/tasks/claim?num_tasks=0", token, pipelineText("others")).status,
              422);
    EXPECT_EQ(porch.call("POST", "/pipelines/", token, "{\"name\":7}").status, 422);
    EXPECT_EQ(porch.call("POST", "/pipelines/", token, "{}").status, 403);
}

FOR_BOTH_GENERATIONS(Tokens);
