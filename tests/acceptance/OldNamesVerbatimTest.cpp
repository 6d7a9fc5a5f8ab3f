#include "acceptance/Site.h"
#include "storage/Digest.h"
#include "support/AiosmtpdServer.h"
#include "support/Certificates.h"
#include "support/LangQcStandIn.h"
#include "support/MariaDbServer.h"
#include "support/MiniporchServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using Words = std::vector<std::string>;

/// Servers of every kind that the sample files name. The programs reach them under the names and
/// ports that stand there, through a library that is preloaded: the files stay as they are.
class Facility {
public:
    Facility() : _authority(_folder.path(), "Example CA")
    {
        const auto porch = _authority.issue("porch", "DNS:porch.example.org");
        const auto langQc = _authority.issue("langqc", "DNS:langqc.example.org");
        preparePorch();
        _porch = std::make_unique<MiniporchServer>(
            Words{"--tls-cert", porch.certificate.string(), "--tls-key", porch.key.string()},
            queueFile());
        _langQc = std::make_unique<ScriptedHttpServer>(
            [](const ScriptedRequest& request) {
                const auto line = request.line();
                return line.find("/products/qc") != std::string::npos
                           ? answer(200, LangQcStandIn::recentStates())
                       : line.find(product::kOneLibrary) != std::string::npos
                           ? answer(200, LangQcStandIn::libraries(product::kOneLibrary))
                           : answer(404, R"({"detail":"not found"})");
            },
            ScriptedListening{.tls = langQc});
        prepareWarehouse();
        const auto built = test::run({TEST_CXX, "-std=c++20", "-fPIC", "-shared", "-o",
                                      (_folder / "elsewhere.so").string(),
                                      TEST_DATA "/elsewhere/elsewhere.cpp", "-ldl"});
        EXPECT_EQ(built.status, 0) << built.error;
        _folder.write("example/ca.pem", readFile(_authority.certificate()));
    }

    /// A cron line's words, as they are.
    ProcessResult run(Words words, const std::string& input = "")
    {
        words.front() = std::string(BUILD_ROOT) + "/bin/" + words.front();
        const auto to = [](const std::string& place, int port) {
            return place + "=" + std::to_string(port) + " ";
        };
        return test::run(
            words, {input,
                    {{"USER", "ops"},
                     {"STATE_DIRECTORY", (_folder / "state").string()},
                     {"REQUESTS_CA_BUNDLE", _authority.certificate().string()},
                     {"LD_PRELOAD", (_folder / "elsewhere.so").string()},
                     {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                     {"ELSEWHERE", to("porch.example.org:443", _porch->port()) +
                                       to("langqc.example.org:443", _langQc->port()) +
                                       to("mail.example.org:25", mail.port()) +
                                       to("127.0.0.1:3309", _warehouse.port())},
                     {"ELSEWHERE_FOLDER", "/etc/ssl/example=" + (_folder / "example").string()}},
                    TEST_DATA "/samples",
                    std::chrono::seconds{120}});
    }

    AiosmtpdServer mail;

private:
    std::string queueFile() const { return (_folder / "queue.sqlite").string(); }

    /// Pipelines and tokens as the sample files have them.
    void preparePorch()
    {
        miniporch({"--db", queueFile(), "issue-token", "--admin"});
        const auto token = [](const std::string& text, const std::string& pipeline) {
            return "INSERT INTO token (hash, pipeline_id, description, issued) VALUES ('" +
                   storage::sha256Hex(text) + "', " + pipeline + ", '', '');";
        };
        const auto made =
            test::run({"sqlite3", queueFile(),
                       "INSERT INTO pipeline (id, name, uri) VALUES (1, 'ont-event-email', "
                       "'https://github.com/wtsi/npg_notifications.git'), (2, 'pacbio-well-qc', "
                       "'https://git.example.org/notifications.git');"
                       "INSERT INTO version (pipeline_id, version) VALUES (2, '2');" +
                           token("ffffffffffffffffffffffffffffffff", "NULL") +
                           token("00112233445566778899aabbccddeeff", "1") +
                           token("0123456789abcdef0123456789abcdef", "2")});
        EXPECT_EQ(made.status, 0) << made.error;
    }

    void prepareWarehouse()
    {
        _warehouse.execute("CREATE SCHEMA mlwh CHARACTER SET utf8mb4;"
                           "CREATE USER notify_ro@'%' IDENTIFIED BY 'not-a-real-password';"
                           "GRANT SELECT ON mlwh.* TO notify_ro@'%';");
        _warehouse.load("mlwh", std::string(TEST_DATA) + "/mlwh-schema.sql");
        _warehouse.load("mlwh", std::string(TEST_DATA) + "/mlwh-sample.sql");
    }

    TemporaryFolder _folder;
    CertificateAuthority _authority;
    MariaDbServer _warehouse;
    std::unique_ptr<MiniporchServer> _porch;
    std::unique_ptr<ScriptedHttpServer> _langQc;
};

TEST(OldNamesVerbatim, ServeTheSampleFilesAndCronLinesAsTheyStand)
{
    Facility facility;
    const auto call = [&](Words words, const std::string& input = "") {
        return facility.run(std::move(words), input);
    };
    const auto registered =
        call({"npg_ont_event_notification", "register", "--conf-file-path", "ont-config.ini"});
    EXPECT_EQ(registered.status, 0) << registered.error;
    const auto token =
        call({"npg_ont_event_notification", "token", "--conf-file", "ont-config.ini"});
    EXPECT_THAT(token.output, MatchesRegex("[0-9a-f]{32}\n")) << token.error;
    const auto line = sampleLines("sample-baton.jsonl").front() + "\n";
    const auto added =
        call({"npg_ont_event_notification", "add", "--conf-file", "ont-config.ini"}, line);
    EXPECT_EQ(added.status, 0) << added.error;
    EXPECT_EQ(added.output, line);
    const auto told =
        call({"npg_ont_event_notification", "run", "-v", "--conf-file-path", "ont-config.ini"});
    EXPECT_EQ(told.status, 0) << told.error;
    EXPECT_THAT(facility.mail.message(1),
                HasSubstr("To: ada.marsh@example.org, b.okafor@example.org\r\n"));

    const auto found =
        call({"npg_qc_state_notification", "register", "--conf_file_path", "qc-config.ini"});
    EXPECT_EQ(found.status, 0) << found.error;
    EXPECT_THAT(found.error, HasSubstr("30 added, 0 known"));
    const auto processed =
        call({"npg_qc_state_notification", "process", "--conf_file_path", "qc-config.ini"});
    EXPECT_EQ(processed.status, 1); // LangQC knows the libraries of one well
    EXPECT_THAT(processed.error, HasSubstr("run of pacbio: 1 done"));
    EXPECT_THAT(facility.mail.envelope(2), HasSubstr("from ops@example.org\n"));
}

} // namespace
} // namespace notifyhost::test
