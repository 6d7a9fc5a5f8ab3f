#include "queue/PorchTesting.h"
#include "support/Process.h"

#include <thread>

namespace notifyhost::test {
namespace {

using queue::PorchClient;
using queue::QueueError;
using queue::TaskStatus;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = QueueError::Kind;
using Then = ScriptedReply::Then;

const std::string kInput = R"({"n": 1})";
const queue::QueuedTask kTask{kMails, std::string(64, '7'), kInput, TaskStatus::claimed};

/// One thing a client does.
struct Deed {
    const char* name;
    const char* begins; ///< of its errors
    const char* method;
    bool mayBeRepeated;
    void (*act)(PorchClient&);
};

void PrintTo(const Deed& deed, std::ostream* output)
{
    *output << deed.name;
}

const Deed kDeeds[] = {
    {"Add", "adding to pipeline well mails: ", "POST", true,
     [](PorchClient& porch) { porch.add(kMails, {kInput}); }},
    {"Claim", "claiming from pipeline well mails: ", "POST", false,
     [](PorchClient& porch) { porch.claim(kMails, 2); }},
    {"Done", "to DONE: ", "PUT", true,
     [](PorchClient& porch) { porch.update(kTask, TaskStatus::done); }},
    {"Pending", "to PENDING: ", "PUT", false,
     [](PorchClient& porch) { porch.update(kTask, TaskStatus::pending); }},
    {"List", "listing the tasks of pipeline well mails: ", "GET", true,
     [](PorchClient& porch) { porch.list(kMails, TaskStatus::claimed); }},
    {"Register", "registering pipeline well mails: ", "POST", true,
     [](PorchClient& porch) { porch.registerPipeline(kMails); }},
    {"Token", "making a token for pipeline well mails: ", "POST", false,
     [](PorchClient& porch) { porch.makeToken(kMails, "mine"); }},
};

class PorchFaults : public testing::TestWithParam<Deed> {
protected:
    QueueError failure(PorchClient& porch)
    {
        const auto error = failureOf([&] { GetParam().act(porch); });
        EXPECT_THAT(error.what(), HasSubstr(GetParam().begins));
        EXPECT_THAT(error.what(), HasSubstr(std::string(GetParam().method) + " http"));
        return error;
    }

    QueueError failureAt(const ScriptedHttpServer& peer)
    {
        PorchClient porch(settingsFor(peer.url()));
        return failure(porch);
    }

    /// How often something is sent that comes to no good.
    std::size_t attempts() const { return GetParam().mayBeRepeated ? 4 : 1; }
};

INSTANTIATE_TEST_SUITE_P(Every, PorchFaults, testing::ValuesIn(kDeeds),
                         [](const auto& deed) { return std::string(deed.param.name); });

TEST_P(PorchFaults, SaysThatNobodyListens)
{
    PorchClient porch(settingsFor("http://127.0.0.1:" + std::to_string(freePort()) + "/"));
    const auto error = failure(porch);
    EXPECT_EQ(error.kind(), Kind::unavailable);
    // Nothing was sent, so that trying again repeats nothing.
    EXPECT_THAT(error.what(), AllOf(HasSubstr("Connection refused"), HasSubstr("tried 4 times")));
}

TEST_P(PorchFaults, RepeatsAfterAResetOnlyWhatMayBeRepeated)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) {
        return ScriptedReply{"", Then::reset};
    });
    EXPECT_EQ(failureAt(peer).kind(), GetParam().mayBeRepeated ? Kind::unavailable : Kind::lost);
    EXPECT_EQ(peer.requests().size(), attempts());
}

