#include "acceptance/Site.h"

#include "support/AiosmtpdServer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;
using Words = std::vector<std::string>;

const std::string kOnt = "npg_ont_event_notification";
const std::string kPacbio = "npg_qc_state_notification";

/// Task 2 and 3 of porch's sheet of identities.
constexpr const char* kUploaded =
    "53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa";
constexpr const char* kUploadedByName =
    "b61c58a8dd639d9a9f01fa6d57bd7f9f17afe215a20af26f2d8830fc3ef2ddb9";

/// A facility that has one of the Python tools' files, with the embedded queue in porch's place
/// and the sample warehouse, and calls the old names.
class OldSite {
public:
    /// more: further lines, beginning with keys of [MAIL].
    explicit OldSite(const std::string& more = "host = 127.0.0.1\nport = 9\n")
    {
        std::filesystem::copy_file(_site.folder() / "warehouse.sqlite",
                                   _site.folder() / "old.sqlite");
        _file = _site.folder()
                    .write("npg.ini", "[MySQL MLWH]\ndbfile = old.sqlite\n"
                                      "[PORCH]\nurl = sqlite:porch.sqlite\n"
                                      "pipeline_name = wells\npipeline_uri = u\n"
                                      "pipeline_version = 2\n"
                                      "ont_pipeline_version = 0.4.4\n"
                                      "[LANGQC]\napi_url = http://127.0.0.1:9\n"
                                      "[MAIL]\ndomain = example.org\n" +
                                          more)
                    .string();
    }

    /// Runs an old name with the site's file; the option that names the file comes last.
    ProcessResult call(const std::string& name, Words words, const std::string& input = "",
                       const std::string& option = "--conf_file_path")
    {
        words.push_back(option);
        words.push_back(_file);
        return plain(name, words, input);
    }

    /// The same without the file.
    ProcessResult plain(const std::string& name, Words words, const std::string& input = "")
    {
        words.insert(words.begin(), std::string(BUILD_ROOT) + "/bin/" + name);
        return run(words, {input,
                           {{"USER", "ops"}, {"STATE_DIRECTORY", (folder() / "state").string()}},
                           folder().path(),
                           std::chrono::seconds{120}});
    }

    /// notifyhost with the same file and state.
    ProcessResult notifyhost(Words words)
    {
        words.insert(words.begin(), {"-c", _file, "--as", kOnt});
        return plain("notifyhost", words);
    }

    const TemporaryFolder& folder() const { return _site.folder(); }
    const std::string& file() const { return _file; }

private:
    Site _site; // for its warehouse
    std::string _file;
};

std::string firstLines(std::size_t count)
{
    std::string text;
    for (const auto& line : sampleLines("sample-baton.jsonl")) {
        if (count-- == 0) {
            break;
        }
        text += line + "\n";
    }
    return text;
}

TEST(OldNames, UnderstandEverySpellingThatPythonsToolsUnderstand)
{
    OldSite site;
    const auto file = site.file();
    for (const auto& words :
         std::vector<Words>{{"add", "--conf-file-path", file},
                            {"add", "--conf_file_path", file},
                            {"add", "--conf-file", file},
                            {"add", "--conf_file", file},
                            {"add", "--conf-file-path=" + file},
                            {"--conf-f=" + file, "add"},
                            {"add", "--conf-file", file, "--event", "BASECALLED_SUP"},
                            {"add", "--conf-file", file, "--ev", "UPLOADED"},
                            {"add", "--conf-file", file, "--in", "-", "--out", "-"},
                            {"add", "--conf-file", file, "--verb", "--col"},
                            {"add", "--conf-file", file, "-v", "-v"},
                            {"add", "--conf-file", file, "-vv"},
                            {"add", "--conf-file", file, "-d", "--log-j"},
                            {"add", "--conf-file", file, "--log_json", "--debug"},
                            {"--conf-file", "/wrong.ini", "--conf-file", file, "--", "add"}})
    {
        const auto result = site.plain(kOnt, words);
        EXPECT_EQ(result.status, 0) << testing::PrintToString(words) << result.error;
    }
    for (const auto& words : std::vector<Words>{{"process", "--conf_file_path", file},
                                                {"process", "--conf", file},
                                                {"--c=" + file, "process"}})
    {
        const auto result = site.plain(kPacbio, words);
        EXPECT_EQ(result.status, 0) << testing::PrintToString(words) << result.error;
    }
}

