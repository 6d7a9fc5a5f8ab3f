#include "host/PipelineLock.h"

#include "support/TemporaryFolder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace notifyhost::host {
namespace {

using notifyhost::test::TemporaryFolder;

TEST(PipelineLock, LetsOneRunOfAPipelineInAtATime)
{
    TemporaryFolder state;
    const PipelineLock first(state.path(), "mails");
    EXPECT_TRUE(first.held());
    EXPECT_FALSE(PipelineLock(state.path(), "mails").held());
    EXPECT_TRUE(PipelineLock(state.path(), "others").held());
    TemporaryFolder elsewhere;
    EXPECT_TRUE(PipelineLock(elsewhere.path(), "mails").held());
}

TEST(PipelineLock, IsAnotherForEachNameAndForTheQueuesClaims)
{
    TemporaryFolder state;
    const std::string beyond(300, 'x');
    const PipelineLock cut(state.path(), beyond);
    std::string file;
    for (const auto& entry : std::filesystem::directory_iterator(state.path())) {
        file = entry.path().stem();
    }
    // A name that is written like the digest of a longer one.
    EXPECT_TRUE(PipelineLock(state.path(), file).held());
    EXPECT_TRUE(PipelineLock(state.path(), file.substr(1)).held());
    const PipelineLock claim(state.path(), "claim-0123456789abcdef");
    EXPECT_FALSE(std::filesystem::exists(state / "claim-0123456789abcdef.lock"));
    EXPECT_FALSE(PipelineLock(state.path(), "claim-0123456789abcdef").held());
}

TEST(PipelineLock, IsFreeAgainWhenItsOwnerLeaves)
{
    TemporaryFolder state;
    {
        const PipelineLock first(state.path(), "mails");
        const PipelineLock second(state.path(), "mails");
        EXPECT_FALSE(second.held());
    }
    EXPECT_TRUE(PipelineLock(state.path(), "mails").held());
}

TEST(PipelineLock, IsFreeAgainWhenItsOwnerIsKilled)
{
    TemporaryFolder state;
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const PipelineLock lock(state.path(), "mails");
        const char answer = lock.held() ? 'y' : 'n';
        static_cast<void>(!::write(ready[1], &answer, 1));
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    ASSERT_EQ(::read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    EXPECT_FALSE(PipelineLock(state.path(), "mails").held());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(PipelineLock(state.path(), "mails").held());
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST(PipelineLock, IsNotInheritedByPrograms)
{
    TemporaryFolder state;
    pid_t child = 0;
    {
        const PipelineLock lock(state.path(), "mails");
        child = ::fork();
        if (child == 0) {
            ::execlp("sleep", "sleep", "600", nullptr);
            ::_exit(127);
        }
        // Its descriptors are closed when it has become another program.
        const auto program = "/proc/" + std::to_string(child) + "/comm";
        while (notifyhost::test::readFile(program) != "sleep\n") {
            ::usleep(1000);
        }
    }
    EXPECT_TRUE(PipelineLock(state.path(), "mails").held());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
}

TEST(PipelineLock, NamesTheFileThatItCannotMake)
{
    TemporaryFolder state;
    try {
        PipelineLock lock(state / "absent", "mails");
        FAIL() << "it was made";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr((state / "absent/mails.lock").string()));
    }
}

TEST(PipelineLock, TakesAnyNameAndGivesEachAFileOfItsOwn)
{
    TemporaryFolder state;
    const PipelineLock plain(state.path(), "mails");
    const PipelineLock slash(state.path(), "a/mails");
    EXPECT_TRUE(slash.held());
    EXPECT_TRUE(std::filesystem::exists(state / "a%2Fmails.lock"));
    EXPECT_TRUE(PipelineLock(state.path(), "a%2Fmails").held());
    EXPECT_FALSE(PipelineLock(state.path(), "a/mails").held());
    EXPECT_TRUE(PipelineLock(state.path(), "..").held());
    const std::string endless(1000, 'm');
    const PipelineLock first(state.path(), endless + "1");
    EXPECT_TRUE(first.held());
    EXPECT_TRUE(PipelineLock(state.path(), endless + "2").held());
    EXPECT_FALSE(PipelineLock(state.path(), endless + "1").held());
}

TEST(PipelineLock, ShowsItsFileToNobodyElse)
{
    TemporaryFolder state;
    const PipelineLock lock(state.path(), "mails");
    struct stat status {};
    ASSERT_EQ(::stat((state / "mails.lock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

} // namespace
} // namespace notifyhost::host