TEST_P(PorchFaults, GivesUpOnSilence)
{
    const ScriptedHttpServer peer(
        {{"", Then::silence}, {"", Then::silence}, {"", Then::silence}, {"", Then::silence}});
    auto settings = settingsFor(peer.url());
    settings.answerTimeout = std::chrono::milliseconds{200};
    settings.firstPause = std::chrono::seconds{60};
    PorchClient porch(settings);
    const auto error = failure(porch);
    EXPECT_EQ(error.kind(), GetParam().mayBeRepeated ? Kind::unavailable : Kind::lost);
    EXPECT_THAT(error.what(), HasSubstr("waiting for the answer: gave up after 0."));
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_P(PorchFaults, GivesUpOnAnAnswerThatDrips)
{
    auto slow = answer(200, std::string(5000, ' '));
    slow.pause = std::chrono::milliseconds{20};
    const ScriptedHttpServer peer({slow});
    auto settings = settingsFor(peer.url());
    settings.answerTimeout = std::chrono::milliseconds{200};
    settings.firstPause = std::chrono::seconds{60};
    PorchClient porch(settings);
    EXPECT_THAT(failure(porch).what(), HasSubstr("reading the answer's"));
}

TEST_P(PorchFaults, RepeatsWhileAGatewayHasNoPorch)
{
    for (const int status : {502, 503, 504}) {
        const ScriptedHttpServer peer([&](const ScriptedRequest&) {
            return answer(status, "\n<html>\n<head><title>Bad Gateway</title>", "text/html");
        });
        const auto error = failureAt(peer);
        const bool inDoubt = !GetParam().mayBeRepeated && status != 503;
        EXPECT_EQ(error.kind(), inDoubt ? Kind::lost : Kind::unavailable);
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(status) + " Scripted: <html>"));
        EXPECT_EQ(peer.requests().size(), attempts());
    }
}

TEST_P(PorchFaults, DoesNotRepeatWhatPorchItselfFailedAt)
{
    const ScriptedHttpServer peer({answer(500, "Internal Server Error", "text/plain")});
    const auto error = failureAt(peer);
    EXPECT_EQ(error.kind(), Kind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("500 Scripted: Internal Server Error"));
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_P(PorchFaults, StopsAtWrongCredentialsAndNamesTheSetting)
{
    for (const int status : {401, 403}) {
        // A careless server repeats what it was given.
        const ScriptedHttpServer peer(
            {answer(status, R"({"detail": "Invalid token )" + std::string(150, '.') +
                                kPipelineToken + kAdminToken + "\"}")});
        const auto error = failureAt(peer);
        EXPECT_EQ(error.kind(), Kind::credentials);
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(status) + " Scripted: {\"detail\": "));
        if (std::string(GetParam().method) != "GET") {
            EXPECT_THAT(error.what(), HasSubstr("the token that was used is "));
        }
        EXPECT_EQ(peer.requests().size(), 1U);
    }
}

TEST_P(PorchFaults, SaysWhatIsNotThere)
{
    const ScriptedHttpServer peer({answer(404, R"({"detail": "Pipeline 'x' not found"})")});
    const auto error = failureAt(peer);
    EXPECT_EQ(error.kind(), Kind::unknown);
    EXPECT_THAT(error.what(),
                HasSubstr("404 Scripted: {\"detail\": \"Pipeline 'x' not found\"}; "));
}

TEST_P(PorchFaults, FollowsNoRedirect)
{
    const ScriptedHttpServer elsewhere({answer(200, "[]")});
    const ScriptedHttpServer peer(
        {answer(307, "", "text/plain", "Location: " + elsewhere.url("/x?secret=1") + "\r\n")});
    const auto error = failureAt(peer);
    EXPECT_EQ(error.kind(), Kind::configuration);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("307 Scripted"), HasSubstr(elsewhere.url("/x"))));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("secret")));
    EXPECT_THAT(elsewhere.requests(), IsEmpty());
}

TEST_P(PorchFaults, TakesAPageForNoAnswer)
{
    const std::string name = GetParam().name;
    const ScriptedHttpServer peer({answer(name == "Register" ? 299 : 200, "[]", "text/html")});
    const auto error = failureAt(peer);
    EXPECT_EQ(error.kind(), GetParam().mayBeRepeated ? Kind::unavailable : Kind::lost);
    if (name != "Register" && name != "Token") {
        EXPECT_THAT(error.what(), HasSubstr("its content type is text/html"));
    }
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_P(PorchFaults, SaysWhatStatusItDoesNotKnow)
{
    const ScriptedHttpServer peer({answer(418, "short and stout", "text/plain")});
    const auto error = failureAt(peer);
    EXPECT_EQ(error.kind(), Kind::refused);
    EXPECT_THAT(error.what(), HasSubstr("418 Scripted: short and stout"));
}

TEST_P(PorchFaults, NoticesABodyCutShort)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) {
        return ScriptedReply{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 10\r\n\r\n[]",
                             Then::close};
    });
    const auto error = failureAt(peer);
    EXPECT_EQ(error.kind(), GetParam().mayBeRepeated ? Kind::unavailable : Kind::lost);
    EXPECT_THAT(error.what(), HasSubstr("8 octets of its body are missing"));
    EXPECT_EQ(peer.requests().size(), attempts());
}

