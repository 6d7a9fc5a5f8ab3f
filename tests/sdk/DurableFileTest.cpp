#include "support/TemporaryFolder.h"

#include <notifyhost/DurableFile.h>

#include <gmock/gmock.h>

#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

const auto kYes = [] { return true; };

/// No file may grow beyond so many octets while this lives; write() then stops half-way.
class SizeLimit {
public:
    explicit SizeLimit(rlim_t octets) : _handler(std::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &_before);
        const rlimit limit{octets, _before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SizeLimit()
    {
        ::setrlimit(RLIMIT_FSIZE, &_before);
        std::signal(SIGXFSZ, _handler);
    }

private:
    sighandler_t _handler;
    rlimit _before{};
};

/// What the call threw: its number and text; 0 where it threw nothing.
template<class Call> std::pair<int, std::string> failureOf(Call call)
{
    try {
        call();
        return {0, ""};
    } catch (const std::system_error& error) {
        return {error.code().value(), error.what()};
    }
}

class DurableFile : public testing::Test {
protected:
    std::vector<std::string> names() const
    {
        std::vector<std::string> result;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
            result.push_back(entry.path().filename().string());
        }
        std::sort(result.begin(), result.end());
        return result;
    }

    TemporaryFolder folder;
    const std::filesystem::path temporary = folder / "temporary";
    const std::filesystem::path target = folder / "target";
};

using Names = std::vector<std::string>;

TEST_F(DurableFile, IsWholeUnderItsNameAndPrivate)
{
    const std::string bytes(3'000'000, 'x');
    EXPECT_TRUE(writeDurably(temporary, target, bytes, kYes));
    EXPECT_EQ(readFile(target), bytes);
    EXPECT_EQ(names(), Names{"target"});
    struct stat status {};
    ASSERT_EQ(::stat(target.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(DurableFile, IsCompleteUnderItsTemporaryNameWhenPermissionIsAsked)
{
    EXPECT_TRUE(writeDurably(temporary, target, "bytes", [&] {
        EXPECT_EQ(readFile(temporary), "bytes");
        EXPECT_FALSE(std::filesystem::exists(target));
        return true;
    }));
}

TEST_F(DurableFile, LeavesNothingWhenPermissionIsRefused)
{
    EXPECT_FALSE(writeDurably(temporary, target, "bytes", [] { return false; }));
    EXPECT_EQ(names(), Names{});
}

TEST_F(DurableFile, LeavesNothingWhenTheQuestionThrows)
{
    EXPECT_THROW(writeDurably(temporary, target, "bytes",
                              []() -> bool { throw std::runtime_error("ledger"); }),
                 std::runtime_error);
    EXPECT_EQ(names(), Names{});
}

TEST_F(DurableFile, NeverReplacesAnother)
{
    folder.write("target", "older");
    const auto [number, text] = failureOf([&] { writeDurably(temporary, target, "newer", kYes); });
    EXPECT_EQ(number, EEXIST);
    EXPECT_EQ(text, "cannot rename to " + target.string() + ": File exists");
    EXPECT_EQ(readFile(target), "older");
    EXPECT_EQ(names(), Names{"target"});
}

TEST_F(DurableFile, LeavesATemporaryFileOfOthersAlone)
{
    folder.write("temporary", "theirs");
    bool asked = false;
    const auto [number, text] =
        failureOf([&] { writeDurably(temporary, target, "ours", [&] { return asked = true; }); });
    EXPECT_EQ(number, EEXIST);
    EXPECT_THAT(text, HasSubstr(temporary.string()));
    EXPECT_EQ(readFile(temporary), "theirs");
    EXPECT_FALSE(asked);
}

TEST_F(DurableFile, LeavesNothingWhenTheDiskTakesOnlyAPart)
{
    bool asked = false;
    std::pair<int, std::string> failure;
    {
        const SizeLimit limit(100'000);
        failure = failureOf([&] {
            writeDurably(temporary, target, std::string(200'000, 'x'),
                         [&] { return asked = true; });
        });
    }
    EXPECT_EQ(failure.first, EFBIG);
    EXPECT_EQ(failure.second, "cannot write " + temporary.string() + ": File too large");
    EXPECT_FALSE(asked);
    EXPECT_EQ(names(), Names{});
}

TEST_F(DurableFile, LeavesNothingWhenTheTargetsFolderIsGone)
{
    const auto lost = folder / "lost" / "target";
    const auto [number, text] = failureOf([&] { writeDurably(temporary, lost, "bytes", kYes); });
    EXPECT_EQ(number, ENOENT);
    EXPECT_THAT(text, HasSubstr(lost.string()));
    EXPECT_EQ(names(), Names{});
}

TEST_F(DurableFile, NamesAFolderThatIsNotThere)
{
    const auto lost = folder / "lost" / "temporary";
    const auto [number, text] = failureOf([&] { writeDurably(lost, target, "bytes", kYes); });
    EXPECT_EQ(number, ENOENT);
    EXPECT_EQ(text, "cannot create " + lost.string() + ": No such file or directory");
}

/// A process that dies before the rename leaves no file that looks finished.
TEST_F(DurableFile, IsNotThereWhenTheProcessDiesBeforeTheRename)
{
    const pid_t child = ::fork();
    if (child == 0) {
        writeDurably(temporary, target, "bytes", []() -> bool { ::_exit(9); });
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 9);
    EXPECT_EQ(names(), Names{"temporary"});
}

TEST_F(DurableFile, IsAppendedToAndMadeWhereItIsNotThere)
{
    appendDurably(target, "one\n");
    appendDurably(target, "");
    appendDurably(target, "two\n");
    EXPECT_EQ(readFile(target), "one\ntwo\n");
}

TEST_F(DurableFile, FailsOnANamedPipeThatNobodyReads)
{
    const auto pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THROW(appendDurably(pipe, "text"), std::system_error);
    // Nor is one waited for that has a reader who takes nothing.
    const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    EXPECT_THROW(appendDurably(pipe, std::string(1 << 20, 'x')), std::system_error);
    ::close(reader);
}

TEST_F(DurableFile, FailsOnAFullDevice)
{
    const auto [number, text] = failureOf([] { appendDurably("/dev/full", "bytes"); });
    EXPECT_EQ(number, ENOSPC);
    EXPECT_EQ(text, "cannot write /dev/full: No space left on device");
}

TEST_F(DurableFile, TakesADeviceThatCannotSync)
{
    EXPECT_NO_THROW(appendDurably("/dev/null", "bytes"));
}

TEST_F(DurableFile, FailsWhereAppendingStopsHalfWay)
{
    appendDurably(target, "before\n");
    std::pair<int, std::string> failure;
    {
        const SizeLimit limit(1000);
        failure = failureOf([&] { appendDurably(target, std::string(2000, 'x')); });
    }
    EXPECT_EQ(failure.first, EFBIG);
    EXPECT_THAT(failure.second, HasSubstr(target.string()));
}

TEST_F(DurableFile, CannotBeAFolder)
{
    const auto [number, text] = failureOf([&] { appendDurably(folder.path(), "bytes"); });
    EXPECT_EQ(number, EISDIR);
    EXPECT_THAT(text, HasSubstr(folder.path().string()));
}

} // namespace
} // namespace notifyhost::test
