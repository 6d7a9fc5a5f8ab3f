#include "acceptance/Site.h"
#include "support/LangQcStandIn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// A site with a second pipeline for PacBio wells, whose keys stand where the Python tool has them.
class PacBioSite {
public:
    explicit PacBioSite(const std::string& extra = "", const std::string& url = "")
        : site("[LANGQC]\napi_url = " + (url.empty() ? langQc.url() : url) +
               "\nrecently_qced_path = api/products/qc?weeks=4&final=yes&seq_level=yes\n"
               "pac_bio_well_libraries_path = api/pacbio/wells/[product_id]/libraries\n"
               "pac_bio_run_iu_path = https://langqc.example.org/ui/run\n"
               "[IRODS]\nuser_manual_url = https://docs.example.org/irods\n"
               "[MAIL]\ndomain = example.org\n"
               "[pipeline.wells]\nporch_name = pacbio-well-qc\n"
               "porch_uri = https://example.org/notifications\nporch_version = 2\n"
               "source = pacbio\ntransport = mail\n" +
               extra)
    {
    }

    ProcessResult notifyhost(const std::vector<std::string>& words)
    {
        return site.notifyhost(words);
    }

    /// Makes LangQC tell of these products alone.
    void tellOnly(const std::vector<std::string>& products)
    {
        const std::string all = LangQcStandIn::recentStates();
        std::string answerText;
        for (const std::string& each : products) {
            const auto begin = all.find("\"" + each + "\": [");
            answerText += (answerText.empty() ? "{" : ",") +
                          all.substr(begin, all.find("\n  ]", begin) + 4 - begin);
        }
        langQc.answer("products/qc", answer(200, answerText + "}"));
    }

    std::string list() { return notifyhost({"list", "wells"}).output; }

    LangQcStandIn langQc;
    Site site;
};

const std::vector<std::string> kKnown{product::kOneLibrary, product::kSevenLibraries,
                                      product::kTwoStudies, product::kNoPlate,
                                      product::kOddNames,   product::kNoContacts};

std::vector<std::string> recipients(const std::vector<ReadMail>& mails)
{
    std::vector<std::string> result;
    for (const ReadMail& mail : mails) {
        result.push_back(mail.headers.at("to"));
    }
    return result;
}

TEST(PacBioAdd, AddsEachStateOnceWithTheIdentityThatPorchGivesIt)
{
    PacBioSite site;
    const auto first = site.notifyhost({"-v", "add", "wells"});
    EXPECT_EQ(first.status, 0) << first.error;
    EXPECT_EQ(first.output, "");
    EXPECT_THAT(first.error, HasSubstr("30 added, 0 known, 0 refused, 0 bad"));
    const auto second = site.notifyhost({"-v", "add", "wells"});
    EXPECT_EQ(second.status, 0) << second.error;
    EXPECT_THAT(second.error, HasSubstr("0 added, 30 known, 0 refused, 0 bad"));
    EXPECT_THAT(site.list(),
                HasSubstr("9b268dceba6a73bbd06e3aa3ac742560ab0f430874ff1b53cf3f5a9f94066ef6"));
}

TEST(PacBioAdd, AddsAStateAgainOnceItIsJudgedAnew)
{
    PacBioSite site;
    site.tellOnly({product::kOneLibrary});
    site.notifyhost({"add", "wells"});
    std::string anew = LangQcStandIn::recentStates();
    const auto at = anew.find("Passed");
    anew = "{" + anew.substr(1, anew.find("\n  ]", at) + 3) + "}";
    anew.replace(anew.find("Passed"), 6, "Failed");
    site.langQc.answer("products/qc", answer(200, anew));
    const auto again = site.notifyhost({"-v", "add", "wells"});
    EXPECT_THAT(again.error, HasSubstr("1 added, 0 known"));
}

TEST(PacBioAdd, SaysWhenLangQcIsDown)
{
    PacBioSite site("", "http://127.0.0.1:" + std::to_string(freePort()));
    const auto result = site.notifyhost({"add", "wells"});
    EXPECT_EQ(result.status, 69) << result.error;
    EXPECT_THAT(result.error, HasSubstr("/api/products/qc"));
}

