#include "LoadedText.h"

namespace notifyhost::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kWhole = R"([host]
plugins = ont, pacbio,email
plugin_path = /usr/lib/notifyhost:own
templates = .
state = state
ledger_keep_days = 30

[PORCH]
url = https://porch.example.org
admin_token = admin-token
pipeline_token = pipeline-token
connections = 3
connect_timeout_seconds = 5
answer_timeout_seconds = 90

[queue.local]
url = sqlite:queue.db

[MySQL MLWH]
dbhost = db.example.org
dbport = 3309
dbuser = reader
dbpassword = p%40;#=ss
dbschema = mlwh
tls = required
connect_timeout_seconds = 3
read_timeout_seconds = 4

[source.runs]
plugin = ont

[transport.mail]
plugin = email

[pipeline.ont-uploaded]
porch_name = ont-event-email
porch_uri = https://example.org/notifications
porch_version = 1.0
porch_token = own-token
source = runs
transport = mail
templates = .
addressing = together
redirect_to = Staging <staging@example.org>
workers = 8
claim_size = 50
in_doubt = hold
stale = report
give_up_after = 36h
stale_after = 2 d
max_run_minutes = 10
max_per_run = 1000
max_per_recipient_per_day = 20

[pipeline.plain]
porch_name = plain
porch_uri = https://example.org/notifications
porch_version = 2
queue = local
source = ont
transport = maildir
)";

TEST(Configuration, ReadsTheHost)
{
    const LoadedText loaded(kWhole);
    EXPECT_EQ(loaded.report(), "");
    const HostSettings& host = loaded.configuration.host();
    EXPECT_EQ(host.plugins, (std::vector<std::string>{"ont", "pacbio", "email"}));
    EXPECT_EQ(host.pluginPath,
              (std::vector<std::filesystem::path>{"/usr/lib/notifyhost", loaded.folder / "own"}));
    EXPECT_EQ(host.templates, loaded.folder.path());
    EXPECT_EQ(host.state, loaded.folder / "state");
    EXPECT_EQ(host.ledgerKeep, std::chrono::hours{30 * 24});
    EXPECT_EQ(loaded.configuration.file(), loaded.file);
}

TEST(Configuration, ReadsAPipeline)
{
    const LoadedText loaded(kWhole);
    ASSERT_EQ(loaded.configuration.pipelines().size(), 2U);
    const PipelineSettings* pipeline = loaded.configuration.pipeline("ont-uploaded");
    ASSERT_NE(pipeline, nullptr);
    EXPECT_EQ(pipeline->name, "ont-uploaded");
    EXPECT_EQ(pipeline->file, loaded.file.string());
    EXPECT_EQ(pipeline->line, 35);
    EXPECT_EQ(pipeline->porchName, "ont-event-email");
    EXPECT_EQ(pipeline->porchUri, "https://example.org/notifications");
    EXPECT_EQ(pipeline->porchVersion, "1.0");
    EXPECT_EQ(pipeline->porchToken, "own-token");
    EXPECT_EQ(pipeline->queue, "");
    EXPECT_EQ(pipeline->source, "runs");
    EXPECT_EQ(pipeline->transport, "mail");
    EXPECT_EQ(pipeline->templates, loaded.folder.path());
    EXPECT_EQ(pipeline->addressing, MailAddressing::together);
    EXPECT_EQ(pipeline->redirectTo, "staging@example.org");
    EXPECT_EQ(pipeline->workers, 8);
    EXPECT_EQ(pipeline->claimSize, 50);
    EXPECT_EQ(pipeline->inDoubt, InDoubt::hold);
    EXPECT_EQ(pipeline->stale, Stale::report);
    EXPECT_EQ(pipeline->giveUpAfter, 36h);
    EXPECT_EQ(pipeline->staleAfter, 48h);
    EXPECT_EQ(pipeline->maxRun, 10min);
    EXPECT_EQ(pipeline->maxPerRun, 1000);
    EXPECT_EQ(pipeline->maxPerRecipientPerDay, 20);
    EXPECT_EQ(loaded.configuration.pipeline("gone"), nullptr);
}

TEST(Configuration, FillsInThePipelinesDefaults)
{
    const LoadedText loaded(kWhole);
    const PipelineSettings& pipeline = *loaded.configuration.pipeline("plain");
    EXPECT_EQ(pipeline.queue, "local");
    EXPECT_EQ(pipeline.porchToken, "");
    EXPECT_TRUE(pipeline.templates.empty());
    EXPECT_EQ(pipeline.addressing, MailAddressing::individual);
    EXPECT_FALSE(pipeline.caseSensitiveAddresses);
    EXPECT_EQ(pipeline.redirectTo, "");
    EXPECT_EQ(pipeline.workers, 4);
    EXPECT_EQ(pipeline.claimSize, 100);
    EXPECT_EQ(pipeline.inDoubt, InDoubt::resend);
    EXPECT_EQ(pipeline.stale, Stale::giveBack);
    EXPECT_EQ(pipeline.giveUpAfter, 120h);
    EXPECT_EQ(pipeline.staleAfter, 6h);
    EXPECT_EQ(pipeline.maxRun, 45min);
    EXPECT_EQ(pipeline.maxPerRun, 0);
    EXPECT_EQ(pipeline.maxPerRecipientPerDay, 0);
}

