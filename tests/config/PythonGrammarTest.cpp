#include "config/IniFile.h"
#include "support/Process.h"
#include "support/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <random>

namespace notifyhost::config {
namespace {

constexpr int kTexts = 400;

/// What Python's configparser makes of the files 0.ini, 1.ini, … of a folder: one line each with
/// all sections and values, or `error`. Unlike it we drop the line end before a value that begins
/// on its second line.
constexpr const char* kScript = R"(
import configparser, sys
for number in range(int(sys.argv[2])):
    parser = configparser.ConfigParser()
    try:
        with open('%s/%d.ini' % (sys.argv[1], number), encoding='utf-8') as file:
            parser.read_file(file)
    except configparser.Error:
        print('error')
        continue
    found = []
    for section in parser.sections():
        for key in sorted(parser[section]):
            try:
                value = parser.get(section, key).strip('\n')
            except configparser.InterpolationError:
                value = '(defect)'
            found.append('%s/%s=%s' % (section, key, value))
    print(repr('|'.join(sorted(found)))[1:-1])
)";

/// The same from our reader.
std::string ours(const std::filesystem::path& path)
{
    Findings findings;
    const IniFile file = IniFile::read(path, Grammar::python, findings);
    if (findings.hasErrors()) {
        return "error";
    }
    std::vector<std::string> found;
    for (const IniSection& section : file.sections()) {
        for (const IniEntry& entry : section.entries) {
            found.push_back(section.name + "/" + entry.key + "=" +
                            (entry.defect.empty() ? entry.value : "(defect)"));
        }
    }
    std::sort(found.begin(), found.end());
    std::string result;
    for (const std::string& part : found) {
        result += (result.empty() ? "" : "|") + part;
    }
    for (auto at = result.find('\n'); at != std::string::npos; at = result.find('\n', at)) {
        result.replace(at, 1, "\\n");
    }
    return result;
}

/// A text of lines that a configuration may hold, in an order that chance decides.
std::string someText(std::mt19937& chance)
{
    static const std::vector<std::string> kLines{
        "[a]",     "[b]",       "[a.b] x",    "[DEFAULT]", "x = 1",        "y: 2",      "z=a = b",
        "  w = 3", "  more",    "    deeper", "",          "   ",          "# note",    "  ; note",
        "X = 4",   "u = 5 ; 6", "v = %(x)s",  "t = 50%%",  "s = 50%",      "r = %(q)s", "p =",
        "\tn = 7", "o :",       "stray",      "= nobody",  "m = k: \"l\"", "[c] ; [d]", "ä = ö",
    };
    std::string result = chance() % 8 == 0 ? "" : "[first]\n";
    const auto count = chance() % 9;
    for (unsigned line = 0; line < count; ++line) {
        result += kLines[chance() % kLines.size()] + "\n";
    }
    return result;
}

TEST(PythonGrammar, ReadsWhatPythonReadsAndRefusesWhatPythonRefuses)
{
    const test::TemporaryFolder folder;
    std::mt19937 chance(1); // the same texts at every run
    std::vector<std::string> texts;
    for (int number = 0; number < kTexts; ++number) {
        texts.push_back(someText(chance));
        folder.write(std::to_string(number) + ".ini", texts.back());
    }
    const auto python = test::run({"/usr/bin/python3", "-X", "utf8", "-c", kScript,
                                   folder.path().string(), std::to_string(kTexts)});
    ASSERT_EQ(python.status, 0) << python.error;
    std::istringstream lines(python.output);
    int accepted = 0;
    for (int number = 0; number < kTexts; ++number) {
        std::string expected;
        ASSERT_TRUE(std::getline(lines, expected));
        EXPECT_EQ(ours(folder / (std::to_string(number) + ".ini")), expected)
            << texts[static_cast<std::size_t>(number)];
        accepted += expected == "error" ? 0 : 1;
    }
    EXPECT_GT(accepted, kTexts / 5);
    EXPECT_LT(accepted, kTexts * 4 / 5);
}

} // namespace
} // namespace notifyhost::config
