#include "config/Findings.h"

#include <gtest/gtest.h>

namespace notifyhost::config {
namespace {

constexpr auto kError = Finding::Severity::error;
constexpr auto kWarning = Finding::Severity::warning;

TEST(Findings, AreShownWithWhatIsKnownOfTheirPlace)
{
    EXPECT_EQ(toText({kError, "a.ini", 3, "host", "state", "is bad"}),
              "a.ini:3: [host] state: is bad");
    EXPECT_EQ(toText({kError, "a.ini", 0, "", "", "is bad"}), "a.ini: is bad");
    EXPECT_EQ(toText({kError, "a.ini", 3, "host", "", "is bad"}), "a.ini:3: [host]: is bad");
    EXPECT_EQ(toText({kError, "", 0, "", "--event", "is bad"}), "--event: is bad");
}

TEST(Findings, AreShownOnOneLine)
{
    EXPECT_EQ(toText({kError, "a.ini", 3, "ho\nst", "st\x1b[1m", "is\tbad"}),
              "a.ini:3: [ho\\nst] st\\x1b[1m: is\\tbad");
}

TEST(Findings, KnowErrorsFromWarnings)
{
    Findings findings;
    EXPECT_FALSE(findings.hasErrors());
    findings.add({kWarning, "a.ini", 1, "", "", "odd"});
    EXPECT_FALSE(findings.hasErrors());
    findings.add({kError, "a.ini", 1, "", "", "bad"});
    EXPECT_TRUE(findings.hasErrors());
}

TEST(Findings, KeepEachFindingOnce)
{
    Findings findings;
    findings.add({kError, "a.ini", 1, "s", "k", "bad"});
    findings.add({kError, "a.ini", 1, "s", "k", "bad"});
    EXPECT_EQ(findings.all().size(), 1U);
    findings.add({kError, "a.ini", 2, "s", "k", "bad"});
    EXPECT_EQ(findings.all().size(), 2U);
}

TEST(Findings, StandInTheOrderOfTheirPlaces)
{
    Findings findings;
    findings.add({kError, "b.ini", 1, "", "", "fourth"});
    findings.add({kError, "a.ini", 9, "", "", "second"});
    findings.add({kError, "a.ini", 9, "", "", "third"});
    findings.add({kError, "a.ini", 0, "", "", "first"});
    std::string order;
    for (const Finding& finding : findings.all()) {
        order += finding.text + " ";
    }
    EXPECT_EQ(order, "first second third fourth ");
}

TEST(Suggest, FindsTheWordThatWasMeant)
{
    const std::vector<std::string> words{"porch_name", "porch_uri", "workers", "give_up_after"};
    EXPECT_EQ(suggest("porch_nam", words), "porch_name");
    EXPECT_EQ(suggest("porch_url", words), "porch_uri");
    EXPECT_EQ(suggest("wokrers", words), "workers");
    EXPECT_EQ(suggest("hots", {"port", "host"}), "host");
    EXPECT_EQ(suggest("port", {"dbhost", "dbport"}), "dbport");
    EXPECT_EQ(suggest("WORKERS", words), "workers");
    EXPECT_EQ(suggest("give_up", words), "give_up_after");
    EXPECT_EQ(suggest("give_up_after_hours", words), "give_up_after");
}

TEST(Suggest, KeepsQuietWhereNothingIsNear)
{
    EXPECT_EQ(suggest("colour", {"porch_name", "workers"}), "");
    EXPECT_EQ(suggest("x", {"y"}), "");
    EXPECT_EQ(suggest("anything", {}), "");
}

} // namespace
} // namespace notifyhost::config