TEST(PacBioAdd, ReportsABadProductAndAddsTheOthers)
{
    PacBioSite site;
    const std::string odd(64, 'd');
    std::string text = LangQcStandIn::recentStates();
    text.replace(text.find('{'), 1, "{\"" + odd + "\": [],");
    site.langQc.answer("products/qc", answer(200, text));
    const auto result = site.notifyhost({"-v", "add", "wells"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.error, AllOf(HasSubstr("product " + odd), HasSubstr("30 added, 0 known")));
}

TEST(PacBioRun, TellsTheContactsOfEachStudyOfEachWellOnce)
{
    PacBioSite site;
    site.tellOnly(kKnown);
    ASSERT_EQ(site.notifyhost({"add", "wells"}).status, 0);
    const auto result = site.notifyhost({"run", "wells"});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.output + result.error, "");
    // 9001 A1: 2; 9001 C1: 3; 9002 A1: 2 of 7101 and 2 of 7104; 9004 A1: 2; 9003 B1: 3.
    const auto mails = site.site.mails();
    EXPECT_THAT(recipients(mails),
                testing::ElementsAre(
                    "ada.marsh@example.org", "ada.marsh@example.org", "ada.marsh@example.org",
                    "ada.marsh@example.org", "b.okafor@example.org", "b.okafor@example.org",
                    "k.nowak@example.com", "k.nowak@example.com", "l.ito@example.org",
                    "l.ito@example.org", "m.wren@example.org", "m.wren@example.org",
                    "s.holm@example.org", "s.holm@example.org"));
    EXPECT_THAT(site.list(), AllOf(Not(HasSubstr("PENDING")), Not(HasSubstr("RUNNING"))));

    site.notifyhost({"add", "wells"});
    EXPECT_EQ(site.notifyhost({"run", "wells"}).status, 0);
    EXPECT_EQ(site.site.mails().size(), mails.size());
}

TEST(PacBioRun, WritesMailsThatSayWhatWasMeant)
{
    PacBioSite site;
    site.tellOnly({product::kSevenLibraries});
    site.notifyhost({"add", "wells"});
    ASSERT_EQ(site.notifyhost({"run", "wells"}).status, 0);
    const auto mails = site.site.mails();
    ASSERT_THAT(mails, SizeIs(3));
    EXPECT_EQ(mails[0].headers.at("subject"),
              "PacBio run TRACTION-RUN-9001, well C1: QC failed, study 7102");
    EXPECT_EQ(mails[0].headers.at("from"), "Sequencing Ærø <sequencing@example.org>");
    for (const std::string fact :
         {"Høst–parasite atlas (Ærø)", "atlas_005", "5 of 7 libraries",
          "https://docs.example.org/irods", "https://langqc.example.org/ui/run/TRACTION-RUN-9001"})
    {
        EXPECT_THAT(mails[0].text, HasSubstr(fact));
        EXPECT_THAT(mails[0].html, HasSubstr(fact));
    }
}

TEST(PacBioRun, KeepsAWellThatLangQcDoesNotKnowAndTellsTheOthers)
{
    PacBioSite site;
    // The second of the sample's products is one whose libraries are not known.
    site.tellOnly({product::kOneLibrary,
                   "f6908267cd4afbc9ed7e2e0271f1200c8ac2074d5247e9dcbdb39f89382d7595",
                   product::kTwoStudies});
    std::string libraries = LangQcStandIn::libraries(product::kTwoStudies);
    for (auto at = libraries.find("\"7101\""); at != std::string::npos;
         at = libraries.find("\"7101\"")) {
        libraries.replace(at, 6, "\"9999\"");
    }
    site.langQc.answer("wells/" + product::kTwoStudies, answer(200, libraries));
    site.notifyhost({"add", "wells"});
    const auto result = site.notifyhost({"run", "wells"});
    EXPECT_EQ(result.status, 75) << result.error;
    EXPECT_THAT(result.error,
                AllOf(HasSubstr("product f6908267cd4afbc9ed7e2e0271f1200c8ac2074d5247e9dcbdb39f893"
                                "82d7595: LangQC does not know it (yet): 404"),
                      HasSubstr("product " + product::kTwoStudies),
                      HasSubstr("study 9999 is not in the warehouse (yet)")));
    EXPECT_THAT(recipients(site.site.mails()),
                testing::ElementsAre("ada.marsh@example.org", "ada.marsh@example.org",
                                     "b.okafor@example.org", "k.nowak@example.com"));
    EXPECT_THAT(site.list(), AllOf(HasSubstr("RUNNING"), HasSubstr("DONE"),
                                   Not(HasSubstr("PENDING")), Not(HasSubstr("FAILED"))));
}

