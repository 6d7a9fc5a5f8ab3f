#include "config/LegacySections.h"

#include "LoadedText.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace notifyhost::config {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::map<std::string, std::string>;

constexpr auto kOnt = LegacyTool::ont;
constexpr auto kPacbio = LegacyTool::pacbio;
constexpr auto kWarning = Finding::Severity::warning;

/// The least that the ONT tool needs for all that it does, and the PacBio tool.
const std::string kOntText = "[PORCH]\nurl = https://porch.example.org\n"
                             "[MAIL]\ndomain = example.org\n";
const std::string kPacbioText = "[PORCH]\napi_url = https://porch.example.org\n"
                                "pipeline_name = wells\npipeline_uri = u\npipeline_version = 2\n"
                                "[MAIL]\ndomain = example.org\n";

/// A Python tool's file in a folder of its own, read.
struct LegacyText : LoadedText {
    LegacyText(LegacyTool tool, std::string_view text, Words variables = {{"USER", "ops"}})
        : LoadedText("")
    {
        folder.write("notify.ini", text);
        findings = {};
        const auto environment = [&](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        };
        configuration = Configuration::load(
            file, Grammar::python, redactor, findings, [&](IniFile& ini, Findings& problems) {
                completeLegacy(tool, environment, "account", ini, problems);
            });
    }

    std::string mail(const std::string& key) const
    {
        for (const char* section : {"transport.mail", "MAIL"}) {
            const IniSection* found = configuration.ini().find(section);
            if (found != nullptr && found->find(key) != nullptr) {
                return found->find(key)->value;
            }
        }
        return "";
    }

    const PipelineSettings& pipeline() const { return configuration.pipelines().at(0); }
};

std::string sample(const std::string& name)
{
    return test::readFile(std::string(TEST_DATA) + "/samples/" + name);
}

TEST(LegacySections, ReadTheOntToolsFileAsItIs)
{
    const LegacyText loaded(kOnt, sample("ont-config.ini"));
    EXPECT_EQ(loaded.report(), "");
    ASSERT_EQ(loaded.configuration.pipelines().size(), 1U);
    const auto& pipeline = loaded.pipeline();
    EXPECT_EQ(pipeline.name, "ont");
    EXPECT_EQ(pipeline.porchName, "ont-event-email");
    EXPECT_EQ(pipeline.porchUri, "https://github.com/wtsi/npg_notifications.git");
    EXPECT_EQ(pipeline.porchVersion, "0.4.4");
    EXPECT_EQ(pipeline.porchToken, "00112233445566778899aabbccddeeff");
    EXPECT_EQ(pipeline.source, "ont");
    EXPECT_EQ(pipeline.transport, "mail");
    EXPECT_EQ(pipeline.addressing, MailAddressing::together);
    EXPECT_TRUE(pipeline.caseSensitiveAddresses);
    const auto& queue = loaded.configuration.queue(pipeline);
    EXPECT_EQ(queue.url, "https://porch.example.org");
    EXPECT_EQ(queue.adminToken, "ffffffffffffffffffffffffffffffff");
    EXPECT_EQ(loaded.configuration.warehouse().port, 3309);
    EXPECT_EQ(loaded.configuration.reference("transport", "mail").plugin, "email");
    EXPECT_EQ(loaded.mail("host"), "mail.example.org");
    EXPECT_EQ(loaded.mail("from"), "ops@example.org");
    EXPECT_EQ(loaded.mail("tls"), "opportunistic");
}

