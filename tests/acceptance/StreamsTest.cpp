#include "acceptance/Desk.h"
#include "support/ScriptedHttpServer.h"
#include "support/ScriptedSmtpServer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <thread>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string lines(int first, int last)
{
    std::string text;
    for (int number = first; number <= last; ++number) {
        text += "{\"n\":" + std::to_string(number) + "}\n";
    }
    return text;
}

std::size_t occurrences(const std::string& text, const std::string& word)
{
    std::size_t count = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        ++count;
    }
    return count;
}

/// The real program with its standard streams laid by a shell: $NH is the program with the desk's
/// configuration, and the desk's folder is where the shell works.
class Streams : public testing::Test {
protected:
    ProcessResult shell(const std::string& script) const
    {
        return run({"bash", "-c", kPrologue + script},
                   {"", environment(), desk.folder().path(), std::chrono::seconds{60}});
    }

    /// The same in the background; with `exec` before its command, signals reach the program.
    std::unique_ptr<BackgroundProcess> start(const std::string& script) const
    {
        return std::make_unique<BackgroundProcess>(
            std::vector<std::string>{"bash", "-c", kPrologue + script}, desk.folder() / "log",
            ProcessOptions{"", environment(), desk.folder().path(), {}});
    }

    /// Waits until the program in the background has said this.
    void waitForLog(const std::string& word) const
    {
        for (int turn = 0; turn < 500 && said().find(word) == std::string::npos; ++turn) {
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
        ASSERT_THAT(said(), HasSubstr(word));
    }

    std::string said() const
    {
        const auto log = desk.folder() / "log";
        return std::filesystem::exists(log) ? readFile(log) : "";
    }

    std::size_t inQueue() { return occurrences(desk.notifyhost({"list", "mails"}).output, "\n"); }

    std::map<std::string, std::string> environment() const
    {
        return {{"BIN", std::string(BUILD_ROOT) + "/bin"},
                {"INI", (desk.folder() / "notifyhost.ini").string()}};
    }

    static constexpr const char* kText = "NH=\"$BIN/notifyhost -c $INI\"; ";
    const std::string kPrologue = kText;
    Desk desk;
};

TEST_F(Streams, AddsEverythingThoughTheEchoCannotBeWritten)
{
    desk.folder().write("in", lines(1, 5000));
    for (const auto* output : {"> /dev/full", "--output /dev/full > out"}) {
        const auto result = shell("$NH add mails --input in " + std::string(output));
        EXPECT_EQ(result.status, 74) << output;
        EXPECT_THAT(result.error, AllOf(HasSubstr("No space left on device"),
                                        HasSubstr("5000 events: line 1 to line 5000."),
                                        Not(HasSubstr("in part"))));
        EXPECT_EQ(occurrences(result.error, "\n"), 1U) << result.error;
        EXPECT_EQ(inQueue(), 5000U);
    }
    const auto again = shell("$NH add mails --input in");
    EXPECT_EQ(again.status, 0) << again.error;
    EXPECT_EQ(again.output, lines(1, 5000));
}

TEST_F(Streams, SaysWhichLineOfTheEchoIsCutShort)
{
    desk.folder().write("in", lines(1, 2500));
    // 304 octets are left: thirty-four lines and 7 octets of the next.
    const auto result = shell("truncate -s 4194000 out; ulimit -f 4096; "
                              "$NH add mails --input in >> out");
    EXPECT_EQ(result.status, 74);
    EXPECT_THAT(result.error,
                HasSubstr("2466 events: line 35 to line 2500, the first one in part."));
    EXPECT_THAT(readFile(desk.folder() / "out").substr(4194000), StartsWith(lines(1, 34) + "{"));
    EXPECT_EQ(inQueue(), 2500U);
}

TEST_F(Streams, NamesOneLineAsOne)
{
    const auto result = shell("echo '{\"n\":7}' | $NH add mails >&-");
    EXPECT_EQ(result.status, 74);
    EXPECT_THAT(result.error, HasSubstr("is 1 event: line 1. Add the same input again to have it"));
    EXPECT_EQ(inQueue(), 1U);
}

TEST_F(Streams, AddsEverythingThoughTheReaderLeft)
{
    desk.folder().write("in", lines(1, 12000));
    // Gone before, and gone in the middle: the echo is more than a pipe holds.
    for (const auto* reader : {"true", "head -n 1"}) {
        std::filesystem::remove(desk.folder() / "queue.sqlite");
        const auto result = shell("{ sleep 0.3; $NH add mails --input in; echo $? > status; } | " +
                                  std::string(reader));
        EXPECT_EQ(readFile(desk.folder() / "status"), "74\n");
        EXPECT_THAT(result.error, AllOf(HasSubstr("Broken pipe"), HasSubstr("to line 12000")));
        EXPECT_EQ(occurrences(result.error, "\n"), 1U) << result.error;
        EXPECT_EQ(inQueue(), 12000U);
    }
}

TEST_F(Streams, EchoesWhatWasAddedWhereTheQueuesDiskIsFull)
{
    desk.folder().write("in", lines(1, 5000));
    const auto result = shell("ulimit -f 700; $NH add mails --input in > out");
    EXPECT_EQ(result.status, 74);
    EXPECT_THAT(result.error, HasSubstr("Not known to be added: from line "));
    const auto echoed = readFile(desk.folder() / "out");
    const auto added = inQueue();
    EXPECT_GT(added, 0U);
    EXPECT_LT(added, 5000U);
    EXPECT_EQ(echoed, lines(1, static_cast<int>(added)));
    const auto again = shell("$NH -v add mails --input in");
    EXPECT_EQ(again.status, 0);
    EXPECT_EQ(again.output, lines(1, 5000));
    EXPECT_THAT(again.error, HasSubstr(std::to_string(5000 - added) + " added, " +
                                       std::to_string(added) + " known"));
}

TEST_F(Streams, RefusesAnInputThatIsTheOutputAndLeavesItAsItIs)
{
    for (const auto* files : {"--input in --output in", "--output in < in", "< in >> in",
                              "--input ./in --output link", "--input in >> link"})
    {
        desk.folder().write("in", lines(1, 3));
        shell("ln -sf in link");
        const auto result = shell("$NH add mails " + std::string(files));
        EXPECT_EQ(result.status, 64) << files;
        EXPECT_THAT(result.error, HasSubstr("are the same file"));
        EXPECT_EQ(readFile(desk.folder() / "in"), lines(1, 3)) << files;
    }
    EXPECT_EQ(inQueue(), 0U);
    EXPECT_EQ(shell("$NH add mails < /dev/null > /dev/null").status, 0);
}

TEST_F(Streams, ReplacesWhatAnOutputFileHeld)
{
    desk.folder().write("out", lines(1, 100));
    EXPECT_EQ(shell("echo '{\"n\":1}' | $NH add mails --output out").status, 0);
    EXPECT_EQ(readFile(desk.folder() / "out"), lines(1, 1));
}

TEST_F(Streams, NamesAnInputThatCannotBeRead)
{
    for (const auto& [input, words] :
         {std::pair{"--input .", ".: is a folder"},
          {"< .", "standard input: is a folder"},
          {"--input absent", "absent: cannot be opened: No such file"},
          {"--input in/below", "in/below: cannot be opened: Not a directory"},
          {"<&-", "standard input: cannot be read: Bad file descriptor"},
          {"< <(:) 0>&1", "standard input: cannot be read: Bad file descriptor"}})
    {
        desk.folder().write("in", "");
        const auto result = shell("$NH add mails " + std::string(input) + " > out");
        EXPECT_EQ(result.status, 65) << input;
        EXPECT_THAT(result.error, HasSubstr(words));
    }
    EXPECT_EQ(shell("$NH add mails < /dev/null").status, 0);
}

TEST_F(Streams, EndsSoonWhenAskedAndSaysSo)
{
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        // The writer holds the pipe open after one line and a half.
        const auto process = start("mkfifo p; (printf '{\"n\":1}\\n{\"n\"'; exec sleep 60) > p & "
                                   "exec $NH -d add mails < p");
        waitForLog("line 1: ");
        process->signal(number);
        EXPECT_EQ(process->wait(std::chrono::seconds{20}), 75);
        EXPECT_THAT(said(), AllOf(HasSubstr("ended early on request"), Not(HasSubstr("line 2"))));
        std::filesystem::remove(desk.folder() / "p");
        std::filesystem::remove(desk.folder() / "log");
    }
    EXPECT_EQ(inQueue(), 1U);
}

