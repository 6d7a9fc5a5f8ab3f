#include "acceptance/Site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The first lines of the sample, which the sample warehouse knows.
std::string knownLines(std::size_t count = 10)
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

std::multiset<std::string> recipients(const std::vector<ReadMail>& mails)
{
    std::multiset<std::string> result;
    for (const auto& mail : mails) {
        result.insert(mail.headers.at("to"));
    }
    return result;
}

TEST(OntRun, TellsEveryContactOfEveryRunOnce)
{
    Site site;
    site.notifyhost({"add", "ont"}, knownLines());
    const auto result = site.notifyhost({"run", "ont"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.output + result.error, "");
    // Runs 901 (2 contacts), 902 (3) and 903 (3), the last in two places.
    EXPECT_EQ(recipients(site.mails()),
              (std::multiset<std::string>{
                  "ada.marsh@example.org", "ada.marsh@example.org", "ada.marsh@example.org",
                  "b.okafor@example.org", "b.okafor@example.org", "b.okafor@example.org",
                  "k.nowak@example.com", "k.nowak@example.com", "l.ito@example.org",
                  "m.wren@example.org", "s.holm@example.org"}));
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output, Not(HasSubstr("PENDING")));

    EXPECT_EQ(site.notifyhost({"add", "ont"}, knownLines()).status, 0);
    EXPECT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    EXPECT_EQ(site.mails().size(), 11U);
}

TEST(OntRun, WritesMailsThatSayWhatWasMeant)
{
    Site site;
    site.notifyhost({"add", "ont"}, knownLines(2));
    ASSERT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    const auto mails = site.mails();
    ASSERT_EQ(mails.size(), 5U);
    const auto& mail = mails.back();
    EXPECT_EQ(mail.headers.at("to"), "s.holm@example.org");
    EXPECT_EQ(mail.headers.at("from"), "Sequencing Ærø <sequencing@example.org>");
    EXPECT_EQ(mail.headers.at("reply-to"), "help@example.org");
    EXPECT_EQ(mail.headers.at("auto-submitted"), "auto-generated");
    EXPECT_THAT(mail.headers.at("message-id"), testing::MatchesRegex("<[0-9a-f]{32}@example.org>"));
    for (const auto* fact :
         {"ONTRUN-902", "PBA90202", "/seq/nanopore/flow/ONTRUN-902/PBA90202", "7102",
          "Høst–parasite atlas (Ærø)", "DN902A", "DN902B", "NB01", "NB24", "9020001", "D2"})
    {
        EXPECT_THAT(mail.text, HasSubstr(fact));
        EXPECT_THAT(mail.html, HasSubstr(fact));
    }
}

TEST(OntRun, KeepsARunThatTheWarehouseDoesNotKnowAndTellsWhy)
{
    Site site;
    site.notifyhost({"add", "ont"}, knownLines(11));
    const auto result = site.notifyhost({"run", "ont"});
    EXPECT_EQ(result.status, 75);
    EXPECT_THAT(result.error, HasSubstr("ONTRUN-904"));
    EXPECT_EQ(site.mails().size(), 11U);
    const auto listed = site.notifyhost({"list", "ont", "--status", "RUNNING"}).output;
    EXPECT_THAT(listed, HasSubstr("ONTRUN-904"));
    const auto task = listed.substr(listed.find('\t') + 1, 64);
    const auto life = site.notifyhost({"explain", "ont", task}).output;
    EXPECT_THAT(life, HasSubstr("is not in the warehouse"));
    EXPECT_THAT(life, HasSubstr("notifyhost retry ont"));
}

TEST(OntRun, TellsAllAtOnceWhereTheSiteWantsThat)
{
    Site site("addressing = together\n");
    site.notifyhost({"add", "ont"}, knownLines(2));
    ASSERT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    const auto mails = site.mails();
    ASSERT_EQ(mails.size(), 2U);
    EXPECT_EQ(mails.back().headers.at("to"),
              "l.ito@example.org, m.wren@example.org, s.holm@example.org");
}

TEST(OntRun, RedirectsForATrialAndSaysSoInTheText)
{
    Site site("redirect_to = trial@example.org\n");
    site.notifyhost({"add", "ont"}, knownLines(1));
    ASSERT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    const auto mails = site.mails();
    ASSERT_EQ(mails.size(), 2U);
    for (const auto& mail : mails) {
        EXPECT_EQ(mail.headers.at("to"), "trial@example.org");
        EXPECT_THAT(mail.text, HasSubstr("@example.org\n"));
        EXPECT_THAT(mail.text, HasSubstr("meant for: "));
        EXPECT_THAT(mail.html, HasSubstr("meant for: "));
    }
}

TEST(OntRun, UsesATemplateOfTheSitesOwn)
{
    Site site("templates = words\n");
    site.folder().write("words/subject.mustache", "{{experiment}} in Platz {{slot}}");
    site.notifyhost({"add", "ont"}, knownLines(1));
    ASSERT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    EXPECT_EQ(site.mails().front().headers.at("subject"), "ONTRUN-901 in Platz 3");
}

/// The ids of all tasks, by the event that they have.
std::map<std::string, std::string> idsByEvent(Site& site)
{
    std::map<std::string, std::string> result;
    std::istringstream lines(site.notifyhost({"list", "ont"}).output);
    for (std::string line; std::getline(lines, line);) {
        const std::string begin = R"("event":")";
        const auto event = line.find(begin) + begin.size();
        result[line.substr(event, line.find('"', event) - event)] =
            line.substr(line.find('\t') + 1, 64);
    }
    return result;
}

