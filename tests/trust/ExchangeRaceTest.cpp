#include "config/IniFile.h"
#include "config/Secrets.h"
#include "host/PluginLoader.h"
#include "message/Templates.h"
#include "support/ExamplePlugin.h"
#include "support/SecondUser.h"
#include "support/TemporaryFolder.h"

#include <Poco/JSON/Object.h>

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>

#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 1000;

/// Folders of the other user: one to be exchanged, which may be left in the other's place, and one
/// that stays.
constexpr std::array kEvil{"theirs/evil", "theirs/still"};

/// What is read by way of a folder; throws where it is refused.
using Reading = std::function<std::string(const fs::path& folder)>;

void setMode(const fs::path& path, mode_t mode)
{
    if (::chmod(path.c_str(), mode) != 0) {
        throw std::runtime_error("chmod " + path.string());
    }
}

/// A folder of root's, in which the other user has one too. What is root's says "good", what is the
/// other's says "evil".
class ExchangeRace : public testing::Test {
protected:
    void SetUp() override
    {
        if (!whyNoSecondUser().empty()) {
            GTEST_SKIP() << whyNoSecondUser();
        }
        fill("good", "good");
        fill("theirs/slot", "good");
        for (const auto* name : kEvil) {
            fill(name, "evil");
            giveTo(kMeddlingUser, root / name);
        }
        ASSERT_EQ(::chown((root / "theirs").c_str(), kMeddlingUser, kMeddlingUser), 0);
        fs::create_directories(root / "sticky");
        setMode(root / "sticky", 01777);
        fs::create_directory_symlink("theirs/slot", root / "link");
        setMode(root.path(), 0711);
    }

    void fill(const std::string& folder, const std::string& word) const
    {
        root.write(folder + "/notify.ini", "[host]\nledger_keep_days = " + word + "\n");
        root.write(folder + "/secret", word + "\n");
        root.write(folder + "/subject.mustache", word);
        root.write(folder + "/text.mustache", "{{>part}}");
        root.write(folder + "/part.mustache", word);
        setMode(root / folder, 0755);
        setMode(root / folder / "secret", 0644); // so that it is the folder that decides
    }

    /// The other user exchanges a folder of root's that lies in theirs with one of theirs.
    std::function<void()> exchangeFolders() const
    {
        const auto one = root / "theirs/slot";
        const auto two = root / "theirs/evil";
        return [one, two] { exchange(one, two); };
    }

    /// The other user turns a link in a folder like /tmp from what is root's to what is theirs.
    std::function<void()> turnLink() const
    {
        const auto folder = root / "sticky";
        return [folder, good = root / "good", evil = root / kEvil.back()] {
            for (const auto& target : {good, evil}) {
                std::error_code ignored;
                fs::create_directory_symlink(target, folder / "new", ignored);
                fs::rename(folder / "new", folder / "turning", ignored);
            }
        };
    }

    /// Reads over and over while the other user is at work. The plain reading shows that both were
    /// there to be read.
    void expectNothingOfTheirs(const fs::path& folder, const std::function<void()>& work,
                               const Reading& reading) const
    {
        const Meddler other(kMeddlingUser, work);
        int good = 0;
        int evil = 0;
        int round = 0;
        for (; round < kRounds || ((good == 0 || evil == 0) && round < 20 * kRounds); ++round) {
            std::ifstream plain(folder / "secret");
            std::string word;
            plain >> word;
            good += word == "good" ? 1 : 0;
            evil += word == "evil" ? 1 : 0;
            try {
                const auto read = reading(folder);
                ASSERT_EQ(read.find("evil"), std::string::npos) << "in round " << round;
                ADD_FAILURE() << "read " << read << " by a way that is the other user's";
                return;
            } catch (const std::exception&) {
                continue; // refused, as it must be
            }
        }
        EXPECT_GT(good, 0) << folder << " in " << round << " rounds";
        EXPECT_GT(evil, 0) << folder << " in " << round << " rounds";
    }

