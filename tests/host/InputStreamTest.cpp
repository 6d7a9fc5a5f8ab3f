#include "host/InputStream.h"

#include <gtest/gtest.h>

#include <istream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace notifyhost::host {
namespace {

/// A pipe whose writing end the test holds.
class InputStreamTest : public testing::Test {
protected:
    InputStreamTest() { EXPECT_EQ(::pipe(_ends), 0); }
    ~InputStreamTest() override
    {
        closeWriter();
        ::close(_ends[0]);
    }

    void write(const std::string& text)
    {
        ASSERT_EQ(::write(_ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void closeWriter()
    {
        if (_ends[1] >= 0) {
            ::close(_ends[1]);
        }
        _ends[1] = -1;
    }
    int reader() const { return _ends[0]; }

private:
    int _ends[2]{-1, -1};
};

TEST_F(InputStreamTest, ReadsToTheEnd)
{
    write("one\ntwo");
    closeWriter();
    InputBuffer buffer(
        reader(), [] {}, [] { return false; });
    std::istream stream(&buffer);
    std::string line;
    std::getline(stream, line);
    EXPECT_EQ(line, "one");
    std::getline(stream, line);
    EXPECT_EQ(line, "two");
    EXPECT_FALSE(std::getline(stream, line));
}

TEST_F(InputStreamTest, TellsItsOwnerBeforeItWaitsAndOnlyThen)
{
    write("one\n");
    int waits = 0;
    InputBuffer buffer(
        reader(),
        [&] {
            ++waits;
            write("two\n");
            closeWriter();
        },
        [] { return false; });
    std::istream stream(&buffer);
    std::string line;
    std::getline(stream, line);
    EXPECT_EQ(waits, 0);
    std::getline(stream, line);
    EXPECT_EQ(line, "two");
    EXPECT_EQ(waits, 1);
}

TEST_F(InputStreamTest, EndsWhereTheOperatorWantsTheEndWhileItWaits)
{
    int asked = 0;
    InputBuffer buffer(
        reader(), [] {}, [&] { return ++asked > 2; });
    std::istream stream(&buffer);
    std::string line;
    stream.exceptions(std::ios::badbit);
    EXPECT_THROW(std::getline(stream, line), InputStopped);
    EXPECT_EQ(asked, 3);
}

TEST_F(InputStreamTest, LetsWhatItsOwnerThrowPass)
{
    InputBuffer buffer(
        reader(), [] { throw std::domain_error("ours"); }, [] { return false; });
    std::istream stream(&buffer);
    stream.exceptions(std::ios::badbit);
    std::string line;
    EXPECT_THROW(std::getline(stream, line), std::domain_error);
}

TEST(InputStream, ReportsAnInputThatCannotBeRead)
{
    const int folder = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    InputBuffer buffer(
        folder, [] {}, [] { return false; });
    std::istream stream(&buffer);
    stream.exceptions(std::ios::badbit);
    std::string line;
    EXPECT_THROW(std::getline(stream, line), InputError);
    ::close(folder);
}

} // namespace
} // namespace notifyhost::host
