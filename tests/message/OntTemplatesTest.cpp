#include "message/Templates.h"

#include "support/TemporaryFolder.h"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Parser.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

using namespace notifyhost;
using message::RenderedText;
using message::Templates;
using testing::HasSubstr;
using testing::Not;

namespace {

const std::filesystem::path kFacts = TEST_DATA "/facts";
const std::filesystem::path kTemplates = SOURCE_ROOT "/conf/templates/ont";

Poco::JSON::Object::Ptr factsOf(const std::string& name)
{
    Poco::JSON::Parser parser;
    return parser.parse(test::readFile(kFacts / ("ont-" + name + ".json")))
        .extract<Poco::JSON::Object::Ptr>();
}

RenderedText render(const std::string& name)
{
    return Templates({kTemplates}).render(*factsOf(name));
}

std::string escaped(const std::string& text)
{
    std::string result;
    for (const char character : text) {
        const std::map<char, std::string> entities{
            {'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};
        const auto found = entities.find(character);
        result += found == entities.end() ? std::string(1, character) : found->second;
    }
    return result;
}

/// All texts of the facts that are for readers, which leaves out how wells are coloured.
void collect(const Poco::Dynamic::Var& value, std::set<std::string>& texts)
{
    if (value.type() == typeid(Poco::JSON::Object::Ptr)) {
        for (const auto& [name, member] : *value.extract<Poco::JSON::Object::Ptr>()) {
            if (name != "plate_maps" && name != "colour" && name != "event_given" &&
                name != "plate_count") {
                collect(member, texts);
            }
        }
    } else if (value.type() == typeid(Poco::JSON::Array::Ptr)) {
        for (const auto& element : *value.extract<Poco::JSON::Array::Ptr>()) {
            collect(element, texts);
        }
    } else if (value.isString()) {
        texts.insert(value.convert<std::string>());
    }
}

std::size_t columns(const std::string& line)
{
    return static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class OntTemplates : public testing::TestWithParam<std::string> {};

} // namespace

TEST_P(OntTemplates, SayTheSameInTextAndHtml)
{
    const auto rendered = render(GetParam());
    std::set<std::string> texts;
    collect(Poco::Dynamic::Var(factsOf(GetParam())), texts);
    ASSERT_GT(texts.size(), 5u);
    for (const auto& text : texts) {
        EXPECT_THAT(rendered.text, HasSubstr(text));
        EXPECT_THAT(rendered.html, HasSubstr(escaped(text)));
    }
}

TEST_P(OntTemplates, KeepTheTextWithin78ColumnsButForWhatIsLongByItself)
{
    std::istringstream lines(render(GetParam()).text);
    for (std::string line; std::getline(lines, line);) {
        const auto begin = line.find_first_not_of(' ');
        const bool oneWord =
            begin != std::string::npos && line.find(' ', begin) == std::string::npos;
        EXPECT_TRUE(columns(line) <= 78 || oneWord || line.find("second_kit") != std::string::npos)
            << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
    }
}

TEST_P(OntTemplates, MakeHtmlThatNeedsNothingFromOutside)
{
    const auto html = render(GetParam()).html;
    EXPECT_THAT(html, HasSubstr("<html lang=\"en\">"));
    EXPECT_LT(html.size(), 100u * 1024);
    for (const std::string foreign :
         {"<script", "<link", "<img", "<iframe", "url(", "@import", "http:", "https:", "src="})
    {
        EXPECT_THAT(html, Not(HasSubstr(foreign)));
    }
}

TEST_P(OntTemplates, NameEveryUsedWellInWords)
{
    const auto html = render(GetParam()).html;
    const auto maps = factsOf(GetParam())->getArray("plate_maps");
    for (std::size_t plate = 0; plate < maps->size(); ++plate) {
        const auto rows = maps->getObject(static_cast<unsigned>(plate))->getArray("rows");
        for (std::size_t row = 0; row < rows->size(); ++row) {
            const auto cells = rows->getObject(static_cast<unsigned>(row))->getArray("cells");
            for (std::size_t cell = 0; cell < cells->size(); ++cell) {
                const auto well = cells->getObject(static_cast<unsigned>(cell));
                if (well->getValue<bool>("used")) {
                    const auto words = escaped(well->getValue<std::string>("text"));
                    EXPECT_THAT(html, HasSubstr("title=\"" + words + "\" aria-label=\"" + words +
                                                "\"><b>" + well->getValue<std::string>("mark") +
                                                "</b><br>" + well->getValue<std::string>("well")));
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Facts, OntTemplates,
                         testing::Values("full", "one-sample", "no-plate", "96"),
                         [](const auto& one) {
                             std::string name = one.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(OntSubject, NamesRunFlowcellAndEvent)
{
    EXPECT_EQ(render("full").subject,
              "ONT run ONTRUN-902, flowcell PBA90202: data basecalled (SUP)");
}

TEST(OntText, ShowsThePlatesByTheLettersOfTheStudies)
{
    EXPECT_THAT(render("full").text,
                HasSubstr("Plate DN902B: where the samples were, by the letter "
                          "of their study\n\n"
                          "      1  2  3  4  5  6  7  8  9 10 11 12\n"
                          "  A   B  A  .  .  .  .  .  .  .  .  .  .\n"
                          "  B   B  C  .  .  .  .  .  .  .  .  .  .\n"));
}

TEST(OntText, SaysWhatIsNotKnown)
{
    const auto text = render("no-plate").text;
    EXPECT_THAT(text, HasSubstr("\n  A   7204     (no name)\n"));
    EXPECT_THAT(text, HasSubstr("\nNo plate or tube is known for these samples.\n"));
    EXPECT_THAT(text, Not(HasSubstr("Instrument")));
}

// The layout of the mails that sites know from before, in a template of the test's own; the
// expected text was made by Python's format().
TEST(SiteTemplate, ReproducesAFixedWidthMailToTheByte)
{
    const Templates templates({TEST_DATA "/fixed-width"});
    const auto rendered = templates.render(*factsOf("full"));
    EXPECT_EQ(rendered.text, test::readFile(TEST_DATA "/fixed-width/expected.txt"));
    EXPECT_EQ(rendered.subject, "ONTRUN-902, flowcell PBA90202: BASECALLED_SUP");
    EXPECT_EQ(rendered.html, "");
}
