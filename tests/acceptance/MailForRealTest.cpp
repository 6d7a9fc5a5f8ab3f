#include "acceptance/Site.h"
#include "support/AiosmtpdServer.h"
#include "support/MariaDbServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

/// A facility as it is in earnest: the warehouse on a MariaDB, an account that may only read, and a
/// mail server.
class FacilityInEarnest {
public:
    FacilityInEarnest()
    {
        _database.execute("CREATE DATABASE mlwh CHARACTER SET utf8 COLLATE utf8_unicode_ci;"
                          "CREATE USER reader IDENTIFIED BY 'between us';");
        for (const auto* file : {"mlwh-schema.sql", "mlwh-sample.sql", "mlwh-sample-traps.sql"}) {
            _database.load("mlwh", std::string(TEST_DATA) + "/" + file);
        }
        for (const auto* table :
             {"study", "study_users", "sample", "oseq_flowcell", "stock_resource"}) {
            _database.execute("GRANT SELECT ON mlwh." + std::string(table) + " TO reader");
        }
        _folder.write("warehouse-password", "between us\n");
        std::filesystem::permissions(_folder / "warehouse-password",
                                     std::filesystem::perms::owner_read);
        _folder.write("site.ini",
                      "[host]\nstate = state\n[PORCH]\nurl = sqlite:queue.sqlite\n"
                      "[MySQL MLWH]\ndbhost = 127.0.0.1\ndbport = " +
                          std::to_string(_database.port()) +
                          "\ndbuser = reader\ndbpassword_file = warehouse-password\n"
                          "dbschema = mlwh\n"
                          "[transport.mail]\nplugin = email\nhost = 127.0.0.1\ntls = off\nport = " +
                          std::to_string(_server.port()) +
                          "\nfrom = Sequencing Ærø <sequencing@example.org>\n"
                          "[pipeline.ont]\nporch_name = ont\nporch_uri = https://example.org/ont\n"
                          "porch_version = 1\nsource = ont\ntransport = mail\n");
    }

    ProcessResult notifyhost(const std::vector<std::string>& words, const std::string& input = "")
    {
        return notifyhostWith(_folder / "site.ini", words, input);
    }

    MariaDbServer& database() { return _database; }
    const AiosmtpdServer& server() const { return _server; }

    int messages() const
    {
        int count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(_server.messages())) {
            count += entry.path().extension() == ".eml";
        }
        return count;
    }

private:
    MariaDbServer _database;
    AiosmtpdServer _server;
    TemporaryFolder _folder;
};

std::string batonLine(const std::string& run, const std::string& flowcell, const std::string& slot,
                      const std::string& path)
{
    return R"({"avus": [{"attribute": "ont:experiment_name", "value": ")" + run +
           R"("}, {"attribute": "ont:flowcell_id", "value": ")" + flowcell +
           R"("}, {"attribute": "ont:instrument_slot", "value": ")" + slot +
           R"("}], "collection": ")" + path + "\"}\n";
}

/// The header of a message as it came over the wire.
std::string headerOf(const std::string& message)
{
    return message.substr(0, message.find("\r\n\r\n"));
}

class MailForReal : public testing::Test {
protected:
    static void SetUpTestSuite() { _facility = std::make_unique<FacilityInEarnest>(); }
    static void TearDownTestSuite() { _facility.reset(); }

    static std::unique_ptr<FacilityInEarnest> _facility;
};

std::unique_ptr<FacilityInEarnest> MailForReal::_facility;

TEST_F(MailForReal, GoesFromTheServersRowsToTheServersMailbox)
{
    auto& site = *_facility;
    const int before = site.messages();
    ASSERT_EQ(
        site.notifyhost({"add", "ont"}, sampleLines("sample-baton.jsonl").at(0) + "\n").status, 0);
    const auto ran = site.notifyhost({"-v", "run", "ont"});
    EXPECT_EQ(ran.status, 0) << ran.error;
    EXPECT_THAT(ran.error, AllOf(HasSubstr("1 done"), Not(HasSubstr("between us"))));
    EXPECT_EQ(site.messages(), before + 2);
    const auto envelopes = site.server().envelope(before + 1) + site.server().envelope(before + 2);
    EXPECT_THAT(envelopes,
                AllOf(HasSubstr("to ada.marsh@example.org"), HasSubstr("to b.okafor@example.org")));
    EXPECT_THAT(site.server().message(before + 1), HasSubstr("Tidal flat metagenomes"));
    EXPECT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    EXPECT_EQ(site.messages(), before + 2);
}

