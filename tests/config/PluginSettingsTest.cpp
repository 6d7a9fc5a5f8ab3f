#include "LoadedText.h"

#include <sys/stat.h>

namespace notifyhost::config {
namespace {

std::vector<Setting> table()
{
    return {
        {"api_url",
         Kind::url,
         "",
         "LangQC",
         Need::required,
         Secrecy::open,
         {"[LANGQC] api_url", "[PORCH] api_url"}},
        {"token",
         Kind::text,
         "",
         "token",
         Need::optional,
         Secrecy::secret,
         {"[PORCH] npg_porch_token"}},
        {"weeks", Kind::integer, "4", "weeks to look back"},
        {"folder", Kind::path, "data", "folder"},
        {"from", Kind::mailbox, "", "sender"},
    };
}

SettingValues read(LoadedText& loaded, const std::map<std::string, std::string>& overrides = {},
                   const std::string& name = "wells")
{
    return loaded.configuration.settings(loaded.configuration.reference("source", name), table(),
                                         overrides, loaded.redactor, loaded.findings);
}

TEST(PluginSettings, ComeFromThePluginsSection)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\napi_url = https://own.example.org\n"
                      "weeks = 2\nfolder = here\n[LANGQC]\napi_url = https://old.example.org\n");
    const SettingValues values = read(loaded);
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(values.text("api_url"), "https://own.example.org");
    EXPECT_EQ(values.integer("weeks"), 2);
    EXPECT_EQ(values.text("folder"), (loaded.folder / "here").string());
    EXPECT_FALSE(values.has("from"));
}

TEST(PluginSettings, ComeElseFromTheFirstAliasThatIsThere)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\n[PORCH]\napi_url = https://b.example.org\n"
                      "npg_porch_token = hunter2\n");
    EXPECT_EQ(read(loaded).text("api_url"), "https://b.example.org");
    EXPECT_EQ(read(loaded).text("token"), "hunter2");
    EXPECT_EQ(loaded.report(), "");

    LoadedText both("[LANGQC]\napi_url = https://a.example.org\n"
                    "[PORCH]\napi_url = https://b.example.org\n");
    EXPECT_EQ(read(both).text("api_url"), "https://a.example.org");
}

TEST(PluginSettings, ComeElseFromTheFallback)
{
    LoadedText loaded("[LANGQC]\napi_url = https://a.example.org\n");
    const SettingValues values = read(loaded);
    EXPECT_EQ(values.integer("weeks"), 4);
    EXPECT_EQ(values.text("folder"), (loaded.folder / "data").string());
}

TEST(PluginSettings, TakeFilesOfSecretsThroughAliases)
{
    LoadedText loaded("[LANGQC]\napi_url = https://a.example.org\n"
                      "[PORCH]\nurl = sqlite:q\nnpg_porch_token_file = token\n");
    ::chmod(loaded.folder.write("token", "hunter2\n").c_str(), 0600);
    loaded.load();
    EXPECT_EQ(read(loaded).text("token"), "hunter2");
    EXPECT_EQ(loaded.report(), "");
}

TEST(PluginSettings, GiveWayToTheCommandLine)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\napi_url = https://own.example.org\n"
                      "weeks = x\n");
    const SettingValues values = read(loaded, {{"weeks", "9"},
                                               {"folder", "below"},
                                               {"token", "${env:HOME} hunter2"},
                                               {"from", "a@example.org"}});
    EXPECT_EQ(loaded.report(), "");
    EXPECT_EQ(values.integer("weeks"), 9);
    EXPECT_EQ(values.text("folder"), (std::filesystem::current_path() / "below").string());
    EXPECT_EQ(values.text("token"), "${env:HOME} hunter2");
    EXPECT_EQ(loaded.redactor.redact("${env:HOME} hunter2"), "***");
    EXPECT_EQ(values.text("from"), "a@example.org");
}

TEST(PluginSettings, RefuseBadWordsOfTheCommandLine)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\napi_url = https://own.example.org\n");
    read(loaded, {{"weeks", "many"}, {"wekes", "1"}});
    EXPECT_EQ(loaded.report(), "--wekes: there is no such setting; did you mean --weeks?\n"
                               "--weeks: \"many\" is not a whole number\n");
}

TEST(PluginSettings, RefuseWhatTheTableDoesNotKnow)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\napi_url = https://own.example.org\n"
                      "week = 1\n");
    EXPECT_EQ(loaded.report(), "");
    read(loaded);
    expectOnly(loaded, 4, "source.wells", "week", "did you mean weeks?");
}

TEST(PluginSettings, RefuseBadValuesWhereTheyStand)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\nweeks = 1 ; or two\nfrom = nobody\n"
                      "[LANGQC]\napi_url = somewhere\n");
    const SettingValues values = read(loaded);
    expectFinding(loaded, "notify.ini", 3, "source.wells", "weeks", "need their own line");
    expectFinding(loaded, "notify.ini", 4, "source.wells", "from", "not a mail address");
    expectFinding(loaded, "notify.ini", 6, "LANGQC", "api_url", "not an http or https URL");
    EXPECT_EQ(loaded.findings.all().size(), 3U) << loaded.report();
    EXPECT_EQ(values.integer("weeks"), 4);
}

TEST(PluginSettings, RefuseTheLackOfWhatIsRequired)
{
    LoadedText loaded("[host]\n\n[source.wells]\nplugin = pacbio\n");
    read(loaded);
    expectOnly(loaded, 3, "source.wells", "api_url",
               "is missing: LangQC; may also stand as [LANGQC] api_url");
}

TEST(PluginSettings, RefuseTheLackOfWhatIsRequiredAlsoWithoutASection)
{
    LoadedText loaded("[host]\n");
    read(loaded, {}, "pacbio");
    expectOnly(loaded, 0, "source.pacbio", "api_url", "is missing: LangQC");
}

TEST(PluginSettings, KeepDefaultsThatAreForOthersApart)
{
    LoadedText loaded("[DEFAULT]\nworkers = 1\nweeks = 3\n[source.wells]\nplugin = pacbio\n"
                      "api_url = https://own.example.org\n");
    EXPECT_EQ(read(loaded).integer("weeks"), 3);
    EXPECT_EQ(loaded.report(), "");
}

TEST(PluginSettings, AreReportedOnceHoweverOftenTheyAreRead)
{
    LoadedText loaded("[source.wells]\nplugin = pacbio\nweeks = x\n"
                      "api_url = https://own.example.org\n");
    read(loaded);
    read(loaded);
    expectOnly(loaded, 3, "source.wells", "weeks", "whole number");
}

TEST(PluginSettings, TakeABadAliasForAPluginFault)
{
    LoadedText loaded("");
    EXPECT_THROW(loaded.configuration.settings(
                     {"source.x", "x"},
                     {{"a", Kind::text, "", "", Need::optional, Secrecy::open, {"LANGQC a"}}}, {},
                     loaded.redactor, loaded.findings),
                 PluginFault);
}

} // namespace
} // namespace notifyhost::config
