#include "queue/TaskIdentity.h"

#include "json/Json.h"

#include <gtest/gtest.h>

#include <set>

using namespace notifyhost::queue;

namespace {

struct Example {
    const char* input;
    const char* canonical;
    const char* id;
};

/// The canonical form of a member named n.
std::string canonicalNumber(const std::string& number)
{
    const std::string canonical = canonicalInput("{\"n\":" + number + "}");
    return canonical.substr(5, canonical.size() - 6);
}

std::string faultOf(std::string_view input)
{
    try {
        canonicalInput(input);
    } catch (const notifyhost::json::JsonError& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

// The worked examples of porch's contract.
TEST(TaskIdentity, IsPorchsOwn)
{
    const std::vector<Example> examples{
        {R"({"id_product": "7ab421fba6c8876feb2f65912b31a985f248a93cfe9a1f53d51731acb67e4b05",
             "qc_state": "Passed", "qc_type": "sequencing", "outcome": true,
             "is_preliminary": false, "user": "qc.one@example.org",
             "date_created": "2026-10-28T11:09:25", "date_updated": "2026-10-28T11:09:25",
             "created_by": "LangQC"})",
         R"({"created_by":"LangQC","date_created":"2026-10-28T11:09:25","date_updated":"2026-10-28T11:09:25","id_product":"7ab421fba6c8876feb2f65912b31a985f248a93cfe9a1f53d51731acb67e4b05","is_preliminary":false,"outcome":true,"qc_state":"Passed","qc_type":"sequencing","user":"qc.one@example.org"})",
         "9b268dceba6a73bbd06e3aa3ac742560ab0f430874ff1b53cf3f5a9f94066ef6"},
        {R"({"path": "/seq/nanopore/flow/ONTRUN-901/PBA90101", "experiment_name": "ONTRUN-901",
             "instrument_slot": 3, "flowcell_id": "PBA90101", "event": "uploaded"})",
         R"({"event":"uploaded","experiment_name":"ONTRUN-901","flowcell_id":"PBA90101","instrument_slot":3,"path":"\/seq\/nanopore\/flow\/ONTRUN-901\/PBA90101"})",
         "53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa"},
        {R"({"path": "\/seq\/nanopore\/flow\/ONTRUN-901\/PBA90101", "experiment_name": "ONTRUN-901",
             "instrument_slot": 3, "flowcell_id": "PBA90101", "event": "UPLOADED"})",
         R"({"event":"UPLOADED","experiment_name":"ONTRUN-901","flowcell_id":"PBA90101","instrument_slot":3,"path":"\/seq\/nanopore\/flow\/ONTRUN-901\/PBA90101"})",
         "b61c58a8dd639d9a9f01fa6d57bd7f9f17afe215a20af26f2d8830fc3ef2ddb9"},
        {"{\"note\": \"a/b\\t\\\"q\\\" \\\\ \x7F\\u0001\", \"name\": \"\xC3\x86r\xC3\xB8 "
         "\xF0\x9F\xA7\xAC\", \"b\": [3, 1, {\"z\": null, \"a\": true}], \"B\": {}}",
         "{\"B\":{},\"b\":[3,1,{\"a\":true,\"z\":null}],\"name\":\"\\u00c6r\\u00f8 "
         "\\ud83e\\uddec\",\"note\":\"a\\/b\\t\\\"q\\\" \\\\ \x7F\\u0001\"}",
         "74325a9119d28be475e4f7130434a2a6b23ca4461b23e530caea32a05a27ab2e"},
        {R"({"i":1,"f":1.0,"neg":-0.0,"big":1e16,"edge":1e15,"tiny":0.0001,"small":0.00000015,
             "int64":9223372036854775807})",
         R"({"big":1e+16,"edge":1000000000000000.0,"f":1.0,"i":1,"int64":9223372036854775807,"neg":-0.0,"small":1.5e-7,"tiny":0.0001})",
         "08b47cffd866eef519a8d2d14a98393783ff936bf1d3438114c3d3e2a1731c68"},
        {" { } ", "{}", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
    };
    for (const Example& example : examples) {
        EXPECT_EQ(canonicalInput(example.input), example.canonical);
        EXPECT_EQ(taskInputId(example.input), example.id) << example.canonical;
    }
}

// The example beside the description of a task object.
TEST(TaskIdentity, OfTheExampleTask)
{
    EXPECT_EQ(taskInputId(R"({"well": "A1", "run": 77})"),
              "80ec93d2f3e406703bd04b8242b1532417bafab93fcd3f27e3c3f466555a4b5c");
}

