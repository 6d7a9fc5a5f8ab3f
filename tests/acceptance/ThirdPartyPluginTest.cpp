#include "acceptance/Site.h"
#include "support/ExamplePlugin.h"
#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace notifyhost::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A facility that knows nothing but the two examples of docs/plugins.md, built as strangers build.
class Strangers {
public:
    explicit Strangers(const std::string& target)
    {
        for (const std::string name : {"thirty_line_source", "thirty_line_transport"}) {
            buildExample(name, _folder / "plugins");
        }
        _folder.write("words/subject.mustache", "Note: {{line}}");
        _folder.write("words/text.mustache", "This was read: {{line}}\n");
        _folder.write("site.ini",
                      "[host]\nstate = state\nplugin_path = " + (_folder / "plugins").string() +
                          "\n[PORCH]\nurl = sqlite:queue.sqlite\n"
                          "[source.lines]\nplugin = thirty_line_source\n"
                          "to = Ada <ada@example.org>\n"
                          "[transport.notes]\nplugin = thirty_line_transport\n"
                          "file = " +
                          target +
                          "\n[pipeline.notes]\nporch_name = notes\n"
                          "porch_uri = https://example.org/notes\nporch_version = 1\n"
                          "source = lines\ntransport = notes\ntemplates = words\n");
    }

    ProcessResult notifyhost(const std::vector<std::string>& words, const std::string& input = "")
    {
        return notifyhostWith(_folder / "site.ini", words, input);
    }

    const TemporaryFolder& folder() const { return _folder; }

private:
    TemporaryFolder _folder;
};

TEST(ThirdPartyPlugins, TellWhatTheyReadIntoAFile)
{
    TemporaryFolder target;
    Strangers site((target / "notes").string());
    const auto listed = site.notifyhost({"plugins"});
    EXPECT_EQ(listed.status, 0) << listed.error;
    EXPECT_THAT(listed.output, AllOf(HasSubstr("thirty_line_source\tsource\t1.0"),
                                     HasSubstr("thirty_line_transport\ttransport\t1.0")));
    const auto checked = site.notifyhost({"check"});
    EXPECT_EQ(checked.status, 0) << checked.error;

    const auto added = site.notifyhost({"add", "notes"}, "the door is open\nthe kettle boils\n");
    EXPECT_EQ(added.status, 0) << added.error;
    EXPECT_EQ(added.output, "the door is open\nthe kettle boils\n");
    const auto ran = site.notifyhost({"run", "notes"});
    EXPECT_EQ(ran.status, 0) << ran.error;
    const std::string told = readFile(target / "notes");
    EXPECT_THAT(told, AllOf(HasSubstr("Note: the door is open\nThis was read: the door is open\n"),
                            HasSubstr("Note: the kettle boils\n")));
    EXPECT_EQ(site.notifyhost({"run", "notes"}).status, 0);
    EXPECT_EQ(readFile(target / "notes"), told);
}

TEST(ThirdPartyPlugins, FailProperlyWhereTheTargetIsFull)
{
    Strangers site("/dev/full");
    ASSERT_EQ(site.notifyhost({"add", "notes"}, "the door is open\n").status, 0);
    const auto ran = site.notifyhost({"run", "notes"});
    EXPECT_EQ(ran.status, 75) << ran.error;
    EXPECT_THAT(ran.error, HasSubstr("cannot write /dev/full: No space left on device"));
    EXPECT_THAT(site.notifyhost({"list", "notes"}).output, Not(HasSubstr("DONE")));
}

} // namespace
} // namespace notifyhost::test