TEST_F(Streams, EndsSoonWhereNobodyOpensTheNamedPipe)
{
    for (const auto* files : {"--input p > out", "--output p < /dev/null"}) {
        const auto process =
            start("mkfifo p; echo begun; exec $NH add mails " + std::string(files));
        waitForLog("begun");
        std::this_thread::sleep_for(std::chrono::milliseconds{500});
        process->signal(SIGTERM);
        EXPECT_EQ(process->wait(std::chrono::seconds{20}), 75);
        EXPECT_THAT(said(), HasSubstr("ended early on request"));
        std::filesystem::remove(desk.folder() / "p");
        std::filesystem::remove(desk.folder() / "log");
    }
}

TEST_F(Streams, EndsSoonWhereTheReaderTakesNothing)
{
    desk.folder().write("in", lines(1, 12000));
    const auto process = start("mkfifo p; sleep 60 < p & exec 5> p; echo begun; "
                               "exec $NH -d add mails --input in >&5");
    waitForLog("line 5000: ");
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(std::chrono::seconds{20}), 75);
    EXPECT_THAT(said(), HasSubstr("ended early on request"));
}

TEST_F(Streams, HangsUpOnlyWhereHangingUpWasNotIgnoredBefore)
{
    const auto process =
        start("trap '' HUP; mkfifo p; (printf '{\"n\":1}\\n'; exec sleep 60) > p & "
              "exec $NH -d add mails < p");
    waitForLog("line 1: ");
    process->signal(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds{700});
    EXPECT_TRUE(process->running());
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(std::chrono::seconds{20}), 75);
}

