#include "miniporch/Miniporch.h"

#include "net/HttpExchange.h"
#include "support/Certificates.h"

#include <sys/stat.h>

using namespace notifyhost;
using namespace notifyhost::test;

namespace {

constexpr int kUsage = 64;
constexpr int kUnavailable = 69;
constexpr int kConfiguration = 78;

} // namespace

TEST(CommandLine, PrintsAnAdministratorsTokenAlone)
{
    TemporaryFolder folder;
    const std::string file = folder / "queue.sqlite";
    const auto result = miniporch({"--db", file, "issue-token", "--admin"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.output.size(), 33U);
    EXPECT_EQ(result.output.find_first_not_of("0123456789abcdef"), 32U);
    // The options may stand on either side.
    EXPECT_EQ(miniporch({"issue-token", "--admin", "--db", file}).status, 0);
}

TEST(CommandLine, KeepsNoTokenInTheFileOrTheLog)
{
    Miniporch porch({"-v"});
    const std::string& admin = porch.administrator();
    const std::string token = porch.tokenFor("mails");
    porch.call("POST", "/tasks/claim?token=" + token, token, pipelineText("mails"));
    EXPECT_EQ(porch.stop(), 0);
    const std::string log = porch.log();
    EXPECT_NE(log.find("POST /tasks/claim 200"), std::string::npos) << log;
    std::string everything = log;
    for (const auto& entry : std::filesystem::directory_iterator(porch.folder().path())) {
        everything += readFile(entry.path());
    }
    EXPECT_EQ(everything.find(admin), std::string::npos);
    EXPECT_EQ(everything.find(token), std::string::npos);
}

TEST(CommandLine, SaysWhereItListensAndNothingElse)
{
    Miniporch porch;
    porch.call("GET", "/tasks/");
    EXPECT_EQ(porch.stop(), 0);
    EXPECT_EQ(porch.log(), "listening on http://127.0.0.1:" + std::to_string(porch.port()) + "\n");
}

TEST(CommandLine, ListsTokensAndRevokesThem)
{
    Miniporch porch;
    const std::string token = porch.tokenFor("mails");
    const auto issued = porch.command({"issue-token", "--pipeline", "mails"});
    ASSERT_EQ(issued.status, 0);
    const std::string second = issued.output.substr(0, 32);
    const auto claim = [&](const std::string& with) {
        return porch.call("POST", "/tasks/claim", with, pipelineText("mails"));
    };
    EXPECT_EQ(claim(second).status, 200);
    const auto list = porch.command({"list-tokens"});
    EXPECT_NE(list.output.find("1\tadmin\t"), std::string::npos) << list.output;
    EXPECT_NE(list.output.find("2\tpipeline mails\ttest\t"), std::string::npos) << list.output;
    EXPECT_EQ(list.output.find(token), std::string::npos);
    EXPECT_EQ(porch.command({"revoke-token", "2"}).status, 0);
    const auto refused = claim(token);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(textAt(refused.body, {"detail"}), "Invalid token");
    EXPECT_EQ(claim(second).status, 200);
    EXPECT_EQ(porch.command({"revoke-token", "2"}).status, kConfiguration);
    EXPECT_EQ(porch.command({"issue-token", "--pipeline", "others"}).status, kConfiguration);
}

TEST(CommandLine, KeepsTheGenerationOfTheFile)
{
    Miniporch porch({"--generation", "2"});
    EXPECT_EQ(porch.call("POST", "/versions/").status, 404);
    porch.stop();
    const auto other = porch.command({"--listen", "127.0.0.1:0", "--generation", "3"});
    EXPECT_EQ(other.status, kConfiguration);
    EXPECT_NE(other.error.find("generation 2"), std::string::npos) << other.error;
    EXPECT_NE(other.error.find(porch.file()), std::string::npos) << other.error;
}

TEST(CommandLine, TakesThreeForAFileWithoutAGeneration)
{
    Miniporch porch;
    EXPECT_EQ(porch.call("POST", "/versions/").status, 401);
    porch.stop();
    EXPECT_EQ(porch.command({"--generation", "2"}).status, kConfiguration);
}

TEST(CommandLine, GivesTheFileTheGenerationThatATokenIsIssuedFor)
{
    for (const std::string generation : {"2", "3"}) {
        TemporaryFolder folder;
        const std::string file = folder / "queue.sqlite";
        const auto with = [&](std::vector<std::string> words) {
            words.insert(words.begin(), {"--db", file});
            return miniporch(words);
        };
        EXPECT_EQ(with({"--generation", generation, "issue-token", "--admin"}).status, 0);
        const std::string other = generation == "2" ? "3" : "2";
        const auto refused = with({"issue-token", "--admin", "--generation", other});
        EXPECT_EQ(refused.status, kConfiguration);
        EXPECT_EQ(refused.output, "");
        EXPECT_NE(refused.error.find("generation " + generation), std::string::npos)
            << refused.error;
        EXPECT_EQ(with({"--listen", "127.0.0.1:0", "--generation", other}).status, kConfiguration);
        EXPECT_EQ(with({"issue-token", "--admin"}).status, 0);
        const auto list = with({"list-tokens"}).output;
        EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 2) << list;
    }
}