TEST(LegacySections, ReadThePacbioToolsFileAsItIs)
{
    const LegacyText loaded(kPacbio, sample("qc-config.ini"));
    // Its only fault is a certificate file that is not on this machine.
    expectOnly(loaded, 12, "SSL", "ssl_cert_file", "/etc/ssl/example/ca.pem does not exist");
    const auto& pipeline = loaded.pipeline();
    EXPECT_EQ(pipeline.name, "pacbio");
    EXPECT_EQ(pipeline.porchName, "pacbio-well-qc");
    EXPECT_EQ(pipeline.porchUri, "https://git.example.org/notifications.git");
    EXPECT_EQ(pipeline.porchVersion, "2");
    EXPECT_EQ(pipeline.porchToken, "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(pipeline.source, "pacbio");
    EXPECT_EQ(pipeline.addressing, MailAddressing::together);
    EXPECT_EQ(loaded.configuration.queue(pipeline).url, "https://porch.example.org");
    EXPECT_EQ(loaded.mail("host"), "mail.example.org");
}

TEST(LegacySections, LetEachToolReadItsOwnKeysOfAFileForBoth)
{
    const std::string text = "[PORCH]\nurl = https://one.example.org\npipeline_token = tokenofont\n"
                             "api_url = https://two.example.org\nnpg_porch_token = tokenofpacbio\n"
                             "pipeline_name = wells\npipeline_uri = u\npipeline_version = 7\n"
                             "[MAIL]\ndomain = example.org\n";
    const LegacyText ont(kOnt, text);
    EXPECT_EQ(ont.report(), "");
    EXPECT_EQ(ont.configuration.queue(ont.pipeline()).url, "https://one.example.org");
    EXPECT_EQ(ont.pipeline().porchToken, "tokenofont");
    EXPECT_EQ(ont.pipeline().porchVersion, "0.4.4");
    const LegacyText pacbio(kPacbio, text);
    EXPECT_EQ(pacbio.report(), "");
    EXPECT_EQ(pacbio.configuration.queue(pacbio.pipeline()).url, "https://two.example.org");
    EXPECT_EQ(pacbio.pipeline().porchToken, "tokenofpacbio");
    EXPECT_EQ(pacbio.pipeline().porchVersion, "7");
}

TEST(LegacySections, NeverUseTheOtherToolsToken)
{
    const LegacyText loaded(kOnt, "[PORCH]\nurl = https://one.example.org\n"
                                  "npg_porch_token = tokenofpacbio\n[MAIL]\ndomain = a.org\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.pipeline().porchToken, "");
}

TEST(LegacySections, TakeTheOntVersionFromTheFile)
{
    EXPECT_EQ(LegacyText(kOnt, "[MAIL]\ndomain = a.org\n[PORCH]\nurl = https://a.org\n"
                               "pipeline_version = 0.4.2\n")
                  .pipeline()
                  .porchVersion,
              "0.4.2");
    EXPECT_EQ(LegacyText(kOnt, "[MAIL]\ndomain = a.org\n[PORCH]\nurl = https://a.org\n"
                               "pipeline_name = wells\npipeline_version = 7\n"
                               "ont_pipeline_version = 0.4.1\n")
                  .pipeline()
                  .porchVersion,
              "0.4.1");
}

TEST(LegacySections, TakeEitherNameOfPorchsUrl)
{
    const LegacyText ont(kOnt, "[PORCH]\napi_url = https://a.org\n[MAIL]\ndomain = a.org\n");
    EXPECT_EQ(ont.report(), "");
    EXPECT_EQ(ont.configuration.queue(ont.pipeline()).url, "https://a.org");
}

TEST(LegacySections, ReadADoubledPercentSignAsOne)
{
    const LegacyText loaded(kOnt, kOntText + "[MySQL MLWH]\ndbhost = h\ndbuser = u\ndbschema = s\n"
                                             "dbpassword = 50%%off\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.configuration.warehouse().password, "50%off");
    const LegacyText single(kOnt, kOntText + "[MySQL MLWH]\ndbhost = h\ndbuser = u\ndbschema = s\n"
                                             "dbpassword = 50%off\n");
    expectOnly(single, 9, "MySQL MLWH", "dbpassword", "must be written %%");
    EXPECT_THAT(single.report(), Not(HasSubstr("50%off")));
}

TEST(LegacySections, WarnOnceOfAllThatNothingReads)
{
    const LegacyText loaded(kOnt, kOntText + "colour = red\n[loggers]\nkeys = root\n[PORCHE]\n");
    expectOnly(loaded, 5, "", "",
               "ignored: [MAIL] colour (line 5), [loggers] (line 6), [PORCHE] (line 8)", kWarning);
}

TEST(LegacySections, DoNotReadFilesBeside)
{
    LegacyText loaded(kOnt, kOntText);
    loaded.folder.write("conf.d/more.ini", "[PORCH]\nurl = https://other.example.org\n");
    const LegacyText again(kOnt, kOntText);
    EXPECT_EQ(again.report(), "");
    EXPECT_EQ(again.configuration.queue(again.pipeline()).url, "https://porch.example.org");
}

TEST(LegacySections, LetEveryMailKeyReplaceWhatDomainStandsFor)
{
    const LegacyText loaded(kOnt, kOntText + "host = smtp.example.com\nfrom = A <a@example.com>\n"
                                             "tls = implicit\naddressing = individual\n"
                                             "case_sensitive_addresses = no\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.mail("host"), "smtp.example.com");
    EXPECT_EQ(loaded.mail("from"), "A <a@example.com>");
    EXPECT_EQ(loaded.mail("tls"), "implicit");
    EXPECT_EQ(loaded.pipeline().addressing, MailAddressing::individual);
    EXPECT_FALSE(loaded.pipeline().caseSensitiveAddresses);
    EXPECT_EQ(LegacyText(kOnt, kOntText + "port = 2525\n").mail("port"), "2525");
}

TEST(LegacySections, NeedNoDomainWhereServerAndSenderAreGiven)
{
    EXPECT_EQ(LegacyText(kOnt, "[PORCH]\nurl = https://a.org\n[MAIL]\nhost = h\nfrom = a@b.org\n")
                  .report(),
              "");
    const LegacyText loaded(kOnt, "[PORCH]\nurl = https://a.org\n[MAIL]\nhost = h\n");
    expectOnly(loaded, 3, "MAIL", "domain", "or give host and from");
}

TEST(LegacySections, TakeTheAccountsNameWhereUserIsNotSet)
{
    EXPECT_EQ(LegacyText(kOnt, kOntText, {}).mail("from"), "account@example.org");
    EXPECT_EQ(LegacyText(kOnt, kOntText, {{"USER", ""}}).mail("from"), "account@example.org");
}

TEST(LegacySections, KeepWhatTheSiteSaysInOurSections)
{
    const LegacyText loaded(kOnt, kOntText + "[host]\nstate = state\n"
                                             "[pipeline.ont]\nredirect_to = trial@example.org\n"
                                             "[transport.mail]\nplugin = maildir\npath = box\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.pipeline().redirectTo, "trial@example.org");
    EXPECT_EQ(loaded.pipeline().porchName, "ont-event-email");
    EXPECT_EQ(loaded.configuration.reference("transport", "mail").plugin, "maildir");
    EXPECT_EQ(loaded.mail("tls"), "");
    EXPECT_EQ(loaded.configuration.stateFolder(), loaded.folder / "state");
}

TEST(LegacySections, ReportAllMissingKeysByFileAndSection)
{
    const LegacyText ont(kOnt, "[PORCH]\n");
    EXPECT_EQ(ont.findings.all().size(), 2U) << ont.report();
    expectFinding(ont, "notify.ini", 1, "PORCH", "url", "is missing");
    expectFinding(ont, "notify.ini", 0, "MAIL", "domain", "is missing");
    const LegacyText pacbio(kPacbio, "[PORCH]\napi_url = https://a.org\npipeline_name =\n"
                                     "[MAIL]\ndomain =\n");
    EXPECT_EQ(pacbio.findings.all().size(), 4U) << pacbio.report();
    expectFinding(pacbio, "notify.ini", 3, "PORCH", "pipeline_name", "is empty");
    expectFinding(pacbio, "notify.ini", 1, "PORCH", "pipeline_uri", "is missing");
    expectFinding(pacbio, "notify.ini", 1, "PORCH", "pipeline_version", "is missing");
    expectFinding(pacbio, "notify.ini", 5, "MAIL", "domain", "is empty");
}

TEST(LegacySections, SayOnlyThatTheFileIsMissingWhereItIs)
{
    LegacyText loaded(kOnt, "");
    std::filesystem::remove(loaded.file);
    loaded.findings = {};
    Configuration::load(loaded.file, Grammar::python, loaded.redactor, loaded.findings,
                        [](IniFile& ini, Findings& findings) {
                            completeLegacy(
                                kOnt, [](const char*) { return nullptr; }, "account", ini,
                                findings);
                        });
    expectOnly(loaded, 0, "", "", "does not exist");
}

TEST(LegacySections, ReadTheNamesOfThePacbioToolsSampleToo)
{
    const LegacyText loaded(kPacbio, kPacbioText + "[LANGQC]\napi_url = https://qc.example.org\n"
                                                   "recently_qced_url = api/recent\n"
                                                   "pac_bio_run_iu_url = ui/run\n");
    expectOnly(loaded, 8, "LANGQC", "",
               "recently_qced_url (line 10) as recently_qced_path, pac_bio_run_iu_url (line 11) as "
               "pac_bio_run_iu_path",
               kWarning);
    const IniSection& section = *loaded.configuration.ini().find("LANGQC");
    EXPECT_EQ(section.find("recently_qced_path")->value, "api/recent");
    const LegacyText both(kPacbio, kPacbioText + "[LANGQC]\nrecently_qced_path = right\n"
                                                 "recently_qced_url = wrong\n");
    EXPECT_EQ(both.configuration.ini().find("LANGQC")->find("recently_qced_path")->value, "right");
    expectOnly(both, 10, "LANGQC", "recently_qced_url", "nothing reads this key", kWarning);
}

TEST(LegacySections, TrustTheCertificatesThatTheOntToolWasToldToTrust)
{
    const test::TemporaryFolder folder;
    const auto file = folder.write("ca.pem", "certificates").string();
    const LegacyText loaded(kOnt, kOntText, {{"USER", "ops"}, {"REQUESTS_CA_BUNDLE", file}});
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.configuration.caFile(), file);
    const LegacyText wrong(kOnt, kOntText, {{"REQUESTS_CA_BUNDLE", folder.path().string()}});
    EXPECT_TRUE(wrong.findings.hasErrors());
    EXPECT_THAT(wrong.report(), HasSubstr("REQUESTS_CA_BUNDLE"));
    EXPECT_EQ(
        LegacyText(kPacbio, kPacbioText, {{"REQUESTS_CA_BUNDLE", file}}).configuration.caFile(),
        "");
}

TEST(LegacySections, KnowTheToolsByTheirCommandNames)
{
    EXPECT_EQ(legacyTool("npg_ont_event_notification"), kOnt);
    EXPECT_EQ(legacyTool("npg_qc_state_notification"), kPacbio);
    EXPECT_EQ(legacyTool("notifyhost"), std::nullopt);
    EXPECT_EQ(commandName(kPacbio), "npg_qc_state_notification");
}

} // namespace
} // namespace notifyhost::config