TEST_P(PorchFaults, RefusesAHundredMebibytes)
{
    const ScriptedHttpServer peer([](const ScriptedRequest&) {
        return ScriptedReply{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 104857600\r\n\r\n",
                             Then::endless};
    });
    EXPECT_THAT(failureAt(peer).what(), HasSubstr("larger than the 67108864 octets"));
}

TEST_P(PorchFaults, SendsNothingTwiceWhenTheKeptConnectionWasClosed)
{
    const ScriptedHttpServer peer([](const ScriptedRequest& request) {
        auto reply = request.line().starts_with("PUT") ? answer(200, taskAnswer(kInput, "DONE"))
                     : request.line().find("/token/") != std::string::npos
                         ? answer(201, R"({"token": "cccccccccccccccccccccccccccccccc"})")
                     : request.line().starts_with("POST /tasks/ ") ? answer(201, taskAnswer(kInput))
                     : request.line().find("/tasks/") == std::string::npos ? answer(201, kMailsJson)
                                                                           : answer(200, "[]");
        reply.then = Then::close;
        return reply;
    });
    PorchClient porch(settingsFor(peer.url()));
    GetParam().act(porch);
    const auto once = peer.requests().size();
    while (peer.openConnections() > 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    GetParam().act(porch);
    EXPECT_EQ(peer.requests().size(), 2 * once);
}

TEST(PorchTrouble, WithoutATokenAsksNobody)
{
    const ScriptedHttpServer peer({answer(200, "[]")});
    auto settings = settingsFor(peer.url());
    settings.pipelineToken.text.clear();
    PorchClient porch(settings);
    const auto error = failureOf([&] { porch.claim(kMails, 1); });
    EXPECT_EQ(error.kind(), Kind::credentials);
    EXPECT_THAT(error.what(), HasSubstr("set porch_token in [pipeline.wells]"));
    settings.pipelineToken.text = "two\r\nlines";
    const auto odd = failureOf([&] { PorchClient(settings).claim(kMails, 1); });
    EXPECT_EQ(odd.kind(), Kind::credentials);
    EXPECT_THAT(odd.what(), testing::Not(HasSubstr("two")));
    EXPECT_THAT(peer.requests(), IsEmpty());
}

TEST(PorchTrouble, FindsPorchAgainAfterAMoment)
{
    const ScriptedHttpServer peer({answer(503, ""), {"", Then::reset}, answer(200, "[]")});
    EXPECT_THAT(PorchClient(settingsFor(peer.url())).list(kMails, {}), IsEmpty());
    EXPECT_EQ(peer.requests().size(), 3U);
}

TEST(PorchTrouble, WaitsLongerForAPorchThatHasAnsweredBefore)
{
    auto late = answer(200, "[]");
    late.delay = std::chrono::milliseconds{900};
    const ScriptedHttpServer dead({{"", Then::silence}});
    const ScriptedHttpServer slow({answer(200, "[]"), late});
    auto settings = settingsFor(dead.url());
    settings.firstAnswerTimeout = std::chrono::milliseconds{600};
    settings.firstPause = std::chrono::seconds{60};
    const auto error = failureOf([&] { PorchClient(settings).add(kMails, {kInput}); });
    EXPECT_EQ(error.kind(), Kind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("gave up after 0."));
    settings.url = slow.url();
    PorchClient porch(settings);
    EXPECT_THAT(porch.list(kMails, TaskStatus::claimed), IsEmpty());
    EXPECT_THAT(porch.list(kMails, TaskStatus::running), IsEmpty());
}

TEST(PorchTrouble, ReadsNoListThatDoesNotEnd)
{
    for (const auto* body : {"[", "", "[{}", R"(["a)", "[1,]", "[1 2] 3", "{}", "[,]"}) {
        const ScriptedHttpServer peer({answer(200, body)});
        const auto error =
            failureOf([&] { PorchClient(settingsFor(peer.url())).list(kMails, {}); });
        EXPECT_EQ(error.kind(), Kind::unavailable) << body;
        EXPECT_THAT(error.what(), HasSubstr("its body cannot be used: at octet")) << body;
    }
}

TEST(PorchTrouble, SaysThatAClaimMayHaveHappened)
{
    const ScriptedHttpServer peer({{"HTTP/1.1 200 OK\r\nContent-Le", Then::reset}});
    EXPECT_THAT(failureOf([&] { PorchClient(settingsFor(peer.url())).claim(kMails, 1); }).what(),
                HasSubstr("some tasks may be CLAIMED for nobody"));
}

TEST(PorchTrouble, WaitsNoLongerThanAnAnswerTakesForAnotherClaim)
{
    std::optional<ScriptedHttpServer> peer(
        std::vector<ScriptedReply>{{"", Then::silence}, answer(200, "[]")});
    const TemporaryFolder folder;
    auto settings = settingsFor(peer->url());
    settings.lockFolder = folder.path();
    settings.answerTimeout = std::chrono::seconds{20};
    const std::jthread first([settings] {
        try {
            PorchClient(settings).claim(kMails, 1);
        } catch (const QueueError&) {
            // The server hangs up at the end of the test.
        }
    });
    while (peer->requests().empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    settings.answerTimeout = std::chrono::milliseconds{100};
    const auto error = failureOf([&] { PorchClient(settings).claim(kMails, 1); });
    EXPECT_EQ(error.kind(), Kind::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("another claim of this host"));
    EXPECT_EQ(peer->requests().size(), 1U);
    peer.reset();
}

TEST(PorchTrouble, SaysThatTheLockFileCannotBeOpened)
{
    auto settings = settingsFor("http://127.0.0.1:9/");
    settings.lockFolder = "/nowhere";
    const auto error = failureOf([&] { PorchClient(settings).claim(kMails, 1); });
    EXPECT_EQ(error.kind(), Kind::storage);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/claim-"));
}

/// TLS with a certificate of our own making.
class PorchTls : public testing::Test {
protected:
    QueueError failureWith(const CertificateAuthority::Files& files,
                           const std::filesystem::path& caFile)
    {
        const ScriptedHttpServer peer({answer(200, "[]")}, {.tls = files});
        auto settings = settingsFor(peer.url());
        settings.caFile = caFile;
        const auto error = failureOf([&] { PorchClient(settings).claim(kMails, 1); });
        EXPECT_EQ(error.kind(), Kind::configuration);
        EXPECT_THAT(error.what(), AllOf(HasSubstr("claiming from pipeline well mails: POST "),
                                        HasSubstr("ssl_cert_file")));
        EXPECT_THAT(peer.requests(), IsEmpty());
        return error;
    }

    TemporaryFolder folder;
    CertificateAuthority authority{folder.path(), "Our Test CA"};
    const std::string names = "DNS:localhost";
};

TEST_F(PorchTls, WorksWithAVerifiedPeer)
{
    const ScriptedHttpServer peer({answer(200, "[]"), answer(200, "[]")},
                                  {.tls = authority.issue("localhost", names)});
    auto settings = settingsFor(peer.url());
    settings.caFile = authority.certificate();
    PorchClient porch(settings);
    EXPECT_THAT(porch.claim(kMails, 1), IsEmpty());
    EXPECT_THAT(porch.list(kMails, {}), IsEmpty());
    EXPECT_EQ(peer.connections(), 1);
}

TEST_F(PorchTls, NamesHostIssuerAndExpiryOfAnExpiredCertificate)
{
    const auto error =
        failureWith(authority.issue("localhost", names, CertificateAuthority::Validity::expired),
                    authority.certificate());
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("certificate of localhost is not accepted"), HasSubstr("expired"),
                      HasSubstr("issuer CN=Our Test CA, expires 20")));
}

TEST_F(PorchTls, RefusesAForeignIssuer)
{
    CertificateAuthority foreign(folder / "foreign", "Foreign Test CA");
    EXPECT_THAT(failureWith(foreign.issue("localhost", names), authority.certificate()).what(),
                HasSubstr("issuer CN=Foreign Test CA"));
}

TEST_F(PorchTls, RefusesAnotherHostsCertificate)
{
    EXPECT_THAT(
        failureWith(authority.issue("other", "DNS:other.example.org"), authority.certificate())
            .what(),
        AllOf(HasSubstr("names other.example.org"), HasSubstr("localhost")));
}

TEST_F(PorchTls, NeedsTheFileItIsToTrust)
{
    const auto files = authority.issue("localhost", names);
    EXPECT_THAT(failureWith(files, folder / "absent.pem").what(), HasSubstr("cannot be read"));
    EXPECT_THAT(failureWith(files, folder.write("text.pem", "no PEM")).what(),
                HasSubstr("holds no certificate"));
}

} // namespace
} // namespace notifyhost::test
