#include "BatonLine.h"
#include "OntTesting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace notifyhost::ont {

namespace {

using ::testing::HasSubstr;

/// The tasks of sample-baton.jsonl by line from 1; an unaccepted line has its reason instead.
std::vector<std::string> sampleTasks()
{
    std::vector<std::string> result(1);
    BatonLine reader;
    for (const std::string& line : test::linesOf(test::readFile(TEST_DATA "/sample-baton.jsonl"))) {
        const std::variant<Run, std::string> read = reader.read(line);
        result.push_back(std::holds_alternative<ont::Run>(read)
                             ? taskInput("uploaded", std::get<Run>(read))
                             : "refused: " + std::get<std::string>(read));
    }
    return result;
}

std::string task(const std::string& experiment, const std::string& flowcell, int slot,
                 const std::string& path)
{
    return R"({"event":"uploaded","experiment_name":")" + experiment + R"(","flowcell_id":")" +
           flowcell + R"(","instrument_slot":)" + std::to_string(slot) + R"(,"path":")" + path +
           R"("})";
}

TEST(BatonSamples, AreFortyLinesAndThirtyThreeTasks)
{
    std::vector<std::string> tasks = sampleTasks();
    tasks.erase(tasks.begin());
    ASSERT_EQ(tasks.size(), 40u);
    for (const std::string& each : tasks) {
        EXPECT_THAT(each, ::testing::StartsWith("{\"event\":\"uploaded\","));
    }
    EXPECT_EQ(std::set<std::string>(tasks.begin(), tasks.end()).size(), 33u);
}

TEST(BatonSamples, AreTheSameTaskWhereTheyOnlyLookDifferent)
{
    const std::vector<std::string> tasks = sampleTasks();
    const std::map<std::size_t, std::size_t> same = {{4, 1}, {5, 1}, {6, 2},  {7, 2},
                                                     {8, 3}, {9, 3}, {19, 18}};
    for (const auto& [line, first] : same) {
        EXPECT_EQ(tasks.at(line), tasks.at(first)) << "line " << line;
    }
}

TEST(BatonSamples, BecomeTheTasksTheyAreMeantToBe)
{
    const std::string flow = "/seq/nanopore/flow/";
    const std::map<std::size_t, std::string> expected = {
        {1, task("ONTRUN-901", "PBA90101", 3, flow + "ONTRUN-901/PBA90101")},
        {2, task("ONTRUN-902", "PBA90202", 11, flow + "ONTRUN-902/PBA90202")},
        {3, task("ONTRUN-903", "PBA90303", 24, flow + "ONTRUN-903/PBA90303")},
        {10, task("ONTRUN-903", "PBA90303", 24, flow + "ONTRUN-903/PBA90303/rebasecalled")},
        {11, task("ONTRUN-904", "PBA90401", 1, flow + "ONTRUN-904/PBA90401")},
        {12, task("ONTRUN-905", "PBA90501", 5, flow + "ONTRUN-905/PBA90501")},
        {13, task("ONTRUN-906", "PBA90601", 6, flow + "ONTRUN-906/PBA90601")},
        {14, task("ONTRUN-907", "PBA90701", 7, flow + "ONTRUN-907/PBA90701")},
        {15, task("ONTRUN-908", "PBA90801", 8, flow + "ONTRUN-908/PBA90801")},
        {16, task("ONTRUN-909", "PBA90901", 9, flow + "ONTRUN-909/PBA90901")},
        {17, task("ONTRUN-910", "PBA91001", 10, flow + "ONTRUN-910/PBA91001")},
        {18, task("ONTRUN-911-Ærø", "PBA91101", 11, flow + "ONTRUN-911-Ærø/PBA91101")},
        {20, task("ONTRUN-912 🧬", "PBA91201", 12, flow + "run 912/PBA91201")},
        {21, task("ONTRUN-913", "PBA91301", 13, flow + "ONTRUN-913/PBA91301")},
        {22, task("ONTRUN-914", "PBA91401", 14, flow + "ONTRUN-914/PBA91401")},
        {23, task("ONTRUN-915", "PBA91501", 15, flow + "ONTRUN-915/PBA91501")},
        {24, task("ONTRUN-916", "PBA91601", 16, flow + "ONTRUN-916/PBA91601")},
        {25, task("ONTRUN-917", "PBA91701", 17, flow + "ONTRUN-917/PBA91701")},
        {26, task("ONTRUN-918", "PBA91801", 18, flow + "ONTRUN-918/PBA91801")},
        {27, task("ONTRUN-919", "PBA91901", 19, flow + "ONTRUN-919/PBA91901")},
        {28, task("ONTRUN-920", "PBA92001", 20, flow + "ONTRUN-920/PBA92001")},
        {30, task("ONTRUN-922", "pba92201", 22, flow + "ONTRUN-922/pba92201")},
        {31, task("ONTRUN-923", "PBA92301", 23, "/" + flow + "ONTRUN-923/PBA92301")},
        {32, task("ONTRUN-924", "PBA92401", 1, flow + "ONTRUN-924/PBA92401")},
        {33, task("ONTRUN-924", "PBA92401", 2, flow + "ONTRUN-924/PBA92401")},
        {34, task("ONTRUN-925", "PBA92501", 3, flow + "../grid/ONTRUN-925")},
        {35,
         task("ONTRUN-926", "PBA92601", 4, "/seq/nanopore/grid/ONTRUN-926/\\\"quoted\\\" & <odd>")},
        {36, task("ONTRUN-927", "PBA92701", 5, flow + "ONTRUN-927/PBA92701")},
        {37, task("ONTRUN-928", "PBA92801", 6, flow + "ONTRUN-928/PBA92801")},
        {38, task("ONTRUN-929", "PBA92901", 7, "/seq/nanopore/grid/ONTRUN-929")},
        {39, task("ONTRUN-930", "PBA93001", 8, flow + "ONTRUN-930/PBA93001")},
        {40, task("12345", "PBA93101", 9, "/seq/nanopore/grid/12345")}};
    const std::vector<std::string> tasks = sampleTasks();
    for (const auto& [line, text] : expected) {
        EXPECT_EQ(tasks.at(line), text) << "line " << line;
    }
    EXPECT_THAT(tasks.at(29), HasSubstr(R"("flowcell_id":"PBA92101","instrument_slot":21,)"));
    EXPECT_GT(tasks.at(29).size(), 400u);
}