TEST_F(Streams, EveryCommandSaysThatItsOutputIsNotAllThere)
{
    const auto id = desk.failing("never");
    const std::vector<std::string> commands{"$NH list mails",
                                            "$NH list mails --failed",
                                            "$NH status",
                                            "$NH explain mails " + id,
                                            "$NH token mails",
                                            "$NH describe",
                                            "$NH describe scripted_transport",
                                            "$NH describe --markdown",
                                            "$NH plugins",
                                            "$NH preview mails",
                                            "$NH check",
                                            "$NH check --live",
                                            "$NH --help",
                                            "$NH --version",
                                            "$NH list --help",
                                            "$NH retry mails " + id,
                                            "$BIN/miniporch --help",
                                            "$BIN/miniporch --version",
                                            "$BIN/miniporch --db queue.sqlite list-tokens",
                                            "$BIN/miniporch --db queue.sqlite issue-token --admin"};
    for (const auto& command : commands) {
        for (const auto& [output, reason] : {std::pair{" > /dev/full", "No space left on device"},
                                             {" >&-", "Bad file descriptor"}})
        {
            const auto result = shell(command + output);
            EXPECT_EQ(result.status, 74) << command << output << "\n" << result.error;
            EXPECT_THAT(result.error,
                        HasSubstr(std::string("standard output cannot be written: ") + reason));
        }
        const auto left = shell("{ sleep 0.1; " + command + "; echo $? > status; } | true");
        EXPECT_EQ(readFile(desk.folder() / "status"), "74\n") << command << left.error;
    }
    // Nothing to say, nothing lost.
    EXPECT_EQ(shell("$NH register mails > /dev/full").status, 0);
    EXPECT_EQ(shell("$NH run mails >&-").status, 1);
}

