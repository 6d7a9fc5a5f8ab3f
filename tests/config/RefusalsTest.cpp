#include "LoadedText.h"

#include <sys/stat.h>

namespace notifyhost::config {
namespace {

constexpr auto kWarning = Finding::Severity::warning;

/// A good queue and a good pipeline but for these lines, the first of which is line 9.
std::string pipelineWith(const std::string& lines)
{
    return "[PORCH]\nurl = sqlite:q.db\n[pipeline.a]\nporch_name = a\nporch_uri = u\n"
           "porch_version = 1\nsource = ont\ntransport = maildir\n" +
           lines;
}

TEST(Refusals, MissingConfiguration)
{
    log::Redactor redactor;
    Findings findings;
    const Configuration configuration =
        Configuration::load("/nonexistent/notify.ini", Grammar::ours, redactor, findings);
    ASSERT_EQ(findings.all().size(), 1U);
    EXPECT_EQ(toText(findings.all().front()), "/nonexistent/notify.ini: does not exist");
    EXPECT_TRUE(configuration.pipelines().empty());
}

TEST(Refusals, UnknownSection)
{
    expectOnly(LoadedText("\n[hosts]\nx = 1\n"), 2, "hosts", "", "did you mean [host]?");
    expectOnly(LoadedText("[porch]\n"), 1, "porch", "", "did you mean [PORCH]?");
    expectOnly(LoadedText("[pipelines.a]\n"), 1, "pipelines.a", "", "did you mean [pipeline.a]?");
    expectOnly(LoadedText("[MLWH MySQL]\n"), 1, "MLWH MySQL", "", "no section of this name");
}

TEST(Refusals, UnknownKey)
{
    expectOnly(LoadedText("[host]\nplugin = a\n"), 2, "host", "plugin", "did you mean plugins?");
    expectOnly(LoadedText(pipelineWith("worker = 1\n")), 9, "pipeline.a", "worker",
               "did you mean workers?");
    expectOnly(LoadedText(pipelineWith("event = x\n")), 9, "pipeline.a", "event",
               "no key of this name");
    expectOnly(LoadedText("[MAIL]\ndomian = x\n"), 2, "MAIL", "domian", "did you mean domain?");
    expectOnly(LoadedText("[MySQL MLWH]\ndbfile=x\nport = 1\n"), 3, "MySQL MLWH", "port",
               "did you mean dbport?");
}

TEST(Refusals, UnknownKeyAmongTheDefaults)
{
    expectOnly(LoadedText("[DEFAULT]\nworkrs = 1\n[host]\n"), 2, "DEFAULT", "workrs",
               "no key of this name");
}

TEST(Refusals, StrangersAreOneWarningInThePythonGrammar)
{
    const LoadedText loaded("[MAIL]\ndomain = x\ncolour = red\n[loggers]\nkeys = %(x)d\n",
                            Grammar::python);
    expectOnly(loaded, 3, "", "", "ignored: [MAIL] colour (line 3), [loggers] (line 4)", kWarning);
}

TEST(Refusals, SampleNamesOfLangqc)
{
    const std::string text = "[LANGQC]\nrecently_qced_url = a\npac_bio_well_libraries_url = b\n"
                             "pac_bio_run_iu_url = c\n";
    const LoadedText loaded(text);
    expectFinding(loaded, "notify.ini", 2, "LANGQC", "recently_qced_url",
                  "the right name is recently_qced_path");
    expectFinding(loaded, "notify.ini", 3, "LANGQC", "pac_bio_well_libraries_url",
                  "the right name is pac_bio_well_libraries_path");
    expectFinding(loaded, "notify.ini", 4, "LANGQC", "pac_bio_run_iu_url",
                  "the right name is pac_bio_run_iu_path");
    EXPECT_EQ(loaded.findings.all().size(), 3U);

    const LoadedText python(text, Grammar::python);
    EXPECT_FALSE(python.findings.hasErrors());
    expectFinding(python, "notify.ini", 2, "LANGQC", "recently_qced_url", "recently_qced_path",
                  kWarning);
    EXPECT_EQ(python.findings.all().size(), 3U);
}

TEST(Refusals, PercentThatPythonCannotReplace)
{
    const std::string text = "[MySQL MLWH]\ndbfile = m.db\ndbpassword = hunter%2\n";
    const LoadedText python(text, Grammar::python);
    expectOnly(python, 3, "MySQL MLWH", "dbpassword", "must be written %%");
    EXPECT_EQ(python.report().find("hunter"), std::string::npos);
    EXPECT_EQ(LoadedText(text).report(), "");
}

TEST(Refusals, MissingKeysOfAPipeline)
{
    const LoadedText loaded("[PORCH]\nurl = sqlite:q.db\n\n[pipeline.a]\nworkers = 1\n");
    for (const char* key : {"porch_name", "porch_uri", "porch_version", "source", "transport"}) {
        expectFinding(loaded, "notify.ini", 4, "pipeline.a", key, "is missing: ");
    }
    EXPECT_EQ(loaded.findings.all().size(), 5U) << loaded.report();
}

TEST(Refusals, EmptyRequiredKey)
{
    const LoadedText loaded("[PORCH]\nurl = sqlite:q.db\n[pipeline.a]\nporch_name =\n"
                            "porch_uri = u\nporch_version = 1\nsource = ont\ntransport = m\n");
    expectOnly(loaded, 4, "pipeline.a", "porch_name", "is empty");
}

TEST(Refusals, BadValuesOfAPipeline)
{
    const std::vector<std::pair<std::string, std::string>> bad{
        {"workers = 0", "below 1"},
        {"workers = 65", "above 64"},
        {"workers = four", "\"four\" is not a whole number"},
        {"claim_size = 1001", "above 1000"},
        {"claim_size = 0", "below 1"},
        {"in_doubt = ask", "must be resend or hold"},
        {"stale = ignore", "must be return or report"},
        {"addressing = bcc", "must be individual or together"},
        {"redirect_to = me", "not a mail address"},
        {"give_up_after = 5", "whole number and s, m, h or d"},
        {"give_up_after = 1.5 d", "whole number and s, m, h or d"},
        {"give_up_after = -1 d", "whole number and s, m, h or d"},
        {"give_up_after = 0 s", "from 1 s to 365 d"},
        {"give_up_after = 366 d", "from 1 s to 365 d"},
        {"stale_after = 1 h", "from 2 h to 365 d"},
        {"stale_after = 3 weeks", "whole number and s, m, h or d"},
        {"max_run_minutes = 0", "below 1"},
        {"max_run_minutes = 5 m", "not a whole number"},
        {"max_per_run = -1", "below 0"},
        {"max_per_recipient_per_day = x", "not a whole number"},
        {"templates = gone", "is not there, or is not a folder"},
        {"queue = other", "no section [queue.other]"},
    };
    for (const auto& [line, words] : bad) {
        const std::string key = line.substr(0, line.find(' '));
        expectOnly(LoadedText(pipelineWith(line + "\n")), 9, "pipeline.a", key, words);
    }
}

TEST(Refusals, WarnsOfAStaleAfterForWhichNothingIsProved)
{
    const LoadedText loaded(pipelineWith("stale_after = 2 h\n"));
    ASSERT_EQ(loaded.findings.all().size(), 1U);
    const auto& finding = loaded.findings.all().front();
    EXPECT_EQ(finding.severity, kWarning);
    EXPECT_EQ(finding.line, 9);
    EXPECT_NE(finding.text.find("below 6 h"), std::string::npos) << finding.text;
    EXPECT_TRUE(LoadedText(pipelineWith("stale_after = 6 h\n")).findings.all().empty());
}

TEST(Refusals, BadValuesOfTheHost)
{
    expectOnly(LoadedText("[host]\nledger_keep_days = 0\n"), 2, "host", "ledger_keep_days",
               "below 1");
    expectOnly(LoadedText("[host]\ntemplates = gone\n"), 2, "host", "templates", "is not there");
    expectOnly(LoadedText("[host]\nstate =\n"), 2, "host", "state", "is empty");
    expectOnly(LoadedText("[host]\nstate = ~/state\n"), 2, "host", "state", "${env:HOME}");
}

TEST(Refusals, BadNames)
{
    for (const char* name : {"pipeline.", "queue.a b", "source.-a", "transport..a"}) {
        const LoadedText loaded("[" + std::string(name) + "]\n");
        expectFinding(loaded, "notify.ini", 1, name, "", "may hold letters");
    }
    expectFinding(LoadedText("[source.a/../b]\nplugin = x\n"), "notify.ini", 1, "source.a/../b", "",
                  "may hold letters");
}

TEST(Refusals, PluginSectionWithoutPlugin)
{
    expectOnly(LoadedText("[transport.mail]\nhost = h\n"), 1, "transport.mail", "plugin",
               "is missing");
}

TEST(Refusals, TwoPipelinesOfOnePorchPipelineAreNamedBoth)
{
    const LoadedText loaded(pipelineWith("[pipeline.b]\nporch_name = a\nporch_uri = u\n"
                                         "porch_version = 2\nsource = ont\ntransport = maildir\n"));
    EXPECT_EQ(loaded.findings.all().size(), 2U);
    expectFinding(loaded, "notify.ini", 10, "pipeline.b", "porch_name",
                  "[pipeline.a] at " + loaded.file.string() + ":4 has the same");
    expectFinding(loaded, "notify.ini", 4, "pipeline.a", "porch_name",
                  "[pipeline.b] at " + loaded.file.string() + ":10 has the same");
}

TEST(Refusals, TwoPipelinesOfOnePorchPipelineOnTwoQueues)
{
    const LoadedText loaded(
        pipelineWith("[queue.other]\nurl = sqlite:./other.db\n[pipeline.b]\nqueue = other\n"
                     "porch_name = a\nporch_uri = u\nporch_version = 1\nsource = ont\n"
                     "transport = maildir\n"));
    expectFinding(loaded, "notify.ini", 13, "pipeline.b", "porch_name", "[pipeline.a] at ");
    expectFinding(loaded, "notify.ini", 4, "pipeline.a", "porch_name", "on another queue too");
}

TEST(Refusals, PipelineWithoutAQueue)
{
    expectOnly(LoadedText("[pipeline.a]\nporch_name = a\nporch_uri = u\nporch_version = 1\n"
                          "source = ont\ntransport = maildir\n"),
               1, "pipeline.a", "queue", "add a section [PORCH]");
}

TEST(Refusals, QueueThatIsNotThereWithASuggestion)
{
    const LoadedText loaded(pipelineWith("queue = lokal\n[queue.local]\nurl = sqlite:x.db\n"));
    expectOnly(loaded, 9, "pipeline.a", "queue", "did you mean local?");
}

TEST(Refusals, BadQueues)
{
    expectOnly(LoadedText("[PORCH]\nurl = ftp://a.example.org\n"), 2, "PORCH", "url",
               "not an http or https URL");
    expectOnly(LoadedText("[PORCH]\nurl = sqlite:\n"), 2, "PORCH", "url", "followed by the path");
    expectOnly(LoadedText("[PORCH]\napi_url = porch\n"), 2, "PORCH", "api_url", "or sqlite:PATH");
    expectOnly(LoadedText("[PORCH]\nconnections = 2\n"), 1, "PORCH", "url", "is missing");
    expectOnly(LoadedText("[queue.a]\nconnections = 2\n"), 1, "queue.a", "url", "is missing");
    expectOnly(LoadedText("[queue.a]\nurl = sqlite:x\nconnections = 0\n"), 3, "queue.a",
               "connections", "below 1");
    expectOnly(LoadedText("[queue.a]\nurl = sqlite:x\napi_url = y\n"), 3, "queue.a", "api_url",
               "no key of this name");
}

TEST(Refusals, TwoDifferentUrlsOfOnePorch)
{
    const LoadedText loaded(
        "[PORCH]\nurl = https://a.example.org\napi_url = https://b.example.org\n");
    expectOnly(loaded, 3, "PORCH", "api_url", "url at " + loaded.file.string() + ":2");
}

TEST(Refusals, TwoTokensThatAPipelineCouldMean)
{
    const std::string porch = "[PORCH]\nurl = https://a.example.org\npipeline_token = hunter1\n"
                              "npg_porch_token = hunter2\n";
    const std::string pipeline = "[pipeline.a]\nporch_name = a\nporch_uri = u\nporch_version = 1\n"
                                 "source = ont\ntransport = maildir\n";
    const LoadedText loaded(porch + pipeline);
    expectOnly(loaded, 5, "pipeline.a", "porch_token", "say here which token");
    EXPECT_EQ(loaded.report().find("hunter"), std::string::npos);
    EXPECT_EQ(LoadedText(porch + pipeline + "porch_token = hunter1\n").report(), "");
}

TEST(Refusals, WarehouseInAFileAndOnAServer)
{
    const LoadedText loaded("[MySQL MLWH]\ndbhost = h\ndbuser = u\ndbschema = s\ndbfile = f\n");
    expectOnly(loaded, 5, "MySQL MLWH", "dbfile", "dbhost is given as well");
}

TEST(Refusals, MissingKeysOfTheWarehouse)
{
    const LoadedText loaded("\n[MySQL MLWH]\ndbport = 1\n");
    for (const char* key : {"dbhost", "dbuser", "dbschema"}) {
        expectFinding(loaded, "notify.ini", 2, "MySQL MLWH", key, "is missing");
    }
    EXPECT_EQ(loaded.findings.all().size(), 3U);
}

TEST(Refusals, BadValuesOfTheWarehouse)
{
    const std::string server = "[MySQL MLWH]\ndbhost = h\ndbuser = u\ndbschema = s\n";
    expectOnly(LoadedText(server + "dbport = 65536\n"), 5, "MySQL MLWH", "dbport", "above 65535");
    expectOnly(LoadedText(server + "tls = yes\n"), 5, "MySQL MLWH", "tls",
               "must be off or required");
    expectOnly(LoadedText(server + "ca_file = gone.pem\n"), 5, "MySQL MLWH", "ca_file",
               "gone.pem does not exist");
    expectOnly(LoadedText(server + "read_timeout_seconds = 0\n"), 5, "MySQL MLWH",
               "read_timeout_seconds", "below 1");
}

TEST(Refusals, CertificatesThatCannotBeRead)
{
    for (const Grammar grammar : {Grammar::ours, Grammar::python}) {
        expectOnly(LoadedText("[SSL]\nssl_cert_file = gone.pem\n", grammar), 2, "SSL",
                   "ssl_cert_file", "gone.pem does not exist");
        expectOnly(LoadedText("[SSL]\nssl_cert_file = .\n", grammar), 2, "SSL", "ssl_cert_file",
                   "is a folder");
    }
    LoadedText loaded("[SSL]\nssl_cert_file = pipe\n");
    ASSERT_EQ(::mkfifo((loaded.folder / "pipe").c_str(), 0600), 0);
    loaded.load();
    expectOnly(loaded, 2, "SSL", "ssl_cert_file", "not a regular file");
}

TEST(Refusals, EverythingWrongAtOnce)
{
    LoadedText loaded("[host]\nledger_keep_days = x\n[hots]\n[PORCH]\nurl = nowhere\nurl = again\n"
                      "[pipeline.a]\nworkers = 1000\nsorce = ont\n");
    loaded.folder.write("conf.d/b.ini", "[SSL]\nssl_cert_file = gone\n");
    loaded.load();
    expectFinding(loaded, "notify.ini", 2, "host", "ledger_keep_days", "whole number");
    expectFinding(loaded, "notify.ini", 3, "hots", "", "did you mean [host]?");
    expectFinding(loaded, "notify.ini", 5, "PORCH", "url", "URL");
    expectFinding(loaded, "notify.ini", 6, "PORCH", "url", "already given at ");
    expectFinding(loaded, "notify.ini", 7, "pipeline.a", "porch_name", "is missing");
    expectFinding(loaded, "notify.ini", 8, "pipeline.a", "workers", "above 64");
    expectFinding(loaded, "notify.ini", 9, "pipeline.a", "sorce", "did you mean source?");
    expectFinding(loaded, "conf.d/b.ini", 2, "SSL", "ssl_cert_file", "does not exist");
    EXPECT_EQ(loaded.findings.all().size(), 12U) << loaded.report();
}

} // namespace
} // namespace notifyhost::config