TEST(OldNames, EndWith2ForWhatPythonsToolsDoNotUnderstand)
{
    OldSite site;
    const auto file = site.file();
    for (const auto& words :
         std::vector<Words>{{},
                            {"add"},
                            {"--conf-file", file},
                            {"sing", "--conf-file", file},
                            {"process", "--conf-file", file},
                            {"add", "more", "--conf-file", file},
                            {"add", "--conf", file},
                            {"add", "--con", file},
                            {"add", "--c", file},
                            {"add", "--conf-file"},
                            {"add", "--conf-file", "--event"},
                            {"add", "--conf-file", file, "--ver"},
                            {"add", "--conf-file", file, "--v"},
                            {"add", "--conf-file", file, "--log", "x"},
                            {"add", "--conf-file", file, "--event", "uploaded"},
                            {"add", "--conf-file", file, "--event", "BASECALLED_S"},
                            {"add", "--conf-file", file, "-v", "-d"},
                            {"add", "--conf-file", file, "-vd"},
                            {"add", "--conf-file", file, "-vx"},
                            {"add", "--conf-file", file, "-v", "--log-config", "x.json"},
                            {"add", "--conf-file", file, "-d", "--log_config", "x.json"},
                            {"add", "--conf-file", file, "--colour", "--log-json"},
                            {"add", "--conf-file", file, "--verbose=yes"},
                            {"add", "--conf-file", file, "--fast"}})
    {
        const auto result = site.plain(kOnt, words);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(words);
        EXPECT_THAT(result.error, AllOf(StartsWith("usage: " + kOnt), HasSubstr(": error: ")));
        EXPECT_EQ(result.output, "");
    }
    for (const auto& words : std::vector<Words>{{"add", "--conf_file_path", file},
                                                {"process"},
                                                {"process", "--conf-file-path", file},
                                                {"process", "--conf_file_path", file, "-v"}})
    {
        const auto result = site.plain(kPacbio, words);
        EXPECT_EQ(result.status, 2) << testing::PrintToString(words);
        EXPECT_THAT(result.error, StartsWith("usage: qc_state_notification"));
    }
}