TEST(OntRun, TellsOnceOfAnEventGivenByItsNameAndByItsDisplayText)
{
    for (const auto& [first, second] : {std::pair{"uploaded", "UPLOADED"},
                                        {"UPLOADED", "uploaded"},
                                        {"basecalled (SUP)", "BASECALLED_SUP"}})
    {
        Site site("templates = words\n");
        site.folder().write("words/subject.mustache", "{{event_given}}, which is {{event}}");
        const auto tell = [&](const std::string& event) {
            EXPECT_EQ(site.notifyhost({"add", "ont", "--event", event}, knownLines(1)).status, 0);
            return site.notifyhost({"-v", "run", "ont"});
        };
        EXPECT_EQ(tell(first).status, 0);
        const auto mails = site.mails();
        ASSERT_EQ(mails.size(), 2U);
        EXPECT_THAT(mails.front().headers.at("subject"),
                    testing::StartsWith(std::string(first) + ", which is "))
            << "the templates have the event as it was given";
        const auto again = tell(second);
        EXPECT_EQ(again.status, 0) << again.error;
        EXPECT_THAT(again.error, HasSubstr("1 superseded or repeated"));
        EXPECT_EQ(site.mails().size(), 2U);
        auto ids = idsByEvent(site);
        ASSERT_EQ(ids.size(), 2U) << "two tasks, as porch and the tool before have them";
        EXPECT_THAT(site.notifyhost({"explain", "ont", ids[second]}).output,
                    testing::AllOf(HasSubstr("repeated"), HasSubstr("queue: DONE"),
                                   HasSubstr(ids[first].substr(0, 12) + " has said the same")));
        if (ids.count("UPLOADED") > 0) {
            EXPECT_EQ(ids["uploaded"],
                      "53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa");
            EXPECT_EQ(ids["UPLOADED"],
                      "b61c58a8dd639d9a9f01fa6d57bd7f9f17afe215a20af26f2d8830fc3ef2ddb9");
        }
        EXPECT_EQ(tell(std::string(first).starts_with("b") ? "UPLOADED" : "BASECALLED").status, 0);
        EXPECT_EQ(site.mails().size(), 4U) << "another event is another word";
    }
}

TEST(OntRun, TellsOnceOfAnEventGivenInBothWaysBeforeTheFirstRun)
{
    Site site;
    for (const auto* event : {"BASECALLED_HAC", "basecalled (HAC)"}) {
        site.notifyhost({"add", "ont", "--event", event}, knownLines(1));
    }
    const auto result = site.notifyhost({"-v", "run", "ont"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(site.mails().size(), 2U);
    EXPECT_THAT(result.error, HasSubstr("2 done (0 in part, 0 with nobody to tell, 1 superseded"));
}

TEST(OntRun, ClaimsNothingWhileATemplateIsWrong)
{
    Site site("templates = words\n");
    const auto file = site.folder().write("words/subject.mustache", "{{nothing_of_that_name}}");
    site.notifyhost({"add", "ont"}, knownLines(1));
    for (const std::string words : {"nothing_of_that_name", "never_closed"}) {
        const auto result = site.notifyhost({"run", "ont"});
        EXPECT_EQ(result.status, 78);
        EXPECT_THAT(result.error, HasSubstr(words));
        EXPECT_THAT(site.notifyhost({"list", "ont"}).output, testing::StartsWith("PENDING\t"));
        site.folder().write("words/subject.mustache", "{{#never_closed}}");
    }
    std::filesystem::remove(file);
    EXPECT_EQ(site.notifyhost({"run", "ont"}).status, 0);
    EXPECT_EQ(site.mails().size(), 2U);
}

TEST(OntRun, PreviewsWithoutClaimingOrSending)
{
    Site site;
    const auto line = sampleLines("sample-baton.jsonl").front();
    site.notifyhost({"add", "ont"}, line + "\n");
    const auto examples = site.notifyhost({"preview", "ont"});
    EXPECT_EQ(examples.status, 0) << examples.error;
    EXPECT_THAT(examples.output, HasSubstr("To: recipient@example.org"));
    const auto task = site.folder().write(
        "task.json",
        R"({"event":"uploaded","experiment_name":"ONTRUN-901","flowcell_id":"PBA90101",)"
        R"("instrument_slot":3,"path":"/seq/nanopore/flow/ONTRUN-901/PBA90101"})");
    const auto real = site.notifyhost({"preview", "ont", "--task", task.string()});
    EXPECT_EQ(real.status, 0) << real.error;
    EXPECT_THAT(real.output, HasSubstr("recipient: ada.marsh@example.org"));
    EXPECT_THAT(
        real.output,
        HasSubstr("subject: ONT run ONTRUN-901, flowcell PBA90101: data uploaded\ntext:\n"));
    EXPECT_THAT(real.output, HasSubstr("From: =?UTF-8?Q?Sequencing"));
    const auto next = site.notifyhost({"preview", "ont", "--next"});
    EXPECT_THAT(next.output, HasSubstr("subject: ONT run ONTRUN-901, "));
    EXPECT_TRUE(site.mails().empty());
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output, HasSubstr("PENDING"));
}

} // namespace
} // namespace notifyhost::test