/// The documented digests are over a canonical form: slashes escaped, ASCII only.
TEST(BatonSamples, HaveTheDocumentedIdentities)
{
    struct Identity {
        std::size_t line;
        std::string canonical;
        std::string digest;
    };
    const std::string head = R"({"event":"uploaded","experiment_name":")";
    const std::vector<Identity> identities = {
        {1,
         head + R"(ONTRUN-901","flowcell_id":"PBA90101","instrument_slot":3,)"
                R"("path":"\/seq\/nanopore\/flow\/ONTRUN-901\/PBA90101"})",
         "53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa"},
        {18,
         head + R"(ONTRUN-911-\u00c6r\u00f8","flowcell_id":"PBA91101","instrument_slot":11,)"
                R"("path":"\/seq\/nanopore\/flow\/ONTRUN-911-\u00c6r\u00f8\/PBA91101"})",
         "930d4698d995d0f76887860c97162de602a0c024711cc17197aacf2a7f662154"},
        {20,
         head + R"(ONTRUN-912 \ud83e\uddec","flowcell_id":"PBA91201","instrument_slot":12,)"
                R"("path":"\/seq\/nanopore\/flow\/run 912\/PBA91201"})",
         "e0ed0477edf8fa39ce0b50d4d583b3eb7d12f92cf33b2abf3a735d2951617f7a"},
        {24,
         head + R"(ONTRUN-916","flowcell_id":"PBA91601","instrument_slot":16,)"
                R"("path":"\/seq\/nanopore\/flow\/ONTRUN-916\/PBA91601"})",
         "7cbbd8db534a26708aae96c6de273313a410ac3441c2ea14ca6aa17ee086f17f"}};
    const std::vector<std::string> tasks = sampleTasks();
    for (const Identity& identity : identities) {
        std::string canonical = tasks.at(identity.line);
        for (const auto& [plain, escaped] : std::vector<std::pair<std::string, std::string>>{
                 {"/", "\\/"}, {"Æ", "\\u00c6"}, {"ø", "\\u00f8"}, {"🧬", "\\ud83e\\uddec"}})
        {
            for (std::size_t at = 0; (at = canonical.find(plain, at)) != std::string::npos;
                 at += escaped.size())
            {
                canonical.replace(at, plain.size(), escaped);
            }
        }
        EXPECT_EQ(canonical, identity.canonical);
        EXPECT_EQ(test::sha256(canonical), identity.digest) << "line " << identity.line;
    }
}

TEST(BatonSamples, AreRefusedForTheirOwnDefects)
{
    const std::vector<std::string> expected = {
        "no ont:experiment_name",
        "no ont:instrument_slot",
        "no ont:flowcell_id",
        "more than one ont:experiment_name",
        "more than one ont:instrument_slot",
        "more than one ont:flowcell_id",
        "ont:instrument_slot \"0\" is not within 1 to 24",
        "ont:instrument_slot \"25\" is not within 1 to 24",
        "ont:instrument_slot \"-1\" is not within 1 to 24",
        "ont:instrument_slot \"three\" is not a whole number",
        "ont:instrument_slot \"3.0\" is not a whole number",
        "ont:instrument_slot \"3.0\" is not a whole number",
        "ont:instrument_slot is empty",
        "ont:instrument_slot \"True\" is not a whole number",
        "the AVU of attribute \"ont:experiment_name\" has a value that is null, not a text",
        "the AVU of attribute \"ont:experiment_name\" has a value of blanks only",
        "the AVU of attribute \"ont:experiment_name\" has no value",
        "an AVU has no attribute",
        "an AVU is in baton's short form (a, v); attribute and value must be written out",
        "the collection is in baton's short form (coll); it must be written out",
        "it is a data object, not a collection",
        "it has no collection",
        "collection is null, not a text",
        "avus is null, not an array",
        "avus is an object, not an array",
        "it has no avus, hence no metadata",
        "avus is empty, hence no metadata",
        "accepted",
        "baton reports an error (-310000): \"no such collection\"",
        "access level \"modify\" is none of null, read, write and own",
        "it is a JSON array, not an object: one collection per line is expected",
        "it is a bare path, not JSON: let the discovery program report JSON",
        "it is cut off: the JSON object does not end",
        "it is empty",
        "there is more on the line than one JSON object (octet 353)",
        "it is null, not a JSON object",
        "no ont:experiment_name (it is there in other letter case, which does not count)",
        "it begins with a byte order mark"};
    const std::vector<std::string> lines =
        test::linesOf(test::readFile(TEST_DATA "/sample-baton-bad.jsonl"));
    ASSERT_EQ(lines.size(), expected.size());
    BatonLine reader;
    for (std::size_t index = 0; index < lines.size(); ++index) {
        const auto read = reader.read(lines[index]);
        const auto* reason = std::get_if<std::string>(&read);
        EXPECT_EQ(reason == nullptr ? "accepted" : *reason, expected[index])
            << "line " << index + 1;
    }
}

} // namespace

} // namespace notifyhost::ont