TEST(CommandLine, RefusesOptionsThatDoNothingWithACommand)
{
    TemporaryFolder folder;
    const std::string file = folder / "queue.sqlite";
    const std::vector<std::vector<std::string>> commands{
        {"issue-token", "--admin"}, {"list-tokens"}, {"revoke-token", "1"}};
    std::vector<std::vector<std::string>> options{{"--listen", "127.0.0.1:0"},
                                                  {"--tls-cert", file, "--tls-key", file},
                                                  {"--insecure"},
                                                  {"--idle-seconds", "9"},
                                                  {"--request-seconds", "9"},
                                                  {"-v"},
                                                  {"--generation", "3"}};
    for (const auto& command : commands) {
        for (const auto& option : options) {
            if (option.front() == "--generation" && command.front() == "issue-token") {
                continue;
            }
            std::vector<std::string> before{"--db", file};
            before.insert(before.end(), option.begin(), option.end());
            before.insert(before.end(), command.begin(), command.end());
            std::vector<std::string> behind{"--db", file};
            behind.insert(behind.end(), command.begin(), command.end());
            behind.insert(behind.end(), option.begin(), option.end());
            for (const auto& words : {before, behind}) {
                const auto refused = miniporch(words);
                EXPECT_EQ(refused.status, kUsage) << option.front() << " " << command.front();
                EXPECT_NE(refused.error.find(command.front()), std::string::npos) << refused.error;
            }
        }
    }
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(CommandLine, RefusesToSendTokensInPlainText)
{
    TemporaryFolder folder;
    const std::string file = folder / "queue.sqlite";
    for (const std::string address : {"0.0.0.0:0", "[::]:0"}) {
        const auto result = miniporch({"--db", file, "--listen", address});
        EXPECT_EQ(result.status, kConfiguration);
        EXPECT_NE(result.error.find("--insecure"), std::string::npos) << result.error;
    }
}

TEST(CommandLine, SaysWhatItCannotDo)
{
    TemporaryFolder folder;
    const std::string file = folder / "queue.sqlite";
    folder.write("text", "not a certificate");
    const std::string text = folder / "text";
    EXPECT_EQ(miniporch({}).status, kUsage);
    EXPECT_EQ(miniporch({"--db", file, "--generation", "4"}).status, kUsage);
    EXPECT_EQ(miniporch({"--db", file, "issue-token"}).status, kUsage);
    EXPECT_EQ(miniporch({"--db", file, "--tls-cert", text}).status, kUsage);
    for (const std::string address :
         {"8081", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "::1:80"}) {
        EXPECT_EQ(miniporch({"--db", file, "--listen", address}).status, kConfiguration) << address;
    }
    const auto certificate =
        miniporch({"--db", file, "--listen", "127.0.0.1:0", "--tls-cert", text, "--tls-key", text});
    EXPECT_EQ(certificate.status, kConfiguration);
    EXPECT_NE(certificate.error.find(text), std::string::npos) << certificate.error;
    EXPECT_EQ(miniporch({"--db", text}).status, 74);
    Miniporch porch;
    const auto taken =
        miniporch({"--db", file, "--listen", "127.0.0.1:" + std::to_string(porch.port())});
    EXPECT_EQ(taken.status, kUnavailable);
    EXPECT_NE(taken.error.find(std::to_string(porch.port())), std::string::npos) << taken.error;
}

TEST(Tls, RefusesAKeyThatOthersCanWrite)
{
    TemporaryFolder folder;
    const std::string file = folder / "queue.sqlite";
    const auto files = CertificateAuthority(folder.path(), "Test CA").issue("x", "DNS:localhost");
    ASSERT_EQ(::chmod(files.key.c_str(), 0606), 0);
    const auto refused = miniporch({"--db", file, "--listen", "127.0.0.1:0", "--tls-cert",
                                    files.certificate, "--tls-key", files.key});
    EXPECT_EQ(refused.status, kConfiguration);
    EXPECT_NE(refused.error.find("--tls-key: " + files.key.string() + " is not to be trusted"),
              std::string::npos)
        << refused.error;
    EXPECT_NE(refused.error.find("run: chmod go-w " + files.key.string()), std::string::npos);
}

TEST(Tls, WarnsOfAKeyThatEveryoneCanRead)
{
    TemporaryFolder folder;
    const auto files = CertificateAuthority(folder.path(), "Test CA").issue("x", "DNS:localhost");
    ASSERT_EQ(::chmod(files.key.c_str(), 0644), 0);
    Miniporch porch({"--tls-cert", files.certificate, "--tls-key", files.key});
    EXPECT_NE(porch.log().find("--tls-key: " + files.key.string() +
                               " can be read by everyone on this machine: chmod o-r"),
              std::string::npos)
        << porch.log();
    EXPECT_EQ(porch.stop(), 0);
}

TEST(CommandLine, ServesOverTls)
{
    TemporaryFolder certificates;
    CertificateAuthority authority(certificates.path(), "Test CA");
    const auto files = authority.issue("localhost", "DNS:localhost,IP:127.0.0.1");
    Miniporch porch({"--tls-cert", files.certificate, "--tls-key", files.key});
    const std::string url = "https://127.0.0.1:" + std::to_string(porch.port());
    EXPECT_EQ(porch.log(), "listening on " + url + "\n");
    const auto http = net::makeHttp({authority.certificate(), std::chrono::seconds{10}});
    const auto get = [&](const std::string& path) {
        HttpRequest request;
        request.method = "GET";
        request.url = url + path;
        return http->exchange(request, std::chrono::steady_clock::now() + std::chrono::seconds{30});
    };
    EXPECT_EQ(get("/tasks/").body, "[]");
    EXPECT_EQ(get("/tasks/").status, 200);
    EXPECT_EQ(get("/pipelines").status, 307);
    // What is no TLS harms nobody.
    HttpClient plain(porch.port());
    plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(get("/tasks/").status, 200);
    EXPECT_EQ(porch.stop(), 0);
}