    void raceFor(const Reading& reading) const
    {
        expectNothingOfTheirs(root / "theirs/slot", exchangeFolders(), reading);
        expectNothingOfTheirs(root / "link", exchangeFolders(), reading);
        expectNothingOfTheirs(root / "sticky/turning", turnLink(), reading);
    }

    /// While the other user makes what trouble they can, root's own way stays open.
    void expectGood(const Reading& reading) const { EXPECT_EQ(reading(root / "good"), "good"); }

    TemporaryFolder root;
};

TEST_F(ExchangeRace, ReadsNoConfigurationOfAnotherUser)
{
    const Reading reading = [](const fs::path& folder) {
        config::Findings findings;
        const auto file =
            config::IniFile::read(folder / "notify.ini", config::Grammar::ours, findings);
        if (findings.hasErrors()) {
            throw std::runtime_error(findings.all().front().text);
        }
        return file.find("host")->find("ledger_keep_days")->value;
    };
    expectGood(reading);
    raceFor(reading);
}

TEST_F(ExchangeRace, ReadsNoPartOfAConfigurationFromAnotherUser)
{
    const Reading reading = [this](const fs::path& folder) {
        config::Findings findings;
        fs::remove(root / "site/conf.d");
        root.write("site/main.ini", "[PORCH]\n");
        fs::create_directory_symlink(folder, root / "site/conf.d");
        const auto file =
            config::IniFile::read(root / "site/main.ini", config::Grammar::ours, findings);
        if (findings.hasErrors()) {
            throw std::runtime_error(findings.all().front().text);
        }
        return file.find("host")->find("ledger_keep_days")->value;
    };
    expectGood(reading);
    raceFor(reading);
}

TEST_F(ExchangeRace, ReadsNoSecretOfAnotherUser)
{
    const Reading reading = [](const fs::path& folder) {
        return config::readSecretFile(folder / "secret").content;
    };
    expectGood(reading);
    raceFor(reading);
}

TEST_F(ExchangeRace, ReadsNoTemplateOfAnotherUser)
{
    const Reading reading = [](const fs::path& folder) {
        return message::Templates({folder}).render(Poco::JSON::Object()).text;
    };
    expectGood(reading);
    raceFor(reading);
}

TEST_F(ExchangeRace, ReadsNoPartialOfAnotherUser)
{
    const Reading reading = [this](const fs::path& folder) {
        fs::remove(root / "good/part.mustache");
        fs::create_symlink(folder / "subject.mustache", root / "good/part.mustache");
        return message::Templates({root / "good"}).render(Poco::JSON::Object()).text;
    };
    expectGood(reading);
    raceFor(reading);
}

TEST_F(ExchangeRace, RunsNoPluginOfAnotherUser)
{
    root.write("evil.h", "#include <fstream>\n"
                         "__attribute__((constructor)) static void leaveMark()\n"
                         "{ std::ofstream(\"" +
                             (root / "mark").string() + "\") << \"I was here\"; }\n");
    const auto plain = buildExample("thirty_line_transport", root / "plain");
    const auto marked =
        buildExample("thirty_line_transport", root / "marked", {"-include", root / "evil.h"});
    for (const auto* folder : {"good", "theirs/slot"}) {
        fs::copy_file(plain, root / folder / plain.filename());
    }
    for (const auto* name : kEvil) {
        fs::copy_file(marked, root / name / marked.filename());
        giveTo(kMeddlingUser, root / name);
    }
    const Reading reading = [](const fs::path& folder) {
        host::PluginLoader loader({folder});
        loader.makeTransport("thirty_line_transport");
        return loader.describe("thirty_line_transport").version == "1.0" ? "good" : "evil";
    };
    expectGood(reading);
    raceFor(reading);
    EXPECT_FALSE(fs::exists(root / "mark")) << "code of the other user has run as root";
    // It would have left its mark.
    setMode(root / "marked", 0755);
    host::PluginLoader({root / "marked"}).makeTransport("thirty_line_transport");
    EXPECT_TRUE(fs::exists(root / "mark"));
}

} // namespace
} // namespace notifyhost::test
