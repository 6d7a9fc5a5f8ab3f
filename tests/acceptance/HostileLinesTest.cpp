#include "acceptance/Site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

/// A line of somebody who can write metadata, and what it comes to.
struct HostileLine {
    std::string name;
    std::string line;
    std::string refused{}; ///< a word of the reason; none where it makes a task
};

std::string avu(const std::string& attribute, const std::string& value)
{
    return R"({"attribute":"ont:)" + attribute + R"(","value":)" + value + "}";
}

/// A line of baton with these values, as JSON.
std::string line(const std::string& experiment, const std::string& slot = "\"1\"",
                 const std::string& flowcell = "\"F1\"", const std::string& path = "\"/seq/x\"",
                 const std::string& more = "")
{
    return R"({"collection":)" + path + R"(,"avus":[)" + avu("experiment_name", experiment) + "," +
           avu("instrument_slot", slot) + "," + avu("flowcell_id", flowcell) + "]" + more + "}";
}

std::string nested(int depth)
{
    std::string text;
    for (int level = 0; level < depth; ++level) {
        text += R"({"a":)";
    }
    return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
}

std::vector<HostileLine> hostileLines()
{
    return {
        // Words that are kept as they are: a task's identity is made of them.
        {"markup", line(R"("<script>alert(1)</script>")")},
        {"a template's words", line(R"("{{{secret}}}{{> html}}")")},
        {"SQL", line(R"("x' OR 1=1; DROP TABLE task; --")")},
        {"a shell's words", line(R"("$(id) `id` |id ;id")")},
        {"a spreadsheet's formula", line(R"("=cmd|' /C calc'!A0")")},
        {"a path that leads up", line(R"("../../etc/passwd")")},
        {"a collection that leads up", line("\"e\"", "\"1\"", "\"f\"", R"("/seq/../../etc/x")")},
        {"marks of direction", line(R"("\u202egnp.exe\u2066")")},
        {"what cannot be seen", line(R"("a\u200bb\ufeff\u00adc")")},
        {"tags", line(R"("run\udb40\udc41\udb40\udc42")")},
        {"letters of another script", line(R"("\u0435xp\u0435rim\u0435nt")")},
        {"separators of lines", line(R"("a\u2028b\u2029c\u0085d")")},
        {"a mail's header", line(R"("x\r\nBcc: victim@example.org")")},
        {"a terminal's commands", line(R"("\u001b[2J\u001b]0;owned\u0007")")},
        {"a very long name", line("\"" + std::string(100'000, 'e') + "\"")},
        {"a flowcell of markup", line("\"e\"", "\"1\"", R"("\"><img src=x onerror=a>")")},
        // Whole numbers as the Python tool reads them.
        {"a slot of other digits", line("\"e\"", R"("\u0661")")},
        {"a slot with a sign", line("\"e\"", "\"+1\"")},
        // Values that are none.
        {"no name at all", line("null"), "ont:experiment_name"},
        {"a blank name", line("\" \\t\""), "ont:experiment_name"},
        {"slot 0", line("\"e\"", "\"0\""), "ont:instrument_slot"},
        {"slot 25", line("\"e\"", "\"25\""), "ont:instrument_slot"},
        {"a slot that overflows", line("\"e\"", "\"4294967297\""), "ont:instrument_slot"},
        {"a slot beyond all numbers", line("\"e\"", "\"" + std::string(5'000, '9') + "\""),
         "ont:instrument_slot"},
        {"a slot with more behind it", line("\"e\"", R"("1\u00002")"), "ont:instrument_slot"},
        {"two names of one run",
         line("\"e\"", "\"1\"", R"("f"},{"attribute":"ont:experiment_name","value":"other")"),
         "ont:experiment_name"},
        {"a path that is relative", line("\"e\"", "\"1\"", "\"f\"", "\"seq/x\""), "collection"},
        {"a path that is a list", line("\"e\"", "\"1\"", "\"f\"", R"(["/seq/x"])"), "collection"},
        {"a NUL", line(R"("a\u0000b")"), "U+0000"},
        // What is no line of baton.
        {"a key that is no object's own",
         line("\"e\"", "\"2\"", "\"f\"", "\"/seq/p\"", R"(,"__proto__":{"admin":true})"),
         "no collection"},
        {"a depth of 10,000", nested(10'000), "deep"},
        {"an object that never ends", line("\"e\"").substr(0, 60), ""},
        {"two objects", line("\"e\"") + line("\"f\""), ""},
        {"half a surrogate pair", line(R"("\ud83e")"), ""},
        {"octets that are no UTF-8", line("\"\xff\xfe\xc0\xaf\""), "UTF-8"},
        {"overlong octets", line("\"\xe0\x80\xaf\""), "UTF-8"},
        {"an error for a line",
         R"({"collection":"/seq/x","error":{"code":-1,"message":"\u001b[2J"}})", ""},
        {"a number beyond all numbers", line("1e999999"), ""},
    };
}

} // namespace

TEST(HostileLines, MakeOneTaskEachOrAreRefusedByNumberAndNeverMore)
{
    const auto all = hostileLines();
    EXPECT_EQ(all.size(), 38U);
    // From this one on the table is of those that make no task.
    const auto firstRefused = std::find_if(all.begin(), all.end(), [](const HostileLine& one) {
        return one.name == "no name at all";
    });
    for (auto one = all.begin(); one != all.end(); ++one) {
        SCOPED_TRACE(one->name);
        const bool isRefused = one >= firstRefused;
        Site site;
        const auto added = site.notifyhost({"-v", "add", "ont"}, one->line + "\n");
        EXPECT_EQ(added.status, isRefused ? 65 : 0) << added.error.substr(0, 1000);
        EXPECT_EQ(added.output, isRefused ? "" : one->line + "\n");
        EXPECT_THAT(added.error, HasSubstr(isRefused ? "0 added" : "1 added"));
        EXPECT_THAT(added.error, HasSubstr(one->refused));
        const auto listed = site.notifyhost({"list", "ont"}).output;
        EXPECT_EQ(std::count(listed.begin(), listed.end(), '\n'), isRefused ? 0 : 1);
        for (const auto& text : {added.error, listed}) {
            EXPECT_EQ(text.find_first_of("\x1b\x07\r"), std::string::npos);
            EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
        }
    }
}

} // namespace notifyhost::test