// Digests of tasks made from tests/data/sample-baton.jsonl, with the event "uploaded".
TEST(TaskIdentity, OfTasksFromTheSampleOfBatonLines)
{
    const auto idOf = [](const std::string& run, const std::string& flowcell, int slot,
                         const std::string& path) {
        return taskInputId(R"({"path":"/seq/nanopore/flow/)" + path + R"(","experiment_name":")" +
                           run + R"(","flowcell_id":")" + flowcell + R"(","instrument_slot":)" +
                           std::to_string(slot) + R"(,"event":"uploaded"})");
    };
    // Lines 1, 18, 20 and 24.
    EXPECT_EQ(idOf("ONTRUN-901", "PBA90101", 3, "ONTRUN-901/PBA90101"),
              "53892ae403cac3894bd1c68cdbf4bf24143e9f5acf992ce71be5f6679a0728fa");
    EXPECT_EQ(idOf("ONTRUN-911-Ærø", "PBA91101", 11, "ONTRUN-911-Ærø/PBA91101"),
              "930d4698d995d0f76887860c97162de602a0c024711cc17197aacf2a7f662154");
    EXPECT_EQ(idOf("ONTRUN-912 🧬", "PBA91201", 12, "run 912/PBA91201"),
              "e0ed0477edf8fa39ce0b50d4d583b3eb7d12f92cf33b2abf3a735d2951617f7a");
    EXPECT_EQ(idOf("ONTRUN-916", "PBA91601", 16, "ONTRUN-916/PBA91601"),
              "7cbbd8db534a26708aae96c6de273313a410ac3441c2ea14ca6aa17ee086f17f");
}

TEST(TaskIdentity, DoesNotDependOnTheWriting)
{
    const std::string id = taskInputId(R"({"a":"é","b":1.0,"c":[1]})");
    EXPECT_EQ(taskInputId(R"({"c" : [ 1 ], "b":1e0, "a":"\u00E9"})"), id);
    EXPECT_EQ(taskInputId(R"({"b":7,"c":[1],"b":1.00,"a":"é"})"), id);
}

TEST(TaskIdentity, TellsApartWhatOnlyLooksAlike)
{
    std::set<std::string> ids;
    const std::vector<std::string> inputs{
        R"({"a":1})", R"({"a":1.0})", R"({"a":"1"})",  R"({"a":true})",
        R"({"a":0})", R"({"a":0.0})", R"({"a":-0.0})", R"({"a":null})",
        R"({})",      R"({"a":""})",  R"({"a":"é"})",  R"({"a":"e\u0301"})",
        R"({"A":1})", R"({"a":[]})",  R"({"a":{}})",   R"({"a":"\u0000"})"};
    for (const std::string& input : inputs) {
        EXPECT_TRUE(ids.insert(taskInputId(input)).second) << input;
    }
}

TEST(TaskIdentity, SortsKeysByCodePoint)
{
    // As UTF-16 the second would come first.
    EXPECT_EQ(canonicalInput("{\"\xF0\x9F\xA7\xAC\":1,\"\xEF\xBF\xBD\":2,\"b\":3,\"B\":4,\"\":5}"),
              R"({"":5,"B":4,"b":3,"\ufffd":2,"\ud83e\uddec":1})");
}

TEST(TaskIdentity, KeepsTheLastOfRepeatedKeysAtEveryDepth)
{
    EXPECT_EQ(canonicalInput(R"({"a":{"x":1,"x":2},"a":{"x":3,"y":0,"x":[4]}})"),
              R"({"a":{"x":[4],"y":0}})");
}

TEST(TaskIdentity, WritesNumbersByKind)
{
    const std::string digits(500, '7');
    const std::vector<std::pair<std::string, std::string>> numbers{
        {"-0", "0"},
        {"18446744073709551616", "18446744073709551616"},
        {digits, digits},
        {"1E5", "100000.0"},
        {"0e400", "0.0"},
        {"-1e-400", "-0.0"},
        {"123456789012345680000.0", "1.2345678901234568e+20"},
        {"9999999999999998.0", "9999999999999998.0"},
        {"0.00001", "1e-5"},
        {"0.00012", "0.00012"},
        {"5e-324", "5e-324"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"0.1000000000000000055", "0.1"},
        {"-12.50", "-12.5"},
        {"100.0", "100.0"},
    };
    for (const auto& [written, canonical] : numbers) {
        EXPECT_EQ(canonicalNumber(written), canonical) << written;
    }
}

TEST(TaskIdentity, RefusesWhatPorchCouldNotKeep)
{
    EXPECT_EQ(faultOf(R"({"a":1e400})"),
              "at octet 6: the number 1e400 is too large, porch cannot keep it");
    EXPECT_EQ(faultOf("[1]"), "at octet 1: a task input is a JSON object, this is another value");
    EXPECT_EQ(faultOf(" \"x\""),
              "at octet 2: a task input is a JSON object, this is another value");
    EXPECT_NE(faultOf("null"), "accepted");
    EXPECT_NE(faultOf(R"({"a":NaN})"), "accepted");
    EXPECT_NE(faultOf(R"({"a":"\ud800"})"), "accepted");
    EXPECT_NE(faultOf(R"({"a":1} x)"), "accepted");
    EXPECT_NE(faultOf(""), "accepted");
}