TEST_F(Streams, TheOldNamesSayItToo)
{
    shell("ln -s $BIN/notifyhost npg_ont_event_notification; "
          "ln -s $BIN/notifyhost npg_qc_state_notification");
    for (const auto* command :
         {"./npg_ont_event_notification --help", "./npg_ont_event_notification --version",
          "./npg_qc_state_notification --help"})
    {
        const auto result = shell(std::string(command) + " > /dev/full");
        EXPECT_EQ(result.status, 1) << command;
        EXPECT_THAT(result.error, HasSubstr("standard output cannot be written"));
    }
}

TEST_F(Streams, ATokenThatCouldNotBePrintedIsSaidToBeLost)
{
    desk.add(R"({"notifications":[]})");
    const auto lost = shell("$NH token mails --description 'for cron' > /dev/full");
    EXPECT_EQ(lost.status, 74);
    EXPECT_THAT(lost.error, AllOf(HasSubstr("is lost"), HasSubstr("`notifyhost token mails`"),
                                  HasSubstr("'for cron'"), HasSubstr("revoke-token NUMBER")));
    const auto issued =
        shell("$BIN/miniporch --db queue.sqlite issue-token --pipeline mails > /dev/full");
    EXPECT_EQ(issued.status, 74);
    EXPECT_THAT(issued.error, AllOf(HasSubstr("is lost"), HasSubstr("revoke-token 2")));
    EXPECT_EQ(shell("$BIN/miniporch --db queue.sqlite revoke-token 2").status, 0);
    EXPECT_THAT(shell("$BIN/miniporch --db queue.sqlite list-tokens").output,
                AllOf(HasSubstr("1\tpipeline mails\tfor cron"), HasSubstr("revoked")));
}

TEST_F(Streams, ALogThatCannotBeWrittenChangesNeitherWorkNorStatus)
{
    for (const auto* error : {"2> /dev/full", "2>&-", ">&- 2>&- <&-", "2> >(:)"}) {
        const auto number = std::to_string(occurrences(desk.taken(), "\n"));
        desk.add(R"({"notifications":[{"key":"study )" + number +
                 R"(","to":["ada@example.org"]}]})");
        EXPECT_EQ(shell("$NH -d run mails " + std::string(error)).status, 0) << error;
        EXPECT_EQ(std::to_string(occurrences(desk.taken(), "\n") - 1), number) << error;
        EXPECT_EQ(shell("$NH run absent " + std::string(error)).status, 78) << error;
        EXPECT_EQ(shell("$NH run " + std::string(error)).status, 64) << error;
    }
    EXPECT_THAT(desk.status(), HasSubstr("4 DONE"));
    EXPECT_THAT(shell("sqlite3 queue.sqlite 'PRAGMA integrity_check'; "
                      "sqlite3 state/ledger.sqlite 'PRAGMA integrity_check'")
                    .output,
                testing::StrEq("ok\nok\n"));
}

TEST_F(Streams, PreviewsATaskFromAPipeAndGivesUpOneWithoutEnd)
{
    const auto shown = shell("$NH preview mails --task <(echo '{\"notifications\":[{\"key\":\"a\","
                             "\"to\":[\"ada@example.org\"]}]}')");
    EXPECT_EQ(shown.status, 0) << shown.error;
    EXPECT_THAT(shown.output, HasSubstr("=== notification a"));
    for (const auto& [task, words] :
         {std::pair{"/dev/zero", "/dev/zero: is larger than the 67108864 octets"},
          {"- < /dev/zero", "-: is larger than the 67108864 octets"},
          {".", ".: cannot be read: Is a directory"},
          {"absent", "absent: cannot be opened: No such file"},
          {"- <&-", "-: cannot be read: Bad file descriptor"},
          {"/dev/null", "/dev/null: not a task input: "}})
    {
        const auto result = shell("$NH preview mails --task " + std::string(task));
        EXPECT_EQ(result.status, 65) << task;
        EXPECT_THAT(result.error, HasSubstr(words));
    }
    const auto process = start("mkfifo p; sleep 60 > p & echo begun; "
                               "exec $NH preview mails --task - < p");
    waitForLog("begun");
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    process->signal(SIGTERM);
    EXPECT_EQ(process->wait(std::chrono::seconds{20}), 75);
    EXPECT_THAT(said(), HasSubstr("ended early on request"));
}

