#include "acceptance/Site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines) {
        text += line + "\n";
    }
    return text;
}

TEST(OntAdd, AddsTheSampleAndPassesEveryLineOnByteForByte)
{
    Site site;
    const auto sample = joined(sampleLines("sample-baton.jsonl"));
    const auto first = site.notifyhost({"-v", "add", "ont"}, sample);
    EXPECT_EQ(first.status, 0) << first.error;
    EXPECT_EQ(first.output, sample);
    EXPECT_THAT(first.error, HasSubstr("33 added, 7 known, 0 refused, 0 bad"));

    const auto second = site.notifyhost({"-v", "add", "ont"}, sample);
    EXPECT_EQ(second.status, 0) << second.error;
    EXPECT_EQ(second.output, sample);
    EXPECT_THAT(second.error, HasSubstr("0 added, 40 known"));
}

TEST(OntAdd, SaysNothingWhenAllIsWell)
{
    Site site;
    const auto sample = joined(sampleLines("sample-baton.jsonl"));
    EXPECT_EQ(site.notifyhost({"add", "ont"}, sample).error, "");
}

TEST(OntAdd, GivesTasksTheIdentityThatPorchGivesThem)
{
    Site site;
    site.notifyhost({"add", "ont"}, joined(sampleLines("sample-baton.jsonl")));
    const auto listed = site.notifyhost({"list", "ont", "--status", "PENDING"}).output;
    for (const auto* digest : {"53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa",
                               "930d4698d995d0f76887860c97162de602a0c024711cc17197aacf2a7f662154",
                               "e0ed0477edf8fa39ce0b50d4d583b3eb7d12f92cf33b2abf3a735d2951617f7a",
                               "7cbbd8db534a26708aae96c6de273313a410ac3441c2ea14ca6aa17ee086f17f"})
    {
        EXPECT_THAT(listed, HasSubstr(digest));
    }
}

TEST(OntAdd, StoresTheEventAsGiven)
{
    Site site;
    const auto line = sampleLines("sample-baton.jsonl").front();
    site.notifyhost({"add", "ont", "--event", "UPLOADED"}, line + "\n");
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output,
                HasSubstr("b61c58a8dd639d9a9f01fa6d57bd7f9f17afe215a20af26f2d8830fc3ef2ddb9"));
    const auto wrong = site.notifyhost({"add", "ont", "--event=BASECALED"}, line + "\n");
    EXPECT_EQ(wrong.status, 78);
    EXPECT_THAT(wrong.error, HasSubstr("BASECALLED"));
}

TEST(OntAdd, ReportsEveryBadLineByNumberAndGoesOn)
{
    Site site;
    const auto lines = sampleLines("sample-baton-bad.jsonl");
    const auto result = site.notifyhost({"-v", "add", "ont"}, joined(lines));
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, lines.at(27) + "\n");
    for (std::size_t number = 1; number <= lines.size(); ++number) {
        const auto mark = " line " + std::to_string(number) + ": ";
        const bool reported = result.error.find(mark) != std::string::npos;
        EXPECT_EQ(reported, number != 28) << number;
    }
    EXPECT_THAT(result.error, HasSubstr("1 added, 0 known, 0 refused, 37 bad"));
}

TEST(OntAdd, EndsWith65WhereNothingAtAllWasReadable)
{
    Site site;
    EXPECT_EQ(
        site.notifyhost({"add", "ont"}, "/seq/nanopore/flow/a\n/seq/nanopore/flow/b\n").status, 65);
    EXPECT_EQ(site.notifyhost({"add", "ont"}, "").status, 0);
}

TEST(OntAdd, ReadsAndWritesFiles)
{
    Site site;
    const auto sample = joined(sampleLines("sample-baton.jsonl"));
    const auto input = site.folder().write("in.jsonl", sample);
    const auto output = (site.folder() / "out.jsonl").string();
    const auto result =
        site.notifyhost({"add", "ont", "--input", input.string(), "--output", output});
    EXPECT_EQ(result.status, 0) << result.error;
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(readFile(output), sample);
    const auto absent = site.notifyhost({"add", "ont", "--input", "/nowhere/in.jsonl"});
    EXPECT_EQ(absent.status, 65);
    EXPECT_THAT(absent.error, HasSubstr("/nowhere/in.jsonl: cannot be opened"));
}

TEST(OntAdd, SaysWhatIsWrongWithItsOutput)
{
    Site site;
    const auto line = sampleLines("sample-baton.jsonl").front() + "\n";
    const auto full = site.notifyhost({"add", "ont", "--output", "/dev/full"}, line);
    EXPECT_EQ(full.status, 74);
    EXPECT_THAT(full.error, HasSubstr("/dev/full: cannot be written: No space left on device"));
    EXPECT_THAT(site.notifyhost({"list", "ont"}).output, HasSubstr("PENDING"));
}

} // namespace
} // namespace notifyhost::test
