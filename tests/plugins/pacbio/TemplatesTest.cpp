#include "message/Templates.h"
#include "PacBioTesting.h"

#include <algorithm>

namespace notifyhost::pacbio {

namespace {

using namespace notifyhost::test;
using message::RenderedText;
using message::Templates;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// How the sample's notifications read, by product and study.
class PacBioTemplates : public PacBio {
protected:
    PacBioTemplates()
    {
        configure({{"manual_url", "https://docs.example.org/irods"},
                   {"mail_domain", "example.org"},
                   // The stand-in answers; links in mails show where a site has its LangQC.
                   {"run_path", "https://langqc.example.org/ui/run"}});
    }

    Poco::JSON::Object facts(const std::string& product, const std::string& study)
    {
        Composed composed = compose(sampleTask(product));
        for (Notification& told : composed.notifications) {
            if (told.key == study) {
                return std::move(told.facts);
            }
        }
        throw std::logic_error("study " + study + " is not told");
    }

    RenderedText render(const std::string& product, const std::string& study)
    {
        return ours.render(facts(product, study));
    }

    /// Everything that is rendered by our templates in these tests.
    std::vector<RenderedText> all()
    {
        std::vector<RenderedText> result;
        for (const Example& example : source->examples()) {
            result.push_back(ours.render(example.facts));
        }
        for (const auto& [product, study] : kSample) {
            result.push_back(render(product, study));
        }
        return result;
    }

    const std::vector<std::pair<std::string, std::string>> kSample{
        {product::kOneLibrary, "7101"}, {product::kSevenLibraries, "7102"},
        {product::kTwoStudies, "7101"}, {product::kTwoStudies, "7104"},
        {product::kNoPlate, "7104"},    {product::kOddNames, "7102"}};
    Templates ours{{SOURCE_ROOT "/conf/templates/pacbio"}};
};

std::size_t columns(const std::string& line)
{
    return static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

TEST_F(PacBioTemplates, NameRunWellOutcomeAndStudyInTheSubject)
{
    EXPECT_EQ(render(product::kOneLibrary, "7101").subject,
              "PacBio run TRACTION-RUN-9001, well A1: QC passed, study 7101");
    EXPECT_EQ(render(product::kTwoStudies, "7104").subject,
              "PacBio run TRACTION-RUN-9002, well A1: QC failed, study 7104");
    EXPECT_EQ(render(product::kOddNames, "7102").subject,
              "PacBio run TRACTION-RUN-9003, well B1: QC undecided, study 7102");
}

TEST_F(PacBioTemplates, SayTheSameInTextAndHtml)
{
    const RenderedText seven = render(product::kSevenLibraries, "7102");
    for (const std::string fact :
         {"7102", "Høst–parasite atlas (Ærø)", "TRACTION-RUN-9001", "C1", "2", "Failed", "fail",
          "5 of 7 libraries", "atlas_005", "atlas_006", "and 2 more",
          "https://docs.example.org/irods", "https://langqc.example.org/ui/run/TRACTION-RUN-9001",
          "manager, follower or owner"})
    {
        EXPECT_THAT(seven.text, HasSubstr(fact));
        EXPECT_THAT(seven.html, HasSubstr(fact));
    }
    for (const std::string& form : {seven.text, seven.html}) {
        EXPECT_THAT(form, AllOf(Not(HasSubstr("atlas_003")), Not(HasSubstr("atlas_004"))));
    }
    const RenderedText odd = render(product::kOddNames, "7102");
    for (const std::string fact :
         {"東海_07", "ATGGAACAAGGACGCT", "GTCTGAGACTAGAAGA", "neither pass nor fail"})
    {
        EXPECT_THAT(odd.text, HasSubstr(fact));
        EXPECT_THAT(odd.html, HasSubstr(fact));
    }
}

TEST_F(PacBioTemplates, LeaveOutWhatIsNotKnown)
{
    const RenderedText sparse = ours.render(source->examples()[1].facts);
    EXPECT_THAT(sparse.text,
                AllOf(HasSubstr("  Plate       n/a\n"), Not(HasSubstr("Instrument")),
                      Not(HasSubstr("tags")), Not(HasSubstr("LangQC")), Not(HasSubstr("\n\n\n"))));
    EXPECT_THAT(sparse.html, AllOf(HasSubstr("<td>n/a</td>"), Not(HasSubstr("Instrument")),
                                   Not(HasSubstr("href=\"\""))));
}

TEST_F(PacBioTemplates, KeepTheTextWithin78ColumnsButForWhatIsLongByItself)
{
    for (const RenderedText& rendered : all()) {
        std::istringstream lines(rendered.text);
        for (std::string line; std::getline(lines, line);) {
            const auto begin = line.find_first_not_of(' ');
            const bool oneWord =
                begin != std::string::npos && line.find(' ', begin) == std::string::npos;
            EXPECT_TRUE(columns(line) <= 78 || oneWord) << line;
            EXPECT_FALSE(line.ends_with(' ')) << line;
        }
        EXPECT_TRUE(rendered.text.ends_with("reply to this message.\n"));
    }
}

TEST_F(PacBioTemplates, MakeHtmlThatNeedsNothingFromOutside)
{
    for (const RenderedText& rendered : all()) {
        EXPECT_THAT(rendered.html, HasSubstr("<html lang=\"en\">"));
        for (const std::string foreign :
             {"<script", "<link", "<img", "<iframe", "url(", "@import", "src="}) {
            EXPECT_THAT(rendered.html, Not(HasSubstr(foreign)));
        }
    }
}

TEST_F(PacBioTemplates, EscapeNamesInHtml)
{
    const RenderedText full = ours.render(source->examples()[0].facts);
    EXPECT_THAT(full.html, HasSubstr("Peat bog invertebrates &amp; their gut flora"));
    EXPECT_THAT(full.text, HasSubstr("Peat bog invertebrates & their gut flora"));
}

// The layout of the mails that sites know from before, in a template of the test's own; the
// expected texts were made by Python from the sample files.
TEST_F(PacBioTemplates, CanBeReplacedSoThatAMailOfTodayComesOutToTheByte)
{
    const Templates theirs({TEST_DATA "/pacbio-mail"});
    const std::pair<std::string, std::pair<std::string, std::string>> expected[] = {
        {"one-7101", {product::kOneLibrary, "7101"}},
        {"seven-7102", {product::kSevenLibraries, "7102"}},
        {"two-studies-7101", {product::kTwoStudies, "7101"}},
        {"two-studies-7104", {product::kTwoStudies, "7104"}},
        {"no-plate-7104", {product::kNoPlate, "7104"}},
        {"odd-7102", {product::kOddNames, "7102"}}};
    for (const auto& [file, which] : expected) {
        const RenderedText rendered = theirs.render(facts(which.first, which.second));
        EXPECT_EQ(rendered.text, readFile(TEST_DATA "/pacbio-mail/" + file + ".txt"));
        EXPECT_EQ(rendered.subject, "Study " + which.second + ": PacBio data for you");
        EXPECT_EQ(rendered.html, "");
    }
}

} // namespace

} // namespace notifyhost::pacbio