/// What a program says that was started as `notifyhost WORDS` and asked to end when reached() says
/// so.
std::string saidWhenAskedToEnd(const Site& site, const std::string& words,
                               const std::function<bool()>& reached)
{
    const auto log = site.folder() / "log";
    std::filesystem::remove(log);
    BackgroundProcess process({"bash", "-c",
                               "exec " + std::string(BUILD_ROOT) + "/bin/notifyhost -c " +
                                   (site.folder() / "notifyhost.ini").string() + " " + words},
                              log, {"", {}, site.folder().path(), {}});
    for (int turn = 0; turn < 1000 && !reached(); ++turn) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    process.signal(SIGTERM);
    EXPECT_NE(process.wait(std::chrono::seconds{20}), 0) << words;
    return readFile(log);
}

TEST(EndingSoon, EndsWhereTheQueueDoesNotAnswer)
{
    ScriptedHttpServer porch([](const ScriptedRequest&) {
        return ScriptedReply{"", ScriptedReply::Then::silence};
    });
    const Site site("queue = far\nporch_token_file = token\n[queue.far]\nurl = " + porch.url() +
                    "\n");
    site.folder().write("token", std::string(32, 'a'));
    site.folder().write("in", sampleLines("sample-baton.jsonl").front() + "\n");
    for (const auto* words :
         {"list ont", "status ont", "add ont --input in", "preview ont --next", "check --live"})
    {
        const int before = porch.connections();
        EXPECT_THAT(saidWhenAskedToEnd(site, words, [&] { return porch.connections() > before; }),
                    HasSubstr("ended early on request"))
            << words;
    }
}

TEST(EndingSoon, EndsWhereTheMailServerDoesNotAnswer)
{
    ScriptedSmtpServer mail([](const SmtpTurn&) -> std::optional<SmtpAnswer> {
        return SmtpAnswer{"", SmtpAnswer::Then::silence};
    });
    const Site site("[transport.post]\nplugin = email\nhost = 127.0.0.1\nport = " +
                    std::to_string(mail.port()) + "\ntls = off\nfrom = a@example.org\n");
    EXPECT_THAT(
        saidWhenAskedToEnd(site, "test-transport post --to ada@example.org",
                           [&] { return mail.connections() > 0; }),
        testing::AnyOf(HasSubstr("ended early on request"), HasSubstr("the program is ending")));
}

/// Baton lines through the real source.
class BatonStreams : public testing::Test {
protected:
    ProcessResult add(const std::string& input) { return site.notifyhost({"add", "ont"}, input); }
    Site site;
    const std::vector<std::string> samples = sampleLines("sample-baton.jsonl");
};

TEST_F(BatonStreams, TakesLinesAsTheyAreWritten)
{
    const std::string& line = samples.front();
    EXPECT_EQ(add("").status, 0);
    for (const auto& input : {line + "\n", line + "\r\n", line}) {
        const auto result = add(input);
        EXPECT_EQ(result.status, 0) << result.error;
        EXPECT_THAT(result.output, StartsWith(line));
    }
    EXPECT_EQ(occurrences(site.notifyhost({"list", "ont"}).output, "\n"), 1U);
}

