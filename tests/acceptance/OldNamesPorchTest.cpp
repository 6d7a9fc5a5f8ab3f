#include "acceptance/Site.h"
#include "support/AiosmtpdServer.h"
#include "support/LangQcStandIn.h"
#include "support/MiniporchServer.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using Words = std::vector<std::string>;

/// The sample file of a Python tool with the servers of a test in place of those it names; all else
/// stands as it is.
class SampleSite {
public:
    explicit SampleSite(const std::string& sample)
        : _text(readFile(std::string(TEST_DATA) + "/samples/" + sample))
    {
        replace("dbhost = 127.0.0.1\n", "dbfile = warehouse.sqlite\n");
        for (const char* key : {"dbport = 3309\n", "dbuser = notify_ro\n",
                                "dbpassword = not-a-real-password\n", "dbschema = mlwh\n"})
        {
            replace(key, "");
        }
        replace("https://porch.example.org", "http://127.0.0.1:" + std::to_string(porch.port()));
        replace("domain = example.org\n", "domain = example.org\nhost = 127.0.0.1\nport = " +
                                              std::to_string(mail.port()) + "\n");
    }

    void replace(const std::string& from, const std::string& to)
    {
        ASSERT_NE(_text.find(from), std::string::npos) << from;
        _text.replace(_text.find(from), from.size(), to);
    }

    /// Runs words, with the file as cron lines name it.
    ProcessResult call(Words words, const std::string& option, const std::string& input = "")
    {
        const auto file = _site.folder().write("npg.ini", _text);
        words.front() = std::string(BUILD_ROOT) + "/bin/" + words.front();
        words.push_back(option);
        words.push_back(file.string());
        return run(words,
                   {input,
                    {{"USER", "ops"}, {"STATE_DIRECTORY", (_site.folder() / "state").string()}},
                    {},
                    std::chrono::seconds{120}});
    }

    struct Reply {
        int status{};
        std::string body;
    };

    /// Sends what Python's client sends.
    Reply post(const std::string& path, const std::string& token, const std::string& body = "")
    {
        Poco::Net::HTTPClientSession session("127.0.0.1", static_cast<Poco::UInt16>(porch.port()));
        Poco::Net::HTTPRequest request("POST", path, "HTTP/1.1");
        request.set("Authorization", "Bearer " + token);
        request.setContentType("application/json");
        request.setContentLength(static_cast<std::streamsize>(body.size()));
        session.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        Reply reply;
        Poco::StreamCopier::copyToString(session.receiveResponse(response), reply.body);
        reply.status = response.getStatus();
        return reply;
    }

    MiniporchServer porch;
    AiosmtpdServer mail;

private:
    Site _site; // for its warehouse
    std::string _text;
};

TEST(OldNamesOnPorch, KnowTheOntTasksThatPythonAddedAndTellTheRestOnce)
{
    SampleSite site("ont-config.ini");
    const std::string name = "npg_ont_event_notification";
    site.replace("ffffffffffffffffffffffffffffffff", site.porch.administratorToken());
    // There is none before the first one is made.
    site.replace("pipeline_token = 00112233445566778899aabbccddeeff\n", "");
    const auto registered = site.call({name, "register"}, "--conf-file-path");
    EXPECT_EQ(registered.status, 0) << registered.error;
    const auto token = site.call({name, "token"}, "--conf-file");
    ASSERT_THAT(token.output, MatchesRegex("[0-9a-f]{32}\n")) << token.error;
    site.replace("[PORCH]\n", "[PORCH]\npipeline_token = " + token.output.substr(0, 32) + "\n");
    const std::string task =
        R"({"pipeline": {"name": "ont-event-email", )"
        R"("uri": "https://github.com/wtsi/npg_notifications.git", "version": "0.4.4"}, )"
        R"("task_input": {"experiment_name": "ONTRUN-901", "instrument_slot": 3, )"
        R"("flowcell_id": "PBA90101", "path": "/seq/nanopore/flow/ONTRUN-901/PBA90101", )"
        R"("event": "uploaded"}, "status": "PENDING"})";
    ASSERT_EQ(site.post("/tasks/", token.output.substr(0, 32), task).status, 201);

    const auto lines = sampleLines("sample-baton.jsonl");
    const auto added =
        site.call({name, "add", "-v"}, "--conf_file_path", lines.at(0) + "\n" + lines.at(1) + "\n");
    EXPECT_EQ(added.status, 0) << added.error;
    EXPECT_THAT(added.error, HasSubstr("1 added, 1 known"));
    for (int turn = 0; turn < 2; ++turn) {
        const auto result = site.call({name, "run"}, "--conf-file-path");
        EXPECT_EQ(result.status, 0) << result.error;
        EXPECT_EQ(result.output + result.error, "");
    }
    EXPECT_THAT(site.mail.message(1) + site.mail.message(2),
                HasSubstr("To: l.ito@example.org, m.wren@example.org, s.holm@example.org\r\n"));
    EXPECT_FALSE(std::filesystem::exists(site.mail.messages() / "3.eml"));
}

TEST(OldNamesOnPorch, RegisterAndProcessThePacbioStates)
{
    SampleSite site("qc-config.ini");
    const LangQcStandIn langQc;
    const std::string name = "npg_qc_state_notification";
    const std::string admin = site.porch.administratorToken();
    site.replace("https://langqc.example.org", langQc.url());
    site.replace("ssl_cert_file = /etc/ssl/example/ca.pem\n", "");
    const std::string pipeline = R"({"name": "pacbio-well-qc", )"
                                 R"("uri": "https://git.example.org/notifications.git", )"
                                 R"("version": "2"})";
    // The Python tool has no command for it.
    ASSERT_EQ(site.post("/pipelines/", admin, pipeline).status, 201);
    const auto made = site.post("/pipelines/pacbio-well-qc/token/cron", admin);
    const auto at = made.body.find("\"token\":");
    ASSERT_NE(at, std::string::npos) << made.body;
    const auto token = made.body.substr(made.body.find('"', at + 8) + 1, 32);
    site.replace("0123456789abcdef0123456789abcdef", token);

    // The first element of a product's list, as Python's client sends it.
    const std::string task =
        R"({"pipeline": )" + pipeline +
        R"(, "task_input": {"id_product": )"
        R"("7ab421fba6c8876feb2f65912b31a985f248a93cfe9a1f53d51731acb67e4b05", )"
        R"("qc_state": "Passed", "outcome": true, "is_preliminary": false, )"
        R"("qc_type": "sequencing", "user": "qc.one@example.org", "created_by": "LangQC", )"
        R"("date_created": "2026-10-28T11:09:25", "date_updated": "2026-10-28T11:09:25"}, )"
        R"("status": "PENDING"})";
    ASSERT_EQ(site.post("/tasks/", token, task).status, 201);
    const auto registered = site.call({name, "register"}, "--conf_file_path");
    EXPECT_EQ(registered.status, 0) << registered.error;
    EXPECT_THAT(registered.error, HasSubstr("29 added, 1 known"));
    const auto processed = site.call({name, "process"}, "--conf");
    EXPECT_EQ(processed.status, 1); // LangQC has no libraries of most of them
    EXPECT_THAT(processed.error, HasSubstr("run of pacbio: "));
    EXPECT_THAT(site.mail.envelope(1), HasSubstr("from ops@example.org\n"));
}

} // namespace
} // namespace notifyhost::test