TEST(OldNames, ShowHelpAndVersion)
{
    OldSite site;
    for (const auto* word : {"-h", "--help", "--he"}) {
        const auto ont = site.plain(kOnt, {word});
        EXPECT_EQ(ont.status, 0);
        EXPECT_THAT(ont.output, AllOf(HasSubstr("--conf-file-path"), HasSubstr("--log-config")));
        EXPECT_THAT(site.plain(kPacbio, {word}).output, HasSubstr("--conf_file_path"));
    }
    EXPECT_THAT(site.plain(kOnt, {"--version"}).output,
                MatchesRegex("notifyhost [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    EXPECT_EQ(site.plain(kPacbio, {"--version"}).status, 2);
}

TEST(OldNames, AddTheTasksThatPythonsToolAdded)
{
    OldSite site;
    const auto line = firstLines(1);
    const auto first = site.call(kOnt, {"add"}, line);
    EXPECT_EQ(first.status, 0);
    EXPECT_EQ(first.output, line);
    EXPECT_EQ(first.error, "");
    site.call(kOnt, {"add", "--event", "UPLOADED"}, line);
    const auto listed = site.notifyhost({"list", "ont"}).output;
    EXPECT_THAT(listed, AllOf(HasSubstr(kUploaded), HasSubstr(kUploadedByName)));
    const auto again = site.call(kOnt, {"add", "-v"}, firstLines(40));
    EXPECT_EQ(again.status, 0);
    EXPECT_THAT(again.error, HasSubstr("32 added, 8 known"));
}

TEST(OldNames, EndWith1WhereALineWasBad)
{
    OldSite site;
    const auto good = firstLines(1);
    const auto result = site.call(kOnt, {"add"}, "/seq/a/bare/path\n" + good);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, good);
    EXPECT_THAT(result.error, HasSubstr(" line 1: "));
    EXPECT_EQ(site.call(kOnt, {"add"}, "/seq/a/bare/path\n").status, 1);
}

TEST(OldNames, ReadAndWriteFiles)
{
    OldSite site;
    const auto line = firstLines(1);
    site.folder().write("in.jsonl", line);
    site.folder().write("out.jsonl", "what was there\nbefore");
    const auto result = site.call(kOnt, {"add", "--input", "in.jsonl", "--output=out.jsonl"}, "");
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(readFile(site.folder() / "out.jsonl"), line);
    EXPECT_EQ(site.call(kOnt, {"add", "--input", "none.jsonl"}).status, 1);
}

TEST(OldNames, RegisterAndMakeTokens)
{
    OldSite site;
    const auto registered = site.call(kOnt, {"register", "-v"});
    EXPECT_EQ(registered.status, 0) << registered.error;
    EXPECT_EQ(registered.output, "");
    EXPECT_THAT(registered.error, HasSubstr("pipeline ont-event-email created, version 0.4.4"));
    EXPECT_EQ(site.call(kOnt, {"register"}).status, 0);
    const auto token = site.call(kOnt, {"token"});
    EXPECT_EQ(token.status, 0);
    EXPECT_THAT(token.output, MatchesRegex("[0-9a-f]{32}\n"));
}

TEST(OldNames, MailAllContactsOfARunTogetherAsBefore)
{
    const AiosmtpdServer server;
    OldSite site("host = 127.0.0.1\nport = " + std::to_string(server.port()) + "\n");
    site.call(kOnt, {"add"}, firstLines(2));
    const auto result = site.call(kOnt, {"run"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.output + result.error, "");
    EXPECT_THAT(server.envelope(1), HasSubstr("from ops@example.org\n"));
    const auto both = server.message(1) + server.message(2);
    EXPECT_THAT(both, AllOf(HasSubstr("To: ada.marsh@example.org, b.okafor@example.org\r\n"),
                            HasSubstr("From: ops@example.org\r\n")));
    EXPECT_FALSE(std::filesystem::exists(server.messages() / "3.eml"));
    EXPECT_EQ(site.call(kOnt, {"run"}).status, 0);
    EXPECT_FALSE(std::filesystem::exists(server.messages() / "3.eml"));
    EXPECT_THAT(site.notifyhost({"list", "ont", "--status", "DONE"}).output, HasSubstr(kUploaded));
}

TEST(OldNames, DrainTheQueueAndEndWith1WhereSomethingIsLeft)
{
    const AiosmtpdServer server;
    OldSite site("host = 127.0.0.1\nport = " + std::to_string(server.port()) +
                 "\n[pipeline.ont]\nclaim_size = 1\n");
    site.call(kOnt, {"add"}, firstLines(11));
    const auto result = site.call(kOnt, {"run"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.error, HasSubstr("ONTRUN-904"));
    EXPECT_THAT(result.error,
                HasSubstr("`notifyhost -c " + site.file() + " --as " + kOnt + " COMMAND`"));
    EXPECT_FALSE(server.message(4).empty());
    const auto listed = site.notifyhost({"list", "ont"}).output;
    EXPECT_THAT(listed, Not(HasSubstr("PENDING")));
}

/// Puts a task of the embedded queue into the state in which a dead claimer leaves it.
void leaveClaimed(const OldSite& site)
{
    const auto changed = run({"sqlite3", (site.folder() / "porch.sqlite").string(),
                              "UPDATE task SET status = 'CLAIMED'; SELECT changes();"});
    ASSERT_EQ(changed.output, "1\n") << changed.error;
}

TEST(OldNames, ListWhatPythonsToolLeftClaimedAndLeaveItToTheOperator)
{
    const AiosmtpdServer server;
    OldSite site("host = 127.0.0.1\nport = " + std::to_string(server.port()) + "\n");
    site.call(kOnt, {"add"}, firstLines(1));
    leaveClaimed(site);
    for (int look = 0; look < 2; ++look) {
        const auto result = site.call(kOnt, {"run"});
        EXPECT_EQ(result.status, 0) << result.error;
        EXPECT_THAT(result.error, HasSubstr("CLAIMED before notifyhost first looked"));
        EXPECT_THAT(result.error, HasSubstr(" --as " + kOnt));
    }
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output, StartsWith("CLAIMED\t"));
    EXPECT_TRUE(std::filesystem::is_empty(server.messages()));
    const auto early = site.notifyhost({"takeover", "ont", kUploaded});
    EXPECT_EQ(early.status, 1);
    EXPECT_THAT(early.error, HasSubstr("--gone"));
    EXPECT_EQ(site.notifyhost({"takeover", "ont", kUploaded, "--gone"}).status, 0);
    const auto result = site.call(kOnt, {"run"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.error, "");
    EXPECT_THAT(server.message(1), HasSubstr("ONTRUN-901"));
}

TEST(OldNames, CloseAsToldWhatPythonsToolHadTold)
{
    const AiosmtpdServer server;
    OldSite site("host = 127.0.0.1\nport = " + std::to_string(server.port()) + "\n");
    site.call(kOnt, {"add"}, firstLines(1));
    leaveClaimed(site);
    site.call(kOnt, {"run"});
    const auto closed = site.notifyhost({"acknowledge", "ont", kUploaded, "--told"});
    EXPECT_EQ(closed.status, 0) << closed.error;
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output, StartsWith("DONE\t"));
    const auto result = site.call(kOnt, {"run"});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.error, "") << "the warning is over";
    EXPECT_TRUE(std::filesystem::is_empty(server.messages()));
}

TEST(OldNames, SayWhatIsMissingBeforeAnythingIsClaimed)
{
    OldSite site;
    site.call(kOnt, {"add"}, firstLines(1));
    for (const auto& [text, words] : std::map<std::string, std::string>{
             {"[MAIL]\ndomain = example.org\n", "[PORCH] url: is missing"},
             {"[PORCH]\nurl = sqlite:porch.sqlite\n", "[MAIL] domain: is missing"},
             {"[PORCH]\nurl = sqlite:porch.sqlite\n[MAIL]\ndomain = example.org\n",
              "[MySQL MLWH]: is missing"}})
    {
        const auto file = site.folder().write("less.ini", text).string();
        const auto result = site.plain(kOnt, {"run", "--conf-file", file});
        EXPECT_EQ(result.status, 1);
        EXPECT_THAT(result.error, AllOf(HasSubstr(file), HasSubstr(words)));
    }
    const auto absent = site.plain(kOnt, {"run", "--conf-file", "/nowhere/npg.ini"});
    EXPECT_EQ(absent.status, 1);
    EXPECT_THAT(absent.error, HasSubstr("/nowhere/npg.ini: does not exist"));
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output, StartsWith("PENDING\t"));
}