TEST_F(BatonStreams, NamesTheLineThatIsNone)
{
    using namespace std::string_literals;
    const std::string& line = samples.front();
    for (const auto& bad : {"\xEF\xBB\xBF{"s, "{\"a\":\"\xFF\xFE\"}"s, "\0\0\0"s, line + "\0"s,
                            "{\"a\": "s, std::string(2 << 20, 'x')})
    {
        const auto result = add(line + "\n" + bad + "\n" + line + "\n");
        EXPECT_EQ(result.status, 1) << bad.substr(0, 20);
        EXPECT_THAT(result.error, AllOf(HasSubstr("ERROR line 2: "), Not(HasSubstr("line 3"))));
        EXPECT_EQ(occurrences(result.output, "\n"), 2U);
    }
}

TEST_F(BatonStreams, GivesUpALineWithoutEnd)
{
    for (const auto* input : {"/dev/zero", "p"}) {
        const auto result =
            run({"bash", "-c",
                 "mkfifo p; (head -n 1 $DATA/sample-baton.jsonl; exec cat /dev/zero) > p & "
                 "$NH add ont --input " +
                     std::string(input) + "; status=$?; kill $!; exit $status"},
                {"",
                 {{"DATA", TEST_DATA},
                  {"NH", std::string(BUILD_ROOT) + "/bin/notifyhost -c " +
                             (site.folder() / "notifyhost.ini").string()}},
                 site.folder().path(),
                 std::chrono::seconds{60}});
        EXPECT_EQ(result.status, *input == 'p' ? 1 : 65) << result.error;
        EXPECT_THAT(result.error, AllOf(HasSubstr("no end of it was found"),
                                        HasSubstr("what follows was not read")));
        EXPECT_EQ(occurrences(result.output, "\n"), *input == 'p' ? 1U : 0U);
        std::filesystem::remove(site.folder() / "p");
    }
}

/// A Maildir at a place where none can be.
TEST(MaildirPath, IsAnErrorWhereThereCanBeNoFolder)
{
    for (const auto& [path, inTheWay] : {std::pair{"file", "file"},
                                         {"file/below/mail", "file"},
                                         {"nowhere", "nowhere"},
                                         {"nowhere/mail", "nowhere"},
                                         {"/dev/null/mail", "/dev/null"}})
    {
        Site site;
        site.folder().write("file", "");
        std::filesystem::create_symlink("absent", site.folder() / "nowhere");
        auto text = readFile(site.folder() / "notifyhost.ini");
        text.replace(text.find("path = mail"), 11, "path = " + std::string(path));
        site.folder().write("notifyhost.ini", text);
        for (const auto* command : {"check", "run"}) {
            std::vector<std::string> words{command};
            if (words.front() == "run") {
                words.emplace_back("ont");
            }
            const auto result = site.notifyhost(words);
            EXPECT_EQ(result.status, 78) << path;
            EXPECT_THAT(result.error, AllOf(HasSubstr("[transport.mail] path: "),
                                            HasSubstr(inTheWay), HasSubstr("no Maildir can be")));
        }
    }
}

TEST(MaildirPath, StopsTheRunWhereAFolderCannotBeMadeAfterAll)
{
    Site site;
    auto text = readFile(site.folder() / "notifyhost.ini");
    text.replace(text.find("path = mail"), 11, "path = /proc/nope/mail");
    site.folder().write("notifyhost.ini", text);
    EXPECT_EQ(site.notifyhost({"check"}).status, 0);
    site.notifyhost({"add", "ont"}, sampleLines("sample-baton.jsonl").front() + "\n");
    const auto result = site.notifyhost({"run", "ont"});
    EXPECT_EQ(result.status, 69);
    EXPECT_THAT(result.error, HasSubstr("cannot create /proc/nope"));
}

TEST(MaildirPath, IsOnlyLookedAtByALiveCheck)
{
    Site site;
    const auto live = site.notifyhost({"check", "--live"});
    EXPECT_EQ(live.status, 0) << live.output << live.error;
    EXPECT_THAT(live.output, HasSubstr("mail is not there yet and can be made"));
    EXPECT_FALSE(std::filesystem::exists(site.folder() / "mail"));
}

} // namespace
} // namespace notifyhost::test
