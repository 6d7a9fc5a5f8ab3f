#include "acceptance/Site.h"
#include "queue/PorchClient.h"
#include "support/AiosmtpdServer.h"
#include "support/LangQcStandIn.h"
#include "support/MariaDbServer.h"
#include "support/MiniporchServer.h"
#include "support/ScriptedHttpServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;

const queue::Pipeline kPipeline{"ont-event-email", "https://example.org/notifications", "1.0"};

std::string urlOf(const MiniporchServer& porch)
{
    return "http://127.0.0.1:" + std::to_string(porch.port()) + "/";
}

/// A site whose queue is a porch. queueKeys goes into [PORCH], more behind everything.
class PorchSite {
public:
    explicit PorchSite(const std::string& queueKeys, const std::string& extra = "") : site(extra)
    {
        change("url = sqlite:queue.sqlite\n", queueKeys + "\n");
    }

    void change(const std::string& from, const std::string& to)
    {
        std::string text = readFile(site.folder() / "notifyhost.ini");
        text.replace(text.find(from), from.size(), to);
        site.folder().write("notifyhost.ini", text);
    }

    ProcessResult notifyhost(const std::vector<std::string>& words, const std::string& input = "")
    {
        return site.notifyhost(words, input);
    }

    /// From now on the pipeline has this token.
    void useToken(const std::string& token, const std::string& porchName = kPipeline.name)
    {
        const auto file = site.folder().write(porchName + ".token", token + "\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_read);
        change("porch_name = " + porchName + "\n",
               "porch_name = " + porchName + "\nporch_token_file = " + porchName + ".token\n");
    }

    /// Registers the pipeline and makes a token, which it has from now on.
    std::string settle(const std::string& pipeline = "ont",
                       const std::string& porchName = kPipeline.name)
    {
        const auto registered = notifyhost({"register", pipeline});
        EXPECT_EQ(registered.status, 0) << registered.error;
        EXPECT_EQ(registered.output + registered.error, "");
        const auto made = notifyhost({"token", pipeline});
        EXPECT_EQ(made.status, 0) << made.error;
        EXPECT_THAT(made.output, MatchesRegex("[0-9a-f]{32}\n"));
        const std::string token = made.output.substr(0, made.output.find('\n'));
        useToken(token, porchName);
        return token;
    }

    Site site;
};

/// The first lines of the sample, which the sample warehouse knows: runs 901, 902 and 903.
std::string knownLines()
{
    std::string text;
    for (const auto& line : sampleLines("sample-baton.jsonl")) {
        text += line + "\n";
        if (text.find("ONTRUN-903") != std::string::npos) {
            break;
        }
    }
    return text;
}

TEST(PorchRun, TakesEventsTheWholeWayOverHttpInBothGenerations)
{
    for (const auto* generation : {"2", "3"}) {
        const MiniporchServer porch({"--generation", generation});
        PorchSite site("url = " + urlOf(porch) + "\nadmin_token = " + porch.administratorToken());
        const auto early = site.notifyhost({"add", "ont"}, knownLines());
        EXPECT_EQ(early.status, 77);
        EXPECT_THAT(early.error, HasSubstr("set porch_token in [pipeline.ont] or pipeline_token"));
        const std::string token = site.settle();
        EXPECT_EQ(site.notifyhost({"register", "ont"}).status, 0);
        const auto first = site.notifyhost({"-d", "add", "ont"}, knownLines());
        EXPECT_EQ(first.status, 0) << first.error;
        EXPECT_EQ(first.output, knownLines());
        EXPECT_THAT(first.error, AllOf(HasSubstr(" added, 0 known"), Not(HasSubstr(token))));
        EXPECT_THAT(site.notifyhost({"-v", "add", "ont"}, knownLines()).error,
                    HasSubstr(" 0 added, "));
        const auto ran = site.notifyhost({"run", "ont"});
        EXPECT_EQ(ran.status, 0) << ran.error;
        EXPECT_EQ(ran.output + ran.error, "");
        const auto mails = site.site.mails().size();
        EXPECT_GE(mails, 8U);
        const auto listed = site.notifyhost({"list", "ont"}).output;
        EXPECT_THAT(listed, AllOf(HasSubstr("DONE"), Not(HasSubstr("PENDING")),
                                  Not(HasSubstr("CLAIMED")), Not(HasSubstr("RUNNING"))));
        EXPECT_EQ(site.notifyhost({"run", "ont"}).status, 0);
        EXPECT_EQ(site.site.mails().size(), mails);
    }
}

/// LangQC's answer about one product of the sample.
std::string oneState(const std::string& product)
{
    const std::string all = LangQcStandIn::recentStates();
    const auto begin = all.find("\"" + product + "\": [");
    return "{" + all.substr(begin, all.find("\n  ]", begin) + 4 - begin) + "}";
}

TEST(PorchRun, TakesBothKindsTheWholeWayOverHttpsWithRealServersAllAround)
{
    const TemporaryFolder folder;
    CertificateAuthority authority(folder.path(), "Our Test CA");
    const auto files = authority.issue("localhost", "DNS:localhost");
    const MiniporchServer porch({"--tls-cert", files.certificate, "--tls-key", files.key});
    MariaDbServer database;
    database.execute("CREATE DATABASE mlwh CHARACTER SET utf8mb4;"
                     "CREATE USER reader@'%' IDENTIFIED BY 'a;b#c';"
                     "GRANT SELECT ON mlwh.* TO reader@'%'");
    database.load("mlwh", TEST_DATA "/mlwh-schema.sql");
    database.load("mlwh", TEST_DATA "/mlwh-sample.sql");
    const AiosmtpdServer smtp;
    LangQcStandIn langQc;
    langQc.answer("products/qc", answer(200, oneState(product::kTwoStudies)));
    PorchSite site("url = https://localhost:" + std::to_string(porch.port()) +
                       "\nadmin_token = ${env:PORCH_ADMIN}\n"
                       "[SSL]\nssl_cert_file = " +
                       authority.certificate().string(),
                   "[pipeline.wells]\nporch_name = pacbio-well-qc\n"
                   "porch_uri = https://example.org/notifications\nporch_version = 2\n"
                   "source = pacbio\ntransport = mail\n"
                   "[LANGQC]\napi_url = " +
                       langQc.url() +
                       "\nrecently_qced_path = api/products/qc?weeks=4&final=yes&seq_level=yes\n"
                       "pac_bio_well_libraries_path = api/pacbio/wells/[product_id]/libraries\n"
                       "pac_bio_run_iu_path = https://langqc.example.org/ui/run\n"
                       "[IRODS]\nuser_manual_url = https://docs.example.org/irods\n");
    site.change("dbfile = warehouse.sqlite\n",
                "dbhost = 127.0.0.1\ndbport = " + std::to_string(database.port()) +
                    "\ndbuser = reader\ndbpassword = a;b#c\ndbschema = mlwh\n");
    site.change("plugin = maildir\npath = mail\n",
                "plugin = email\nhost = 127.0.0.1\nport = " + std::to_string(smtp.port()) +
                    "\ntls = off\n");
    ::setenv("PORCH_ADMIN", porch.administratorToken().c_str(), 1);
    site.settle("ont");
    site.settle("wells", "pacbio-well-qc");
    const auto ont = site.notifyhost({"-v", "add", "ont"}, knownLines());
    EXPECT_EQ(ont.status, 0) << ont.error;
    EXPECT_THAT(site.notifyhost({"-v", "add", "ont"}, knownLines()).error, HasSubstr(" 0 added, "));
    EXPECT_THAT(site.notifyhost({"-v", "add", "wells"}).error, HasSubstr(" 1 added, 0 known"));
    EXPECT_THAT(site.notifyhost({"-v", "add", "wells"}).error, HasSubstr(" 0 added, 1 known"));
    for (const auto* pipeline : {"ont", "wells"}) {
        const auto ran = site.notifyhost({"run", pipeline});
        EXPECT_EQ(ran.status, 0) << ran.error;
        const auto listed = site.notifyhost({"list", pipeline}).output;
        EXPECT_THAT(listed,
                    AllOf(HasSubstr("DONE"), Not(HasSubstr("RUNNING")), Not(HasSubstr("PENDING"))));
    }
    std::set<std::string> recipients;
    std::string all;
    for (int number = 1;; ++number) {
        if (!std::filesystem::exists(smtp.messages() / (std::to_string(number) + ".eml"))) {
            break;
        }
        recipients.insert(smtp.envelope(number));
        all += smtp.message(number);
    }
    EXPECT_GE(recipients.size(), 3U);
    EXPECT_THAT(
        all, AllOf(HasSubstr("ONTRUN-901"), HasSubstr("ONTRUN-903"), HasSubstr("Message-ID: <")));

    site.change("ssl_cert_file = " + authority.certificate().string(), "");
    const auto strange = site.notifyhost({"run", "ont"});
    EXPECT_EQ(strange.status, 78);
    EXPECT_THAT(strange.error, AllOf(HasSubstr("certificate of localhost is not accepted"),
                                     HasSubstr("issuer CN=Our Test CA"),
                                     HasSubstr("ssl_cert_file in section [SSL]")));
    site.change("[SSL]\n", "[SSL]\nssl_cert_file = absent.pem\n");
    const auto absent = site.notifyhost({"run", "ont"});
    EXPECT_EQ(absent.status, 78);
    EXPECT_THAT(absent.error, HasSubstr("[SSL] ssl_cert_file: "));
    ::unsetenv("PORCH_ADMIN");
}

TEST(PorchRun, ReportsADeadPorchAndWhatWasNotAdded)
{
    const auto lines = knownLines();
    PorchSite site("url = http://127.0.0.1:" + std::to_string(freePort()));
    site.useToken(std::string(32, 'e'));
    const auto refused = site.notifyhost({"add", "ont"}, lines);
    EXPECT_EQ(refused.status, 69);
    EXPECT_EQ(refused.output, "");
    EXPECT_THAT(refused.error, AllOf(HasSubstr("adding to pipeline ont-event-email: POST http://"),
                                     HasSubstr("Connection refused"), HasSubstr("line 1 on."),
                                     HasSubstr("Nothing is lost")));
}

TEST(PorchRun, PassesOnWhatWasAddedBeforePorchWentAway)
{
    const auto lines = sampleLines("sample-baton.jsonl");
    const ScriptedHttpServer peer([](const ScriptedRequest& request) {
        static std::atomic<int> count{0};
        if (++count > 2) {
            return answer(403, R"({"detail": "Invalid token"})");
        }
        const auto body = request.body;
        return answer(201, body);
    });
    PorchSite site("url = " + peer.url() + "\nconnections = 1");
    site.useToken(std::string(32, 'e'));
    const auto result =
        site.notifyhost({"add", "ont"}, lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n");
    EXPECT_EQ(result.status, 77);
    EXPECT_EQ(result.output, lines[0] + "\n" + lines[1] + "\n");
    EXPECT_THAT(result.error, AllOf(HasSubstr("403 Scripted"), HasSubstr("line 3 on."),
                                    Not(HasSubstr(std::string(32, 'e')))));
}

TEST(PorchRun, EndsWithTheStatusOfWhatPorchSays)
{
    const MiniporchServer porch;
    PorchSite site("url = " + urlOf(porch) + "\nadmin_token = " + std::string(32, '0'));
    EXPECT_EQ(site.notifyhost({"register", "ont"}).status, 77);
    EXPECT_EQ(site.notifyhost({"run", "ont"}).status, 77);
    site.change(std::string(32, '0'), porch.administratorToken());
    site.settle();
    site.change("porch_version = 1.0", "porch_version = 1.1");
    EXPECT_EQ(site.notifyhost({"add", "ont"}, knownLines()).status, 78);
    EXPECT_EQ(site.notifyhost({"register", "ont"}).status, 0);
    EXPECT_EQ(site.notifyhost({"add", "ont"}, knownLines()).status, 0);
}

TEST(PorchRun, LetsAPipelineHaveAPorchOfItsOwn)
{
    const MiniporchServer porch;
    PorchSite site("url = http://127.0.0.1:1", "queue = near\n[queue.near]\nurl = " + urlOf(porch) +
                                                   "\nadmin_token = " + porch.administratorToken() +
                                                   "\n");
    site.settle();
    EXPECT_EQ(site.notifyhost({"add", "ont"}, knownLines()).status, 0);
    EXPECT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    EXPECT_GE(site.site.mails().size(), 8U);
}

TEST(PorchRun, TellsEverybodyOnceWhereTwoHostsShareOnePorch)
{
    constexpr int kTasks = 200;
    const MiniporchServer porch;
    const std::string keys =
        "url = " + urlOf(porch) + "\nadmin_token = " + porch.administratorToken();
    PorchSite one(keys, "claim_size = 10\n");
    PorchSite other(keys, "claim_size = 10\n");
    const std::string token = one.settle();
    other.useToken(token);
    std::vector<std::string> inputs;
    for (int number = 0; number < kTasks; ++number) {
        inputs.push_back(R"({"event": "uploaded", "experiment_name": "ONTRUN-901", )"
                         R"("flowcell_id": "PBA90101", "instrument_slot": 3, "path": "/seq/)" +
                         std::to_string(number) + "\"}");
    }
    queue::PorchSettings settings;
    settings.url = urlOf(porch);
    settings.pipelineToken = {token, "the token"};
    queue::PorchClient client(settings);
    client.add(kPipeline, inputs);
    ProcessResult result;
    {
        const std::jthread second([&] { result = other.notifyhost({"run", "ont"}); });
        const auto first = one.notifyhost({"run", "ont"});
        EXPECT_EQ(first.status, 0) << first.error;
    }
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_THAT(client.list(kPipeline, queue::TaskStatus::done), SizeIs(kTasks));
    std::multiset<std::string> ids;
    for (const auto* site : {&one, &other}) {
        for (const auto& mail : site->site.mails()) {
            ids.insert(mail.headers.at("message-id"));
        }
    }
    // Two contacts of the one study.
    EXPECT_THAT(ids, SizeIs(2 * kTasks));
    EXPECT_THAT(std::set<std::string>(ids.begin(), ids.end()), SizeIs(2 * kTasks));
}

} // namespace
} // namespace notifyhost::test
