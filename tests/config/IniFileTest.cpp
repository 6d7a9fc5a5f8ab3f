#include "config/IniFile.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::config {
namespace {

struct Read {
    explicit Read(std::string_view text, Grammar grammar = Grammar::ours)
        : path(folder.write("a.ini", text)), file(IniFile::read(path, grammar, findings))
    {
    }

    std::string value(const std::string& section, const std::string& key) const
    {
        const IniSection* found = file.find(section);
        const IniEntry* entry = found == nullptr ? nullptr : found->find(key);
        return entry == nullptr ? "(absent)" : entry->value;
    }

    std::string report() const
    {
        std::string result;
        for (const Finding& finding : findings.all()) {
            result += toText(finding).substr(folder.path().string().size() + 1) + "\n";
        }
        return result;
    }

    test::TemporaryFolder folder;
    Findings findings;
    std::filesystem::path path;
    IniFile file;
};

TEST(IniFile, ReadsEqualsSignsAndColons)
{
    const Read read("[a]\nx = 1\ny: 2\nz=http://h:8/?q=1\nw : a = b\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "1");
    EXPECT_EQ(read.value("a", "y"), "2");
    EXPECT_EQ(read.value("a", "z"), "http://h:8/?q=1");
    EXPECT_EQ(read.value("a", "w"), "a = b");
}

TEST(IniFile, KeepsEverythingThatFollowsOnTheLine)
{
    const Read read("[a]\nx = p%40%s;c#d \"q\" 'r' ; e # f\ny = caf\xC3\xA9 \xF0\x9F\xA7\xAC\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "p%40%s;c#d \"q\" 'r' ; e # f");
    EXPECT_EQ(read.value("a", "y"), "caf\xC3\xA9 \xF0\x9F\xA7\xAC");
}

TEST(IniFile, TakesKeysWithoutRegardToCaseAndSectionsWith)
{
    const Read read("[a]\nKeY = 1\n[A]\nkey = 2\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "key"), "1");
    EXPECT_EQ(read.value("A", "key"), "2");
}

TEST(IniFile, LeavesOutCommentLinesAlsoInsideValues)
{
    const Read read("# first\n; second\n[a]\n  # indented\nx = 1\n  ; not a part\n  2\n# nor this\n"
                    "  3\ny = 4\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "1\n2\n3");
    EXPECT_EQ(read.value("a", "y"), "4");
}

TEST(IniFile, ContinuesValuesOnIndentedLinesOverBlankOnes)
{
    const Read read("[a]\nx = 1\n\n   2 = two\n\n\ny =\n  3\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "1\n\n2 = two");
    EXPECT_EQ(read.value("a", "y"), "3");
}

TEST(IniFile, TakesIndentedKeysOfOneDepthForKeys)
{
    const Read read("  [a]\n  x = 1\n  y = 2\n    more\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "1");
    EXPECT_EQ(read.value("a", "y"), "2\nmore");
}

TEST(IniFile, ReadsEveryKindOfLineEndAndAByteOrderMark)
{
    const Read read("\xEF\xBB\xBF[a]\r\nx = 1\r\n  2\ry = 3\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "1\n2");
    EXPECT_EQ(read.value("a", "y"), "3");
    EXPECT_EQ(read.file.find("a")->find("y")->line, 4);
}

TEST(IniFile, RemembersWhereThingsStand)
{
    const Read read("\n# x\n[a]\n\nx = 1\n  2\ny = 3\n");
    EXPECT_EQ(read.file.find("a")->line, 3);
    EXPECT_EQ(read.file.find("a")->file, read.path.string());
    EXPECT_EQ(read.file.find("a")->find("x")->line, 5);
    EXPECT_EQ(read.file.find("a")->find("y")->line, 7);
}

TEST(IniFile, GivesDefaultsToAllSections)
{
    const Read read("[DEFAULT]\nx = 1\ny = 2\n[a]\ny = 3\n[b]\n");
    EXPECT_EQ(read.report(), "");
    EXPECT_EQ(read.value("a", "x"), "1");
    EXPECT_EQ(read.value("a", "y"), "3");
    EXPECT_EQ(read.value("b", "y"), "2");
    EXPECT_TRUE(read.file.find("b")->find("y")->inherited);
    EXPECT_EQ(read.file.find("b")->find("y")->line, 3);
    EXPECT_FALSE(read.file.find("a")->find("y")->inherited);
    EXPECT_EQ(read.file.find("DEFAULT"), nullptr);
}

TEST(IniFile, TreatsPercentAsTheGrammarSays)
{
    const std::string_view text = "[DEFAULT]\nhost = h%%1\n[a]\nx = 100%%\ny = %(HOST)s/%(x)s\n";
    const Read ours(text);
    EXPECT_EQ(ours.value("a", "x"), "100%%");
    EXPECT_EQ(ours.value("a", "y"), "%(HOST)s/%(x)s");
    const Read python(text, Grammar::python);
    EXPECT_EQ(python.report(), "");
    EXPECT_EQ(python.value("a", "x"), "100%");
    EXPECT_EQ(python.value("a", "y"), "h%1/100%");
}

TEST(IniFile, NotesPercentSignsThatPythonCannotReplace)
{
    const Read read("[a]\nx = p%ss\ny = %(gone)s\nz = %(z)s\nw = 50%\nok = %%\n", Grammar::python);
    EXPECT_EQ(read.report(), "");
    const IniSection& section = *read.file.find("a");
    EXPECT_NE(section.find("x")->defect.find("must be written %%"), std::string::npos);
    EXPECT_NE(section.find("y")->defect.find("%(gone)s refers to a key"), std::string::npos);
    EXPECT_NE(section.find("z")->defect.find("refers to itself"), std::string::npos);
    EXPECT_NE(section.find("w")->defect.find("must be written %%"), std::string::npos);
    EXPECT_EQ(section.find("ok")->defect, "");
    EXPECT_EQ(section.find("x")->value, "p%ss");
}

TEST(IniFile, RefusesRepeatedKeysNamingBothPlaces)
{
    const Read read("[a]\nx = 1\ny = 2\nX = 3\n");
    EXPECT_EQ(read.report(), "a.ini:4: [a] x: this key is already given at " + read.path.string() +
                                 ":2; remove one of the two\n");
    EXPECT_EQ(read.value("a", "x"), "1");
}

TEST(IniFile, RefusesRepeatedSectionsNamingBothPlaces)
{
    const Read read("[a]\nx = 1\n[b]\n[a]\ny = 2\n");
    EXPECT_EQ(read.report(), "a.ini:4: [a]: this section is already opened at " +
                                 read.path.string() + ":1; put the keys together there\n");
    EXPECT_EQ(read.value("a", "y"), "2");
}

TEST(IniFile, RefusesRepeatedDefaultsWhichPythonAllows)
{
    const std::string_view text = "[DEFAULT]\nx = 1\n[DEFAULT]\ny = 2\n";
    EXPECT_EQ(Read(text).findings.all().size(), 1U);
    EXPECT_EQ(Read(text).findings.all().front().line, 3);
    EXPECT_EQ(Read(text, Grammar::python).findings.all().size(), 0U);
}

TEST(IniFile, RefusesLinesThatMeanNothingWithoutRepeatingThem)
{
    const Read read("[a]\nhunter2\n = x\n[]\nMII+/hunter2=\n");
    EXPECT_EQ(read.findings.all().size(), 4U) << read.report();
    for (std::size_t index = 0; index < read.findings.all().size(); ++index) {
        EXPECT_EQ(read.findings.all()[index].line, static_cast<int>(index) + 2);
    }
    EXPECT_EQ(read.report().find("hunter2"), std::string::npos);
}

TEST(IniFile, WantsASectionBeforeTheFirstKey)
{
    const Read read("x = 1\ny = 2\n[a]\nz = 3\n");
    EXPECT_EQ(read.report(), "a.ini:1: there must be a [section] before the first key\n");
    EXPECT_EQ(read.value("a", "z"), "3");
}

TEST(IniFile, NamesTheLineThatIsNotUtf8)
{
    const Read read("[a]\nx = ok\ny = caf\xE9\n");
    ASSERT_EQ(read.findings.all().size(), 1U);
    EXPECT_EQ(read.findings.all().front().line, 3);
    EXPECT_NE(read.report().find("not UTF-8"), std::string::npos);
}

TEST(IniFile, RefusesNul)
{
    const Read read(std::string_view("[a]\nx = a\0b\n", 12));
    ASSERT_EQ(read.findings.all().size(), 1U);
    EXPECT_EQ(read.findings.all().front().line, 2);
    EXPECT_NE(read.report().find("NUL"), std::string::npos);
}

TEST(IniFile, AcceptsAnEmptyFile)
{
    EXPECT_EQ(Read("").report(), "");
    EXPECT_EQ(Read("\n\n# nothing\n").report(), "");
}

/// The only finding when this path is read as a configuration.
Finding refusal(const std::filesystem::path& path)
{
    Findings findings;
    IniFile::read(path, Grammar::ours, findings);
    EXPECT_EQ(findings.all().size(), 1U);
    const Finding result = findings.all().empty() ? Finding{} : findings.all().front();
    EXPECT_EQ(result.severity, Finding::Severity::error);
    EXPECT_EQ(result.file, path.string());
    EXPECT_EQ(result.line, 0);
    return result;
}

TEST(IniFile, RefusesWhatIsNoFile)
{
    const test::TemporaryFolder folder;
    EXPECT_EQ(refusal(folder / "gone.ini").text, "does not exist");
    EXPECT_EQ(refusal(folder.path()).text, "is a folder, not a file");
    EXPECT_NE(refusal("/dev/null").text.find("not a regular file"), std::string::npos);
}

TEST(IniFile, DoesNotWaitForAPipe)
{
    const test::TemporaryFolder folder;
    ASSERT_EQ(::mkfifo((folder / "pipe.ini").c_str(), 0600), 0);
    EXPECT_NE(refusal(folder / "pipe.ini").text.find("not a regular file"), std::string::npos);
}

TEST(IniFile, RefusesAFileThatIsTooLarge)
{
    const test::TemporaryFolder folder;
    folder.write("big.ini", "[a]\nx = " + std::string((4U << 20) + 1, 'x'));
    EXPECT_EQ(refusal(folder / "big.ini").text, "is larger than 4096 KiB");
}

TEST(IniFile, RefusesAFileThatCannotBeRead)
{
    const test::TemporaryFolder folder;
    folder.write("locked.ini", "[a]\n");
    ::chmod((folder / "locked.ini").c_str(), 0000);
    // The superuser may read everything, so this thread becomes somebody else for a moment.
    ::chmod(folder.path().c_str(), 0711);
    const bool superuser = ::geteuid() == 0;
    if (superuser) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    const Finding finding = refusal(folder / "locked.ini");
    if (superuser) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    EXPECT_EQ(finding.text, "cannot be read: Permission denied");
}

TEST(IniFile, ReadsPartsInLexicalOrder)
{
    const test::TemporaryFolder folder;
    folder.write("a.ini", "[a]\nx = 1\n");
    folder.write("conf.d/20.ini", "[c]\nx = 3\n");
    folder.write("conf.d/10.ini", "\n[b]\nx = 2\n");
    folder.write("conf.d/.10.ini", "[hidden]\n");
    folder.write("conf.d/README", "not one of them");
    Findings findings;
    const IniFile file = IniFile::read(folder / "a.ini", Grammar::ours, findings);
    EXPECT_TRUE(findings.all().empty());
    ASSERT_EQ(file.sections().size(), 3U);
    EXPECT_EQ(file.sections()[0].name, "a");
    EXPECT_EQ(file.sections()[1].name, "b");
    EXPECT_EQ(file.sections()[1].file, (folder / "conf.d/10.ini").string());
    EXPECT_EQ(file.sections()[1].line, 2);
    EXPECT_EQ(file.sections()[2].name, "c");

    const IniFile python = IniFile::read(folder / "a.ini", Grammar::python, findings);
    EXPECT_EQ(python.sections().size(), 1U);
}

TEST(IniFile, RefusesRepeatsAcrossParts)
{
    const test::TemporaryFolder folder;
    folder.write("a.ini", "[a]\nx = 1\n");
    folder.write("conf.d/b.ini", "[a]\nx = 2\n");
    Findings findings;
    IniFile::read(folder / "a.ini", Grammar::ours, findings);
    ASSERT_EQ(findings.all().size(), 2U);
    const std::string part = (folder / "conf.d/b.ini").string();
    EXPECT_EQ(findings.all()[0].file, part);
    EXPECT_EQ(findings.all()[0].line, 1);
    EXPECT_NE(findings.all()[0].text.find((folder / "a.ini").string() + ":1"), std::string::npos);
    EXPECT_EQ(findings.all()[1].file, part);
    EXPECT_EQ(findings.all()[1].key, "x");
}

TEST(IniFile, ReportsPartsThatCannotBeRead)
{
    const test::TemporaryFolder folder;
    folder.write("a.ini", "[a]\n");
    folder.write("conf.d/b.ini/c", "");
    ASSERT_EQ(::mkfifo((folder / "conf.d/c.ini").c_str(), 0600), 0);
    std::filesystem::create_symlink("gone", folder / "conf.d/d.ini");
    Findings findings;
    IniFile::read(folder / "a.ini", Grammar::ours, findings);
    ASSERT_EQ(findings.all().size(), 3U);
    EXPECT_EQ(findings.all()[0].file, (folder / "conf.d/b.ini").string());
    EXPECT_EQ(findings.all()[1].file, (folder / "conf.d/c.ini").string());
    EXPECT_EQ(findings.all()[2].text, "does not exist");
}

TEST(IniFile, RefusesPartsThatAreNoFolder)
{
    const test::TemporaryFolder folder;
    folder.write("a.ini", "[a]\n");
    folder.write("conf.d", "");
    Findings findings;
    IniFile::read(folder / "a.ini", Grammar::ours, findings);
    ASSERT_EQ(findings.all().size(), 1U);
    EXPECT_EQ(findings.all()[0].file, (folder / "conf.d").string());
}

TEST(IniFileView, ShowsSectionsAndKeysWithoutSplittingDots)
{
    const Read read("[transport]\nmail.host = a\n[transport.mail]\nhost = b\nx = ${y}\n");
    const auto view = read.file.view();
    EXPECT_EQ(view->getRawString("transport/mail.host"), "a");
    EXPECT_EQ(view->getRawString("transport.mail/host"), "b");
    EXPECT_EQ(view->getRawString("transport.mail/HOST"), "b");
    EXPECT_EQ(view->getRawString("transport.mail/x"), "${y}");
    EXPECT_FALSE(view->has("transport.mail.host"));
    Poco::Util::AbstractConfiguration::Keys keys;
    view->keys(keys);
    EXPECT_EQ(keys, (Poco::Util::AbstractConfiguration::Keys{"transport", "transport.mail"}));
    view->keys("transport.mail", keys);
    EXPECT_EQ(keys, (Poco::Util::AbstractConfiguration::Keys{"host", "x"}));
}

TEST(IniFileView, CannotBeWritten)
{
    const Read read("[a]\nx = 1\n");
    EXPECT_THROW(read.file.view()->setString("a/x", "2"), Poco::Exception);
}

} // namespace
} // namespace notifyhost::config