TEST(Configuration, ReadsQueuesAndTheWarehouse)
{
    const LoadedText loaded(kWhole);
    const Configuration& configuration = loaded.configuration;
    const QueueSettings& porch = configuration.queue(*configuration.pipeline("ont-uploaded"));
    EXPECT_EQ(porch.url, "https://porch.example.org");
    EXPECT_EQ(porch.adminToken, "admin-token");
    EXPECT_EQ(porch.pipelineToken, "pipeline-token");
    EXPECT_EQ(porch.connections, 3);
    EXPECT_EQ(porch.connectTimeout, 5s);
    EXPECT_EQ(porch.answerTimeout, 90s);
    const QueueSettings& local = configuration.queue(*configuration.pipeline("plain"));
    EXPECT_EQ(local.url, "sqlite:" + (loaded.folder / "queue.db").string());
    EXPECT_EQ(local.connections, 2);
    EXPECT_EQ(local.connectTimeout, 10s);
    EXPECT_EQ(local.answerTimeout, 60s);

    const WarehouseKeys& warehouse = configuration.warehouse();
    EXPECT_TRUE(warehouse.configured);
    EXPECT_EQ(warehouse.host, "db.example.org");
    EXPECT_EQ(warehouse.port, 3309);
    EXPECT_EQ(warehouse.user, "reader");
    EXPECT_EQ(warehouse.password, "p%40;#=ss");
    EXPECT_EQ(warehouse.schema, "mlwh");
    EXPECT_TRUE(warehouse.tls);
    EXPECT_TRUE(warehouse.caFile.empty());
    EXPECT_EQ(warehouse.connectTimeout, 3s);
    EXPECT_EQ(warehouse.readTimeout, 4s);
}

