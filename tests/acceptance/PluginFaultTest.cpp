#include "acceptance/Site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Environment = std::map<std::string, std::string>;

/// A pipeline whose plugins throw where the environment says.
class Fragile {
public:
    Fragile()
    {
        _folder.write("words/subject.mustache", "{{fact}}");
        _folder.write("words/text.mustache", "{{#fact}}{{.}}{{/fact}}\n");
        _folder.write("site.ini",
                      "[host]\nstate = state\nplugin_path = " + std::string(BUILD_ROOT) +
                          "/tests/plugins\n[PORCH]\nurl = sqlite:queue.sqlite\n"
                          "[pipeline.odd]\nporch_name = odd\nporch_uri = u\n"
                          "porch_version = 1\nsource = faulty_source\n"
                          "transport = faulty_transport\ntemplates = words\n");
    }

    ProcessResult notifyhost(std::vector<std::string> words, const Environment& environment = {},
                             const std::string& input = "")
    {
        std::vector<std::string> command{std::string(BUILD_ROOT) + "/bin/notifyhost", "-c",
                                         (_folder / "site.ini").string()};
        command.insert(command.end(), words.begin(), words.end());
        return run(command, {input, environment, {}, std::chrono::seconds{120}});
    }

    /// How many tasks the queue shows with a status.
    long count(const std::string& status)
    {
        const auto listed = notifyhost({"list", "odd", "--status", status});
        EXPECT_EQ(listed.status, 0) << listed.error;
        return std::count(listed.output.begin(), listed.output.end(), '\n');
    }

private:
    TemporaryFolder _folder;
};

void expectFault(const ProcessResult& result, const std::string& what)
{
    EXPECT_EQ(result.status, 70) << what << ": " << result.error;
    EXPECT_THAT(result.error, AllOf(HasSubstr("fault of the "), HasSubstr("faulty_"))) << what;
}

TEST(PluginFault, OfOneTasksFactsIsThatTasksAlone)
{
    Fragile site;
    const auto added = site.notifyhost({"add", "odd"}, {},
                                       R"({"odd":"no"})"
                                       "\n"
                                       R"({"odd":"null"})"
                                       "\n"
                                       R"({"odd":"null list"})"
                                       "\n"
                                       R"({"odd":"cycle"})"
                                       "\n"
                                       R"({"odd":"list in itself"})"
                                       "\n"
                                       R"({"odd":"flood"})"
                                       "\n"
                                       R"({"odd":"pointer"})"
                                       "\n"
                                       R"({"odd":"not at all"})"
                                       "\n"
                                       R"({"no":"such member"})"
                                       "\n");
    ASSERT_EQ(added.status, 0) << added.error;
    const auto ran = site.notifyhost({"run", "odd"});
    expectFault(ran, "run");
    EXPECT_THAT(ran.error, AllOf(HasSubstr("source 'faulty_source'"), HasSubstr("'fact'"),
                                 HasSubstr("null pointer"), HasSubstr("contains itself"),
                                 HasSubstr("more than a million")));
    EXPECT_EQ(site.count("DONE"), 2);
    EXPECT_EQ(site.count("RUNNING"), 7);
    EXPECT_EQ(site.notifyhost({"status"}).status, 0);
}

TEST(PluginFault, OfASourceStopsARunByNameBeforeAnythingIsClaimed)
{
    Fragile site;
    ASSERT_EQ(site.notifyhost({"add", "odd"}, {}, "{\"odd\":\"no\"}\n").status, 0);
    for (const std::string call : {"constructor", "settings", "configure", "examples"}) {
        for (const std::string kind : {"usage", "disk", "poco", "number"}) {
            const Environment environment{{"FAULTY", call}, {"FAULTY_KIND", kind}};
            expectFault(site.notifyhost({"run", "odd"}, environment), call + ", " + kind);
            expectFault(site.notifyhost({"check"}, environment), "check: " + call + ", " + kind);
        }
        EXPECT_EQ(site.count("PENDING"), 1) << call;
    }
    for (const std::string fact : {"null", "cycle", "flood"}) {
        const Environment environment{{"FAULTY_FACT", fact}};
        expectFault(site.notifyhost({"run", "odd"}, environment), fact);
        expectFault(site.notifyhost({"check"}, environment), "check: " + fact);
        expectFault(site.notifyhost({"preview", "odd"}, environment), "preview: " + fact);
    }
    EXPECT_EQ(site.count("PENDING"), 1);
    EXPECT_EQ(site.notifyhost({"run", "odd"}).status, 0);
}

TEST(PluginFault, OfATransportIsNamedByEveryCommand)
{
    Fragile site;
    ASSERT_EQ(site.notifyhost({"add", "odd"}, {}, "{\"odd\":\"no\"}\n").status, 0);
    for (const std::string call : {"constructor", "settings", "configure"}) {
        const Environment environment{{"FAULTY_TRANSPORT", call}};
        expectFault(site.notifyhost({"run", "odd"}, environment), call);
        expectFault(site.notifyhost({"check"}, environment), "check: " + call);
        expectFault(site.notifyhost({"preview", "odd"}, environment), "preview: " + call);
        expectFault(site.notifyhost({"test-transport", "faulty_transport"}, environment),
                    "test-transport: " + call);
    }
    EXPECT_EQ(site.count("PENDING"), 1);
    for (const std::string call : {"addressing", "encode", "deliver"}) {
        expectFault(site.notifyhost(
                        {"test-transport", "faulty_transport", "--to", "ann@example.org", "--send"},
                        {{"FAULTY_TRANSPORT", call}}),
                    "test-transport: " + call);
    }
    expectFault(site.notifyhost({"preview", "odd"}, {{"FAULTY_TRANSPORT", "encode"}}), "preview");
}

TEST(PluginFault, IsNamedByDescribe)
{
    Fragile site;
    for (const std::string call : {"constructor", "settings"}) {
        expectFault(site.notifyhost({"describe", "faulty_source"},
                                    {{"FAULTY", call}, {"FAULTY_KIND", "usage"}}),
                    call);
        expectFault(site.notifyhost({"describe", "faulty_transport"}, {{"FAULTY_TRANSPORT", call}}),
                    call);
    }
}

TEST(PluginFault, OfComposingOrEncodingLeavesTheOtherTasksAlone)
{
    Fragile site;
    ASSERT_EQ(site.notifyhost({"add", "odd"}, {}, "{\"odd\":\"no\"}\n{\"odd\":\"nor\"}\n").status,
              0);
    expectFault(site.notifyhost({"run", "odd"}, {{"FAULTY", "compose"}, {"FAULTY_KIND", "poco"}}),
                "compose");
    EXPECT_EQ(site.count("RUNNING"), 2);
    ASSERT_EQ(site.notifyhost({"add", "odd"}, {}, "{\"odd\":\"third\"}\n").status, 0);
    expectFault(site.notifyhost({"run", "odd"}, {{"FAULTY_TRANSPORT", "encode"}}), "encode");
    EXPECT_EQ(site.count("RUNNING"), 3);
}

} // namespace
} // namespace notifyhost::test