TEST(PacBioRun, StopsWhereLangQcIsDownAndLosesNothing)
{
    PacBioSite site;
    site.tellOnly(kKnown);
    site.notifyhost({"add", "wells"});
    site.langQc.answer("/", answer(503, "down for maintenance", "text/plain"));
    const auto down = site.notifyhost({"run", "wells"});
    EXPECT_EQ(down.status, 69) << down.error;
    EXPECT_THAT(down.error, HasSubstr("503 Scripted: down for maintenance"));
    EXPECT_THAT(site.site.mails(), SizeIs(0));
    site.langQc.answer("/libraries", answer(409, R"({"detail":"not linked"})"));
    for (const std::string& each : kKnown) {
        site.langQc.answer(each, answer(200, LangQcStandIn::libraries(each)));
    }
    EXPECT_EQ(site.notifyhost({"run", "wells"}).status, 0);
    EXPECT_THAT(site.site.mails(), SizeIs(14));
}

TEST(PacBioRun, ReproducesAMailOfTodayWithTemplatesOfTheSitesOwn)
{
    PacBioSite site("templates = words\naddressing = together\n");
    for (const std::string name : {"subject.mustache", "text.mustache"}) {
        site.site.folder().write("words/" + name, readFile(TEST_DATA "/pacbio-mail/" + name));
    }
    site.site.folder().write("words/html.mustache", "");
    site.tellOnly({product::kSevenLibraries});
    site.notifyhost({"add", "wells"});
    ASSERT_EQ(site.notifyhost({"run", "wells"}).status, 0);
    const auto mails = site.site.mails();
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_EQ(mails[0].headers.at("to"),
              "l.ito@example.org, m.wren@example.org, s.holm@example.org");
    EXPECT_EQ(mails[0].headers.at("subject"), "Study 7102: PacBio data for you");
    EXPECT_EQ(mails[0].text, readFile(TEST_DATA "/pacbio-mail/seven-7102.txt"));
    EXPECT_EQ(mails[0].html, "");
}

TEST(PacBio, IsCheckedDescribedAndPreviewedWithoutLangQc)
{
    PacBioSite site("", "http://127.0.0.1:" + std::to_string(freePort()));
    const auto check = site.notifyhost({"check"});
    EXPECT_EQ(check.status, 0) << check.error;
    const auto described = site.notifyhost({"describe", "pacbio"});
    EXPECT_EQ(described.status, 0);
    EXPECT_THAT(described.output, AllOf(HasSubstr("langqc_url (URL, required)"),
                                        HasSubstr("also read from [LANGQC] recently_qced_path")));
    const auto preview = site.notifyhost({"preview", "wells"});
    EXPECT_EQ(preview.status, 0) << preview.error;
    EXPECT_THAT(preview.output,
                AllOf(HasSubstr("=== notification full"), HasSubstr("=== notification sparse"),
                      HasSubstr("TRACTION-RUN-830")));
    EXPECT_THAT(site.langQc.requests(), SizeIs(0));
}

TEST(PacBio, PreviewsARealTask)
{
    PacBioSite site;
    site.tellOnly({product::kTwoStudies});
    site.notifyhost({"add", "wells"});
    const auto task =
        site.site.folder().write("task.json", R"({"id_product":")" + product::kTwoStudies +
                                                  R"(","qc_state":"Passed","outcome":true})");
    const auto real = site.notifyhost({"preview", "wells", "--task", task.string()});
    EXPECT_EQ(real.status, 0) << real.error;
    EXPECT_THAT(real.output, AllOf(HasSubstr("notification 7101"), HasSubstr("notification 7104"),
                                   HasSubstr("recipient: k.nowak@example.com")));
    EXPECT_THAT(site.site.mails(), SizeIs(0));
}

TEST(PacBio, NamesTheKeyOfAMisspeltOrMissingSetting)
{
    PacBioSite site("", "nowhere");
    const auto wrong = site.notifyhost({"check"});
    EXPECT_EQ(wrong.status, 78);
    EXPECT_THAT(wrong.error, HasSubstr("[LANGQC] api_url: \"nowhere\" is not an http or https"));
}

} // namespace
} // namespace notifyhost::test
