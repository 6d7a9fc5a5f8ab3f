#include "LoadedText.h"

#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::config {
namespace {

namespace fs = std::filesystem;

/// Sets an environment variable for the length of a test; null removes it.
class Variable {
public:
    Variable(const char* name, const char* value) : _name(name)
    {
        const char* before = std::getenv(name);
        _wasSet = before != nullptr;
        _before = _wasSet ? before : "";
        value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
    }
    ~Variable() { _wasSet ? ::setenv(_name, _before.c_str(), 1) : ::unsetenv(_name); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* _name;
    bool _wasSet{};
    std::string _before;
};

mode_t modeOf(const fs::path& path)
{
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

std::string refusal(const fs::path& folder)
{
    try {
        prepareStateFolder(folder);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "(accepted)";
}

TEST(StateFolder, IsTheConfiguredOne)
{
    const Variable state("STATE_DIRECTORY", "/from/systemd");
    const LoadedText loaded("[host]\nstate = here/state\n");
    EXPECT_EQ(loaded.configuration.stateFolder(), loaded.folder / "here/state");
}

TEST(StateFolder, IsElseTheFirstOneOfSystemd)
{
    const Variable state("STATE_DIRECTORY", "/from/systemd:/another");
    const LoadedText loaded("[host]\n");
    EXPECT_EQ(loaded.configuration.stateFolder(), "/from/systemd");
}

TEST(StateFolder, IsElseInTheStateHome)
{
    if (::access("/var/lib/notifyhost", W_OK) == 0) {
        const Variable state("STATE_DIRECTORY", nullptr);
        EXPECT_EQ(LoadedText("[host]\n").configuration.stateFolder(), "/var/lib/notifyhost");
        return;
    }
    const Variable state("STATE_DIRECTORY", nullptr);
    const Variable home("HOME", "/home/somebody");
    {
        const Variable stateHome("XDG_STATE_HOME", "/state/home");
        EXPECT_EQ(LoadedText("").configuration.stateFolder(), "/state/home/notifyhost");
    }
    {
        const Variable stateHome("XDG_STATE_HOME", "relative");
        EXPECT_EQ(LoadedText("").configuration.stateFolder(),
                  "/home/somebody/.local/state/notifyhost");
    }
    const Variable stateHome("XDG_STATE_HOME", nullptr);
    EXPECT_EQ(LoadedText("").configuration.stateFolder(), "/home/somebody/.local/state/notifyhost");
}

TEST(PrepareStateFolder, MakesAPrivateFolderWhateverTheUmask)
{
    const test::TemporaryFolder folder;
    const mode_t before = ::umask(0200);
    EXPECT_EQ(refusal(folder / "state/"), "(accepted)");
    ::umask(before);
    EXPECT_EQ(modeOf(folder / "state"), 0700U);
}

TEST(PrepareStateFolder, MakesTheFoldersAbove)
{
    const test::TemporaryFolder folder;
    EXPECT_EQ(refusal(folder / "a/b/state"), "(accepted)");
    EXPECT_EQ(modeOf(folder / "a/b/state"), 0700U);
    EXPECT_EQ(refusal(folder / "a/b/state"), "(accepted)");
}

TEST(PrepareStateFolder, RefusesAFolderThatOthersMayEnter)
{
    const test::TemporaryFolder folder;
    for (const mode_t mode : {0750U, 0705U, 0710U, 0701U}) {
        const fs::path state = folder / ("state" + std::to_string(mode));
        ASSERT_EQ(::mkdir(state.c_str(), 0700), 0);
        ASSERT_EQ(::chmod(state.c_str(), mode), 0);
        const std::string text = refusal(state);
        EXPECT_NE(text.find("chmod 700 " + state.string()), std::string::npos) << text;
        EXPECT_EQ(modeOf(state), mode);
    }
}

TEST(PrepareStateFolder, RefusesAFileInItsPlace)
{
    const test::TemporaryFolder folder;
    folder.write("state", "");
    EXPECT_NE(refusal(folder / "state").find("is not a folder"), std::string::npos);
    EXPECT_NE(refusal(folder / "state/below").find("Not a directory"), std::string::npos);
}

TEST(PrepareStateFolder, RefusesAFolderThatCannotBeWritten)
{
    EXPECT_NE(refusal("/proc/notifyhost").find("state folder /proc/notifyhost: "),
              std::string::npos);
}

} // namespace
} // namespace notifyhost::config