TEST(Configuration, TakesAWarehouseInAFile)
{
    const LoadedText loaded("[MySQL MLWH]\ndbfile = mlwh.db\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.configuration.warehouse().dbfile, loaded.folder / "mlwh.db");
    EXPECT_EQ(loaded.configuration.warehouse().port, 3306);
    EXPECT_FALSE(loaded.configuration.warehouse().tls);
    EXPECT_FALSE(LoadedText("").configuration.warehouse().configured);
}

TEST(Configuration, GivesAPipelineTheQueuesTokenWhereItHasNone)
{
    const LoadedText loaded("[PORCH]\nurl = https://a.example.org\nnpg_porch_token = shared-one\n"
                            "[pipeline.a]\nporch_name=a\nporch_uri=u\nporch_version=1\n"
                            "source=ont\ntransport=email\n");
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(loaded.configuration.pipeline("a")->porchToken, "shared-one");
}

TEST(Configuration, KnowsWhatSectionNamesStandFor)
{
    const LoadedText loaded(kWhole);
    const PluginReference named = loaded.configuration.reference("source", "runs");
    EXPECT_EQ(named.section, "source.runs");
    EXPECT_EQ(named.plugin, "ont");
    const PluginReference direct = loaded.configuration.reference("transport", "maildir");
    EXPECT_EQ(direct.section, "transport.maildir");
    EXPECT_EQ(direct.plugin, "maildir");

    std::vector<std::string> sections;
    for (const PluginReference& reference : loaded.configuration.references()) {
        sections.push_back(reference.section + "=" + reference.plugin);
    }
    EXPECT_EQ(sections, (std::vector<std::string>{"source.runs=ont", "transport.mail=email",
                                                  "source.ont=ont", "transport.maildir=maildir"}));
}

TEST(Configuration, ListsSectionsThatNoPipelineNames)
{
    const LoadedText loaded("[transport.spare]\nplugin = email\n");
    ASSERT_EQ(loaded.configuration.references().size(), 1U);
    EXPECT_EQ(loaded.configuration.references().front().section, "transport.spare");
}

TEST(Configuration, StartsRelativePathsAtTheFileThatNamesThem)
{
    LoadedText loaded("[host]\nstate = state\n");
    loaded.folder.write("conf.d/10.ini", "[PORCH]\nurl = sqlite:../queue.db\n"
                                         "[MySQL MLWH]\ndbfile = mlwh.db\n"
                                         "[SSL]\nssl_cert_file = ca.pem\n"
                                         "[pipeline.a]\nporch_name=a\nporch_uri=u\n"
                                         "porch_version=1\nsource=ont\ntransport=maildir\n"
                                         "templates = site\n");
    loaded.folder.write("conf.d/ca.pem", "certificates");
    loaded.folder.write("conf.d/site/x", "");
    loaded.load();
    EXPECT_EQ(loaded.report(), "");
    const Configuration& configuration = loaded.configuration;
    EXPECT_EQ(configuration.host().state, loaded.folder / "state");
    EXPECT_EQ(configuration.queue(configuration.pipelines().front()).url,
              "sqlite:" + (loaded.folder / "queue.db").string());
    EXPECT_EQ(configuration.warehouse().dbfile, loaded.folder / "conf.d/mlwh.db");
    EXPECT_EQ(configuration.caFile(), loaded.folder / "conf.d/ca.pem");
    EXPECT_EQ(configuration.pipelines().front().templates, loaded.folder / "conf.d/site");
    EXPECT_EQ(configuration.pipelines().front().file, (loaded.folder / "conf.d/10.ini").string());
}

TEST(Configuration, StartsRelativePathsHereWhereTheFileIsNamedWithoutAFolder)
{
    const test::TemporaryFolder folder;
    folder.write("notify.ini", "[host]\nstate = state\n");
    folder.write("conf.d/b.ini", "[MySQL MLWH]\ndbfile = mlwh.db\n");
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    log::Redactor redactor;
    Findings findings;
    const Configuration configuration =
        Configuration::load("notify.ini", Grammar::ours, redactor, findings);
    std::filesystem::current_path(before);
    EXPECT_TRUE(findings.all().empty());
    EXPECT_EQ(configuration.host().state, folder / "state");
    EXPECT_EQ(configuration.warehouse().dbfile, folder / "conf.d/mlwh.db");
}

TEST(Configuration, LetsDefaultsReachEverySectionThatKnowsThem)
{
    const LoadedText loaded("[DEFAULT]\nconnections = 7\nworkers = 9\n"
                            "[PORCH]\nurl = sqlite:q.db\n"
                            "[pipeline.a]\nporch_name=a\nporch_uri=u\nporch_version=1\n"
                            "source=ont\ntransport=maildir\n");
    EXPECT_EQ(loaded.report(), "");
    const PipelineSettings& pipeline = loaded.configuration.pipelines().front();
    EXPECT_EQ(pipeline.workers, 9);
    EXPECT_EQ(loaded.configuration.queue(pipeline).connections, 7);
}

TEST(Configuration, ReadsTheSampleOfTheOntToolInBothGrammars)
{
    for (const Grammar grammar : {Grammar::ours, Grammar::python}) {
        const LoadedText loaded(test::readFile(TEST_DATA "/samples/ont-config.ini"), grammar);
        EXPECT_EQ(loaded.report(), "");
        EXPECT_EQ(loaded.configuration.warehouse().host, "127.0.0.1");
        EXPECT_EQ(loaded.configuration.warehouse().port, 3309);
        EXPECT_EQ(loaded.configuration.warehouse().password, "not-a-real-password");
        const QueueSettings& porch = loaded.configuration.queue({});
        EXPECT_EQ(porch.url, "https://porch.example.org");
        EXPECT_EQ(porch.adminToken, "ffffffffffffffffffffffffffffffff");
        EXPECT_EQ(porch.pipelineToken, "00112233445566778899aabbccddeeff");
    }
}

TEST(Configuration, ReadsTheSampleOfThePacBioToolInBothGrammars)
{
    for (const Grammar grammar : {Grammar::ours, Grammar::python}) {
        std::string text = test::readFile(TEST_DATA "/samples/qc-config.ini");
        const std::string certificates = "/etc/ssl/example/ca.pem";
        text.replace(text.find(certificates), certificates.size(), "notify.ini");
        const LoadedText loaded(text, grammar);
        EXPECT_EQ(loaded.report(), "");
        EXPECT_EQ(loaded.configuration.queue({}).url, "https://porch.example.org");
        EXPECT_EQ(loaded.configuration.queue({}).pipelineToken, "0123456789abcdef0123456789abcdef");
        EXPECT_EQ(loaded.configuration.caFile(), loaded.file);
    }
}

TEST(Configuration, LetsOneFileServeBothPythonTools)
{
    const LoadedText loaded("[PORCH]\nurl = https://porch.example.org\n"
                            "api_url = https://porch.example.org\n"
                            "pipeline_token = token-of-ont\nnpg_porch_token = token-of-pacbio\n"
                            "pipeline_name = a\npipeline_uri = b\npipeline_version = c\n");
    EXPECT_EQ(loaded.report(), "");
}

} // namespace
} // namespace notifyhost::config