TEST(OldNames, LogWhereAndFromWhichLevelTheDictionarySays)
{
    OldSite site;
    const auto dictionary = site.folder().write("log.json", R"({"version": 1,
        "formatters": {"short": {"format": "%(message)s"}},
        "handlers": {"file": {"class": "logging.FileHandler", "filename": "ont.log"},
                     "console": {"class": "logging.StreamHandler", "level": "ERROR"}},
        "root": {"level": "INFO", "handlers": ["file", "console"]}})");
    const auto result =
        site.call(kOnt, {"add", "--log-c", dictionary.string()}, "nonsense\n" + firstLines(1));
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.error, AllOf(HasSubstr(" ERROR line 1: "), Not(HasSubstr("INFO"))));
    const auto log = readFile(site.folder() / "ont.log");
    EXPECT_THAT(log, HasSubstr(" WARNING " + dictionary.string() +
                               ": levels and file names are honoured, but not: formatters"));
    EXPECT_THAT(log, HasSubstr("1 added, 0 known, 0 refused, 1 bad"));

    const auto words = Words{"-c",           site.file(),         "--as",     kOnt,
                             "--log-config", dictionary.string(), "register", "ont"};
    EXPECT_EQ(site.plain("notifyhost", words).error, "");
    EXPECT_THAT(readFile(site.folder() / "ont.log"),
                HasSubstr("pipeline ont-event-email was there"));
    site.folder().write("log.json", R"({"version": 1, "root": {"level": "LOUD"}})");
    const auto wrong = site.plain("notifyhost", words);
    EXPECT_EQ(wrong.status, 78);
    EXPECT_THAT(wrong.error, HasSubstr(dictionary.string() + ": root.level is no level"));
    EXPECT_EQ(site.call(kOnt, {"add", "--log_config", "/nowhere.json"}).status, 1);
}

TEST(OldNames, WriteLogLinesAsJsonOrInColour)
{
    OldSite site;
    EXPECT_THAT(site.call(kOnt, {"add", "-v", "--log-json"}).error, StartsWith("{\"time\":\""));
    EXPECT_THAT(site.call(kOnt, {"add", "-v", "--colour"}).error, HasSubstr("\x1b[32mINFO"));
    EXPECT_EQ(site.call(kOnt, {"add", "--colour"}).error, "");
    EXPECT_THAT(site.call(kPacbio, {"process"}).error, HasSubstr(" INFO run of pacbio: 0 done"));
}

TEST(OldNames, WarnOnceOfKeysThatNothingReads)
{
    OldSite site("colour = red\n[loggers]\nkeys = root\n");
    const auto result = site.call(kOnt, {"add"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.error, HasSubstr("ignored: [MAIL] colour (line 13), [loggers] (line 14)"));
    EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1);
}

TEST(OldNames, AreUnderstoodByTheOperatorsCommandsToo)
{
    OldSite site;
    const auto check = site.notifyhost({"check"});
    EXPECT_EQ(check.status, 0) << check.error;
    EXPECT_THAT(check.output, HasSubstr("is good: 1 pipeline\n"));
    EXPECT_EQ(site.plain("notifyhost", {"-c", site.file(), "--as", "cron", "check"}).status, 64);
    EXPECT_EQ(site.plain("notifyhost", {"-v", "-d", "check"}).status, 64);
}

} // namespace
} // namespace notifyhost::test
