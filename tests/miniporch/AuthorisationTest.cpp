#include "miniporch/Miniporch.h"

#include <sstream>

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

/// Who asks.
enum class Asks { nobody, stranger, revoked, administrator, owner, otherOwner };

constexpr std::array kAsking{
    std::pair{Asks::nobody, "nobody"},
    std::pair{Asks::stranger, "a token that was never issued"},
    std::pair{Asks::revoked, "a revoked token"},
    std::pair{Asks::administrator, "an administrator"},
    std::pair{Asks::owner, "the pipeline's token"},
    std::pair{Asks::otherOwner, "another pipeline's token"},
};

/// One request, and whom it is done for. Everybody else is refused and changes nothing.
struct Right {
    std::string method;
    std::string target;
    enum class For { everybody, administrator, owner } whom{};
    int status{}; ///< for whom it is done
    enum class Body { none, newPipeline, newTask, knownTask, pipeline, newVersion } body{};
};

std::string inWords(const Right& right)
{
    return right.method + " " + right.target;
}

class Authorisation : public BothGenerations {
protected:
    using For = Right::For;
    using Body = Right::Body;

    std::vector<Right> rights() const
    {
        const int ofVersions = hasVersions() ? 200 : 404;
        return {
            {"GET", "/", For::everybody, 200},
            {"GET", "/api/v1/openapi.json", For::everybody, 200},
            {"GET", "/pipelines/", For::everybody, 200},
            {"GET", "/pipelines/mails", For::everybody, 200},
            {"GET", "/tasks/", For::everybody, 200},
            {"GET", "/versions/mails", For::everybody, ofVersions},
            {"POST", "/pipelines/", For::administrator, 201, Body::newPipeline},
            {"POST", "/pipelines/mails/token/more", For::administrator, 201},
            {"POST", "/tasks/", For::owner, 201, Body::newTask},
            {"PUT", "/tasks/", For::owner, 200, Body::knownTask},
            {"POST", "/tasks/claim", For::owner, 200, Body::pipeline},
            {"POST", "/versions/", hasVersions() ? For::owner : For::everybody,
             hasVersions() ? 201 : 404, Body::newVersion},
            // No token makes a method or a path of these.
            {"DELETE", "/tasks/", For::everybody, 405},
            {"PUT", "/pipelines/", For::everybody, 405, Body::newPipeline},
            {"GET", "/tasks/claim", For::everybody, 405},
            {"POST", "/api/v1/openapi.json", For::everybody, 405},
            {"POST", "/tokens/", For::everybody, 404},
        };
    }

    void SetUp() override
    {
        _tokens[Asks::stranger] = std::string(32, '0');
        _tokens[Asks::administrator] = porch.administrator();
        _tokens[Asks::owner] = porch.tokenFor("mails");
        _tokens[Asks::otherOwner] = porch.tokenFor("others");
        const auto revoked = porch.command({"issue-token", "--pipeline", "mails"});
        _tokens[Asks::revoked] = revoked.output.substr(0, revoked.output.find('\n'));
        std::istringstream lines(porch.command({"list-tokens"}).output);
        std::string last;
        for (std::string line; std::getline(lines, line);) {
            last = line.substr(0, line.find('\t'));
        }
        ASSERT_EQ(porch.command({"revoke-token", last}).status, 0);
        ASSERT_EQ(ask(Asks::owner, "POST", "/tasks/", task("\"known\"", "PENDING")).status, 201);
    }

    HttpReply ask(Asks who, const std::string& method, const std::string& target,
                  const std::string& body)
    {
        return porch.call(method, target, _tokens[who], body);
    }

    /// New ones are new at each call.
    std::string bodyOf(const Right& right)
    {
        const auto number = std::to_string(++_made);
        switch (right.body) {
        case Body::newPipeline:
            return pipelineText("made" + number);
        case Body::newTask:
            return task(number, "PENDING");
        case Body::knownTask:
            return task("\"known\"", "FAILED");
        case Body::pipeline:
            return pipelineText("mails");
        case Body::newVersion:
            return pipelineText("mails", "v" + number);
        case Body::none:
            break;
        }
        return "";
    }

    /// All that a request could have changed.
    std::string everything()
    {
        return porch.call("GET", "/pipelines/").body + porch.call("GET", "/tasks/").body +
               porch.command({"list-tokens"}).output;
    }

    static std::string task(const std::string& input, const std::string& status)
    {
        return taskText(pipelineText("mails"), R"({"number":)" + input + "}", status);
    }

private:
    std::map<Asks, std::string> _tokens;
    int _made{};
};

} // namespace

TEST_P(Authorisation, IsForEachTokenAndRequestAsTheTableSays)
{
    int looked = 0;
    for (const auto& right : rights()) {
        for (const auto& [who, name] : kAsking) {
            ++looked;
            const bool isDone = right.whom == For::everybody ||
                                (right.whom == For::administrator && who == Asks::administrator) ||
                                (right.whom == For::owner && who == Asks::owner);
            const bool isUnknown = who == Asks::nobody && hasVersions();
            const auto before = everything();
            const auto reply = ask(who, right.method, right.target, bodyOf(right));
            EXPECT_EQ(reply.status, isDone      ? right.status
                                    : isUnknown ? 401
                                                : 403)
                << inWords(right) << " of " << name << ": " << reply.body;
            const bool isWriting = isDone && right.whom != For::everybody;
            EXPECT_EQ(everything() != before, isWriting) << inWords(right) << " of " << name;
        }
    }
    EXPECT_EQ(looked, 102);
}

FOR_BOTH_GENERATIONS(Authorisation);