TEST_F(MailForReal, LetsNothingOfTheRowsBecomeAHeaderACommandOrMarkup)
{
    auto& site = *_facility;
    site.database().execute(
        "SET SESSION sql_mode = '';"
        "INSERT INTO study (id_study_tmp, id_lims, id_study_lims, name, uuid_study_lims) VALUES "
        "(990, 'SQSCP', '9900', "
        "'<script>alert(1)</script>\\r\\nBcc: evil@example.org\\r\\n\\r\\n.\\r\\nMAIL FROM:<x@y>', "
        "'uuid-990');"
        "INSERT INTO study_users (id_study_users_tmp, id_study_tmp, role, email) VALUES "
        "(9901, 990, 'owner', 'good@example.org'),"
        "(9902, 990, 'owner', 'bad@example.org>\\r\\nRCPT TO:<evil@example.org'),"
        "(9903, 990, 'owner', 'two@example.org\\r\\nTo: evil@example.org'),"
        "(9904, 990, 'owner', 'good@example.org\\0evil@example.org');"
        "INSERT INTO sample (id_sample_tmp, id_lims, id_sample_lims, name, uuid_sample_lims) "
        "VALUES "
        "(9905, 'SQSCP', '9905', 'x\\r\\n.\\r\\nQUIT\\r\\n', 'uuid-9905');"
        "INSERT INTO oseq_flowcell (id_oseq_flowcell_tmp, id_sample_tmp, id_study_tmp, id_lims, "
        "experiment_name, instrument_name, instrument_slot, flowcell_id, tag_identifier) VALUES "
        "(99001, 9905, 990, 'SQSCP', 'HOSTILE', 'PC\\r\\nX: y', 1, 'PBX1', 'NB\\r\\n01');",
        "mlwh");
    const int before = site.messages();
    const auto added = site.notifyhost(
        {"add", "ont"}, batonLine("HOSTILE", "PBX1", "1", "/seq/x\\r\\nBcc: evil@example.org") +
                            batonLine("HOSTILE", "PBX1", "1", "/seq/<b>&amp;/fine"));
    const auto ran = site.notifyhost({"run", "ont"});
    EXPECT_THAT(ran.error, HasSubstr("a recipient cannot be told"));
    ASSERT_GT(site.messages(), before) << added.error << ran.error;
    for (int number = before + 1; number <= site.messages(); ++number) {
        EXPECT_THAT(site.server().envelope(number),
                    AllOf(HasSubstr("to good@example.org"), Not(HasSubstr("evil"))));
        const std::string message = site.server().message(number);
        EXPECT_THAT(headerOf(message), AllOf(HasSubstr("To: good@example.org"),
                                             Not(HasSubstr("evil")), Not(HasSubstr("Bcc"))));
        EXPECT_THAT(message, AllOf(Not(HasSubstr("\r\nBcc:")), Not(HasSubstr("\r\nQUIT"))));
        const auto html = message.find("text/html");
        ASSERT_NE(html, std::string::npos);
        EXPECT_THAT(message.substr(html), AllOf(Not(HasSubstr("<script>")), HasSubstr("&lt;"),
                                                Not(HasSubstr("<b>&amp;/fine"))));
    }
}

TEST_F(MailForReal, EndsWith69WhereTheWarehouseIsGoneAndTellsLater)
{
    auto& site = *_facility;
    ASSERT_EQ(
        site.notifyhost({"add", "ont"}, sampleLines("sample-baton.jsonl").at(1) + "\n").status, 0);
    const int before = site.messages();
    site.database().stop();
    const auto ran = site.notifyhost({"run", "ont"});
    EXPECT_EQ(ran.status, 69) << ran.error;
    EXPECT_THAT(ran.error, AllOf(HasSubstr("127.0.0.1"), Not(HasSubstr("between us"))));
    EXPECT_EQ(site.messages(), before);
    site.database().start();
    const auto again = site.notifyhost({"run", "ont"});
    EXPECT_EQ(again.status, 0) << again.error;
    EXPECT_EQ(site.messages(), before + 3);
}

} // namespace
} // namespace notifyhost::test
