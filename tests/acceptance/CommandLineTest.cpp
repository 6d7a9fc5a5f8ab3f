#include "acceptance/Site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(CommandLine, EndsWith64ForWhatItDoesNotUnderstand)
{
    Site site;
    for (const auto& words : std::vector<std::vector<std::string>>{
             {}, {"sing"}, {"run"}, {"run", "ont", "--fast"}, {"list", "ont", "--status", "ODD"}})
    {
        const auto result = site.notifyhost(words);
        EXPECT_EQ(result.status, 64) << testing::PrintToString(words);
        EXPECT_THAT(result.error, HasSubstr("--help"));
        EXPECT_EQ(result.output, "");
    }
}

TEST(CommandLine, PrintsVersionAndHelpWithoutAConfiguration)
{
    const std::string program = std::string(BUILD_ROOT) + "/bin/notifyhost";
    const auto version = run({program, "--version"});
    EXPECT_EQ(version.status, 0);
    EXPECT_THAT(version.output, testing::MatchesRegex("notifyhost [0-9]+\\.[0-9]+\\.[0-9]+\n"));
    const auto help = run({program, "--help"});
    EXPECT_EQ(help.status, 0);
    for (const auto* command : {"add", "run", "register", "token", "check", "preview", "status",
                                "list", "explain", "plugins", "describe"})
    {
        EXPECT_THAT(help.output, HasSubstr(command));
    }
}

TEST(CommandLine, NamesThePipelinesThereAre)
{
    Site site;
    const auto result = site.notifyhost({"run", "omt"});
    EXPECT_EQ(result.status, 78);
    EXPECT_THAT(result.error, AllOf(HasSubstr("omt"), HasSubstr("did you mean 'ont'?")));
}

TEST(CommandLine, RefusesSettingsTheSourceDoesNotHave)
{
    Site site;
    EXPECT_EQ(site.notifyhost({"add", "ont", "--colour-of-run", "blue"}).status, 78);
    EXPECT_EQ(site.notifyhost({"add", "ont", "stray"}).status, 64);
    EXPECT_EQ(site.notifyhost({"add", "ont", "--event"}).status, 64);
}

TEST(CommandLine, FindsAGoodConfigurationGood)
{
    Site site;
    const auto result = site.notifyhost({"check"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("is good: 1 pipeline\n"), HasSubstr("state folder: ")));
}

TEST(CommandLine, ReportsEverythingWrongAtOnceWithItsPlace)
{
    Site site("flavour = mild\nworkers = many\n[transport.odd]\nplugin = nonesuch\n");
    const auto result = site.notifyhost({"check"});
    EXPECT_EQ(result.status, 78);
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.error, HasSubstr("notifyhost.ini:18: [pipeline.ont] flavour: "));
    EXPECT_THAT(result.error, HasSubstr("notifyhost.ini:19: [pipeline.ont] workers: "));
    EXPECT_THAT(result.error, HasSubstr("'nonesuch' was not found"));
}

TEST(CommandLine, ListsAndDescribesPlugins)
{
    Site site;
    const auto plugins = site.notifyhost({"plugins"});
    EXPECT_EQ(plugins.status, 0) << plugins.output;
    EXPECT_THAT(plugins.output,
                AllOf(HasSubstr("ont\tsource\t"), HasSubstr("maildir\ttransport\t")));
    const auto described = site.notifyhost({"describe", "maildir"});
    EXPECT_EQ(described.status, 0);
    EXPECT_THAT(described.output, AllOf(HasSubstr("path (path, required"), HasSubstr("reply_to")));
    EXPECT_EQ(site.notifyhost({"describe", "../maildir"}).status, 78);
}

TEST(CommandLine, MakesATokenAndPrintsItAlone)
{
    Site site;
    EXPECT_EQ(site.notifyhost({"register", "ont"}).status, 0);
    const auto token = site.notifyhost({"token", "ont"});
    EXPECT_EQ(token.status, 0) << token.error;
    EXPECT_THAT(token.output, testing::MatchesRegex("[0-9a-f]{32}\n"));
    EXPECT_NE(site.notifyhost({"token", "ont"}).output, token.output);
}

TEST(CommandLine, ShowsHowAPipelineStands)
{
    Site site;
    EXPECT_THAT(site.notifyhost({"status"}).output, HasSubstr("ont: no tasks"));
    site.notifyhost({"add", "ont"}, sampleLines("sample-baton.jsonl").front() + "\n");
    EXPECT_THAT(site.notifyhost({"status", "ont"}).output, HasSubstr("ont: 1 PENDING"));
}

} // namespace
} // namespace notifyhost::test
