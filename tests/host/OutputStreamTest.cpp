#include "host/OutputStream.h"

#include <gtest/gtest.h>

#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace notifyhost::host {
namespace {

/// A pipe whose reading end the test holds.
class OutputStreamTest : public testing::Test {
protected:
    OutputStreamTest()
    {
        std::signal(SIGPIPE, SIG_IGN);
        EXPECT_EQ(::pipe2(_ends, O_CLOEXEC), 0);
        _room = static_cast<std::size_t>(::fcntl(_ends[1], F_GETPIPE_SZ));
    }
    ~OutputStreamTest() override
    {
        closeReader();
        ::close(_ends[1]);
    }

    void closeReader()
    {
        if (_ends[0] >= 0) {
            ::close(_ends[0]);
        }
        _ends[0] = -1;
    }
    int writer() const { return _ends[1]; }
    std::size_t room() const { return _room; }

private:
    int _ends[2]{-1, -1};
    std::size_t _room{};
};

TEST_F(OutputStreamTest, GivesUpAReaderThatTakesNothingWhenAskedToEnd)
{
    bool stopped = false;
    int asked = 0;
    OutputStream output(writer(), [&] { return stopped = stopped || ++asked > 20; });
    EXPECT_EQ(output.write(std::string(room() + 10, 'x')), room());
    EXPECT_TRUE(output.givenUp());
    EXPECT_NE(output.trouble(), "");
}

TEST_F(OutputStreamTest, StillWritesWhatHasRoomWhenAskedToEnd)
{
    OutputStream output(writer(), [] { return true; });
    EXPECT_EQ(output.write("the last words"), 14U);
    EXPECT_EQ(output.trouble(), "");
}

TEST_F(OutputStreamTest, SaysThatTheReaderLeftAndTriesNoMore)
{
    OutputStream output(writer());
    EXPECT_EQ(output.write("one"), 3U);
    closeReader();
    EXPECT_EQ(output.write("two"), 0U);
    EXPECT_EQ(output.trouble(), "Broken pipe");
    EXPECT_FALSE(output.givenUp());
    EXPECT_EQ(output.write("three"), 0U);
}

TEST_F(OutputStreamTest, WaitsAtADescriptorThatOthersMadeNonBlocking)
{
    ::fcntl(writer(), F_SETFL, O_NONBLOCK);
    bool stopped = false;
    int asked = 0;
    OutputStream output(writer(), [&] { return stopped = stopped || ++asked > 20; });
    EXPECT_EQ(output.write(std::string(room() + 10, 'x')), room());
    EXPECT_TRUE(output.givenUp());
}

TEST(OutputStream, SaysWhyNothingIsTaken)
{
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    OutputStream output(full);
    EXPECT_EQ(output.write("text"), 0U);
    EXPECT_EQ(output.trouble(), "No space left on device");
    ::close(full);
    OutputStream closed(full);
    EXPECT_EQ(closed.write("text"), 0U);
    EXPECT_EQ(closed.trouble(), "Bad file descriptor");
    EXPECT_EQ(OutputStream(full).write(""), 0U);
}

} // namespace
} // namespace notifyhost::host
