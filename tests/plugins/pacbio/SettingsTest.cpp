#include "PacBioTesting.h"

#include "LangQc.h"

namespace notifyhost::pacbio {

namespace {

using namespace notifyhost::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using PacBioSettings = PacBio;

TEST_F(PacBioSettings, StandAlsoWhereThePythonToolHasThem)
{
    std::map<std::string, std::string> places;
    for (const Setting& setting : source->settings()) {
        if (!setting.aliases.empty()) {
            EXPECT_THAT(setting.aliases, SizeIs(1));
            places[setting.name] = setting.aliases[0];
        }
    }
    EXPECT_EQ(places, (std::map<std::string, std::string>{
                          {"langqc_url", "[LANGQC] api_url"},
                          {"recent_path", "[LANGQC] recently_qced_path"},
                          {"libraries_path", "[LANGQC] pac_bio_well_libraries_path"},
                          {"run_path", "[LANGQC] pac_bio_run_iu_path"},
                          {"manual_url", "[IRODS] user_manual_url"},
                          {"mail_domain", "[MAIL] domain"}}));
}

TEST_F(PacBioSettings, AreRefusedTogetherWithWhatToWrite)
{
    const auto problems = configure({{"recent_path", ""},
                                     {"libraries_path", "api/wells/libraries"},
                                     {"run_path", "ftp://example.org/run"}});
    ASSERT_THAT(problems, SizeIs(3));
    EXPECT_EQ(problems[0].setting, "recent_path");
    EXPECT_THAT(problems[0].text, HasSubstr("is empty"));
    EXPECT_EQ(problems[1].setting, "run_path");
    EXPECT_THAT(problems[1].text, HasSubstr("does not give an http or https URL"));
    EXPECT_EQ(problems[2].setting, "libraries_path");
    EXPECT_THAT(problems[2].text, HasSubstr("[product_id]"));
}

TEST_F(PacBioSettings, PutEveryWordInBracketsRight)
{
    const LangQcPlaces places{"https://q.example.org", "", "api/[id]/x/[id_product]/[]/[no way]",
                              "", std::chrono::seconds{1}};
    EXPECT_THAT(places.librariesUrl("77"),
                ::testing::StartsWith("https://q.example.org/api/77/x/77/"));
    EXPECT_FALSE(hasProductPlace("api/[]/[a b]/[/x]"));
    EXPECT_FALSE(hasProductPlace("api/[open"));
    EXPECT_TRUE(hasProductPlace("[[x]"));
}

TEST_F(PacBioSettings, PutPathsAfterTheUrlAsBrowsersDo)
{
    EXPECT_EQ(joinUrl("https://q.example.org", "api/x?a=1&b=yes"),
              "https://q.example.org/api/x?a=1&b=yes");
    EXPECT_EQ(joinUrl("https://q.example.org/langqc/", "api/x"),
              "https://q.example.org/langqc/api/x");
    EXPECT_EQ(joinUrl("https://q.example.org/langqc", "api/x"), "https://q.example.org/api/x");
    EXPECT_EQ(joinUrl("https://q.example.org/langqc/", "/api/x"), "https://q.example.org/api/x");
    EXPECT_EQ(joinUrl("http://127.0.0.1:8080/", "https://other.example.org/x"),
              "https://other.example.org/x");
}

} // namespace

} // namespace notifyhost::pacbio
